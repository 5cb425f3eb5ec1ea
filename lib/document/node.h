// One tree for YAML and JSON. Every node knows where it was written; scalars keep their text, since only the reader of
// a field knows what type it should have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace mesh::document {

struct Member;

struct Node {
  enum class Kind : uint8_t { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  bool quoted = false;       // a quoted or block scalar: text whatever it looks like
  bool substituted = false;  // text came in part from ${env:..} or ${file:..}
  uint32_t span = 1;         // bytes of the first line of it, for a caret
  SourcePos pos;
  std::string text;             // of a scalar
  std::string written;          // of a substituted scalar: the text before substitution
  std::vector<Node> items;      // of a sequence
  std::vector<Member> members;  // of a mapping, in order, keys unique

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_mapping() const { return kind == Kind::mapping; }

  // The value of `key` in a mapping, or nullptr. Linear.
  const Node* find(std::string_view key) const;
  const Member* find_member(std::string_view key) const;
  // The scalar as a message may show it: never a substituted value, never long.
  std::string shown() const;
};

struct Member {
  Node key;  // always a scalar
  Node value;
};

// "text", "a list", "a mapping" or "nothing".
std::string_view kind_name(const Node& node);

}  // namespace mesh::document
