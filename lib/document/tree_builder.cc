#include "document/tree_builder.h"

#include <algorithm>

namespace mesh::document {

namespace {

struct Extent {
  size_t nodes = 0;
  size_t bytes = 0;
  uint32_t depth = 0;  // levels of lists and mappings
};

void measure(const Node& node, uint32_t level, Extent& out) {
  ++out.nodes;
  out.bytes += node.text.size() + 1;
  if (node.is_sequence() || node.is_mapping()) out.depth = std::max(out.depth, level + 1);
  for (const Node& item : node.items) measure(item, level + 1, out);
  for (const Member& member : node.members) {
    out.bytes += member.key.text.size() + 1;
    ++out.nodes;
    measure(member.value, level + 1, out);
  }
}

uint32_t shown_span(std::string_view text, bool quoted) {
  size_t end = text.find('\n');
  size_t size = (end == std::string_view::npos ? text.size() : end) + (quoted ? 2 : 0);
  return static_cast<uint32_t>(std::clamp<size_t>(size, 1, 200));
}

}  // namespace

void TreeBuilder::report(std::string_view code, const SourcePos& pos, uint32_t span, std::string message,
                         std::string hint) {
  tree_.findings.push_back(tree_.source->finding(code, pos, span, std::move(message), std::move(hint)));
}

bool TreeBuilder::count(size_t nodes) {
  nodes_ += nodes;
  return nodes_ <= limits_.nodes;
}

bool TreeBuilder::charge(const Node& node, const SourcePos& pos) {
  Extent extent;
  measure(node, 0, extent);
  expanded_ += extent.bytes;
  size_t budget = limits_.expansion * tree_.source->text().size();
  if (expanded_ > budget || !count(extent.nodes)) {
    report(kLimit, pos, 1, "aliases add more than " + std::to_string(limits_.expansion) + " times the file's own text",
           "write the values out");
    return false;
  }
  if (frames_.size() + extent.depth > limits_.depth) {
    report(kLimit, pos, 1, "nested deeper than " + std::to_string(limits_.depth) + " levels through an alias");
    return false;
  }
  return true;
}

bool TreeBuilder::scalar(SourcePos pos, std::string text, bool quoted, uint64_t anchor) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.quoted = quoted;
  node.span = shown_span(text, quoted);
  node.pos = std::move(pos);
  node.text = std::move(text);
  return add(std::move(node), anchor);
}

bool TreeBuilder::null(SourcePos pos, uint64_t anchor) {
  Node node;
  node.pos = std::move(pos);
  return add(std::move(node), anchor);
}

bool TreeBuilder::alias(SourcePos pos, uint64_t anchor) {
  auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    report(kSyntax, pos, 1, "an alias inside the value that it stands for");
    return false;
  }
  if (!charge(found->second, pos)) return false;
  return add(found->second, 0);
}

bool TreeBuilder::begin(Node::Kind kind, SourcePos pos, uint64_t anchor) {
  if (frames_.size() >= limits_.depth) {
    report(kLimit, pos, 1, "nested deeper than " + std::to_string(limits_.depth) + " levels");
    return false;
  }
  if (!frames_.empty() && frames_.back().node.is_mapping() && !frames_.back().has_key) {
    report(kSyntax, pos, 1, "a key must be text, not a list or a mapping");
    return false;
  }
  Frame frame;
  frame.node.kind = kind;
  frame.node.pos = std::move(pos);
  frame.anchor = anchor;
  frames_.push_back(std::move(frame));
  return true;
}

bool TreeBuilder::end() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  return add(std::move(frame.node), frame.anchor);
}

bool TreeBuilder::add(Node node, uint64_t anchor) {
  if (!count(1)) {
    report(kLimit, node.pos, 1, "more than " + std::to_string(limits_.nodes) + " values");
    return false;
  }
  if (anchor != 0) {
    if (!charge(node, node.pos)) return false;
    anchors_[anchor] = node;
  }
  if (frames_.empty()) {
    tree_.documents.push_back(std::move(node));
    return true;
  }
  Frame& frame = frames_.back();
  if (frame.node.is_sequence()) {
    frame.node.items.push_back(std::move(node));
    return true;
  }
  if (!frame.has_key) return take_key(frame, std::move(node));
  frame.has_key = false;
  if (frame.skip) return true;
  // A reader marks an absent value at the token that follows it, which may be lines away.
  if (node.is_null()) node.pos = frame.key.pos, node.span = frame.key.span;
  frame.node.members.push_back({std::move(frame.key), std::move(node)});
  return true;
}

bool TreeBuilder::take_key(Frame& frame, Node node) {
  if (!node.is_scalar()) {
    report(kSyntax, node.pos, 1, "a key must be text, not " + std::string(kind_name(node)));
    return false;
  }
  auto [at, fresh] = frame.seen.try_emplace(node.text, node.pos);
  if (!fresh) {
    report(kDuplicateKey, node.pos, node.span,
           "key '" + shortened(node.text) + "' is already set at " + at->second.to_string());
  }
  frame.skip = !fresh;
  frame.has_key = true;
  frame.key = std::move(node);
  return true;
}

}  // namespace mesh::document
