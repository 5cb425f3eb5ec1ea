#include "document/node.h"

#include "document/source_file.h"

namespace mesh::document {

const Member* Node::find_member(std::string_view key) const {
  for (const Member& member : members)
    if (member.key.text == key) return &member;
  return nullptr;
}

const Node* Node::find(std::string_view key) const {
  const Member* member = find_member(key);
  return member ? &member->value : nullptr;
}

std::string Node::shown() const { return shortened(substituted ? written : text); }

std::string_view kind_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::scalar:
      return "text";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::mapping:
      return "a mapping";
  }
  return "nothing";
}

}  // namespace mesh::document
