// The paths of a table as a tree of segments, one root per host pattern. All edges are in one hash table, so a step
// costs the same however many paths there are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::route {

class PathTree {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // What ends at a node.
  enum class Place : uint8_t { exact, prefix, pattern };
  // Entries in ascending order.
  using Bucket = std::span<const uint32_t>;

  uint32_t add_root();
  // The node of a path below `root`, made if need be; a segment whose `shape` is '1' is a variable. "/" with an empty
  // shape is the root itself.
  uint32_t add(uint32_t root, std::string_view path, std::string_view shape);
  // Says that an entry ends at a node. Entries may come in any order.
  void end(uint32_t node, Place place, uint32_t entry) { pending_.push_back({node, place, entry}); }
  // After the last end(): no more changes.
  void freeze();

  Bucket at(uint32_t node, Place place) const {
    const Range& range = nodes_[node].ranges[static_cast<size_t>(place)];
    return {range.count == 1 ? &range.first : items_.data() + range.first, range.count};
  }
  uint32_t parent(uint32_t node) const { return nodes_[node].parent; }
  uint32_t child(uint32_t node, std::string_view segment) const;
  uint32_t variable_child(uint32_t node) const { return nodes_[node].variable; }
  // Does a template end at the node or below it?
  bool patterns_below(uint32_t node) const { return nodes_[node].patterns_below; }

 private:
  struct Range {
    uint32_t first = 0;  // in items_; the entry itself when it is the only one
    uint32_t count = 0;
  };
  struct Node {
    uint32_t parent = kNone;
    uint32_t variable = kNone;
    uint32_t text = 0;  // of the segment, in text_
    uint32_t size = 0;
    bool patterns_below = false;
    Range ranges[3];
  };
  struct Slot {
    uint32_t hash = 0;
    uint32_t node = kNone;
  };
  struct Pending {
    uint32_t node;
    Place place;
    uint32_t entry;
  };
  static uint32_t hash_of(uint32_t node, std::string_view segment);
  std::string_view text_of(const Node& node) const { return std::string_view(text_).substr(node.text, node.size); }
  uint32_t add_child(uint32_t node, std::string_view segment);
  void put(uint32_t hash, uint32_t node);
  void rehash();

  std::vector<Node> nodes_;
  std::vector<Slot> slots_;  // a power of two, at most half full
  uint32_t edges_ = 0;
  std::string text_;
  std::vector<Pending> pending_;
  std::vector<uint32_t> items_;
};

// Cuts the next segment off `rest`, which begins with '/': "/a/b" gives "a" and leaves "/b".
inline std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  size_t end = rest.find('/');
  if (end == std::string_view::npos) end = rest.size();
  std::string_view segment = rest.substr(0, end);
  rest.remove_prefix(end);
  return segment;
}

}  // namespace mesh::route
