#include "route/path_tree.h"

#include <algorithm>
#include <tuple>

#include "route/hash.h"

namespace mesh::route {

uint32_t PathTree::hash_of(uint32_t node, std::string_view segment) {
  return static_cast<uint32_t>(hash_bytes(segment, node) >> 32);
}

uint32_t PathTree::add_root() {
  nodes_.emplace_back();
  return static_cast<uint32_t>(nodes_.size() - 1);
}

uint32_t PathTree::child(uint32_t node, std::string_view segment) const {
  if (slots_.empty()) return kNone;
  uint32_t hash = hash_of(node, segment);
  for (size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.node == kNone) return kNone;
    if (slot.hash != hash) continue;
    const Node& found = nodes_[slot.node];
    if (found.parent == node && text_of(found) == segment) return slot.node;
  }
}

void PathTree::put(uint32_t hash, uint32_t node) {
  size_t at = hash & (slots_.size() - 1);
  while (slots_[at].node != kNone) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {hash, node};
}

void PathTree::rehash() {
  std::vector<Slot> old(std::max<size_t>(16, slots_.size() * 2));
  old.swap(slots_);
  for (const Slot& slot : old)
    if (slot.node != kNone) put(slot.hash, slot.node);
}

uint32_t PathTree::add_child(uint32_t node, std::string_view segment) {
  if (uint32_t found = child(node, segment); found != kNone) return found;
  if ((edges_ + 1) * 2 > slots_.size()) rehash();
  ++edges_;
  auto made = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back(
      {.parent = node, .text = static_cast<uint32_t>(text_.size()), .size = static_cast<uint32_t>(segment.size())});
  text_ += segment;
  put(hash_of(node, segment), made);
  return made;
}

uint32_t PathTree::add(uint32_t root, std::string_view path, std::string_view shape) {
  uint32_t node = root;
  for (char kind : shape) {
    std::string_view segment = next_segment(path);
    if (kind == '0') {
      node = add_child(node, segment);
      continue;
    }
    if (nodes_[node].variable == kNone) {
      auto made = static_cast<uint32_t>(nodes_.size());
      nodes_.push_back({.parent = node});
      nodes_[node].variable = made;
    }
    node = nodes_[node].variable;
  }
  return node;
}

void PathTree::freeze() {
  std::sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) {
    return std::tie(a.node, a.place, a.entry) < std::tie(b.node, b.place, b.entry);
  });
  for (size_t i = 0; i < pending_.size();) {
    const Pending& end = pending_[i];
    Range& range = nodes_[end.node].ranges[static_cast<size_t>(end.place)];
    for (; i < pending_.size() && pending_[i].node == end.node && pending_[i].place == end.place; ++i) ++range.count;
    range.first = range.count == 1 ? end.entry : static_cast<uint32_t>(items_.size());
    for (size_t k = i - range.count; k < i && range.count > 1; ++k) items_.push_back(pending_[k].entry);
    if (end.place != Place::pattern) continue;
    for (uint32_t node = end.node; node != kNone && !nodes_[node].patterns_below; node = nodes_[node].parent)
      nodes_[node].patterns_below = true;
  }
  pending_ = {};
  items_.shrink_to_fit();
  nodes_.shrink_to_fit();
  text_.shrink_to_fit();
}

}  // namespace mesh::route
