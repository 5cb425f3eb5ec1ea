// Builds nodes from a reader's events and keeps the limits. Used by the YAML and JSON readers only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "document/read.h"

namespace mesh::document {

class TreeBuilder {
 public:
  TreeBuilder(Tree& tree, const Limits& limits) : tree_(tree), limits_(limits) {}

  // Each answers false when a limit was met: a finding is made and reading must stop. `anchor` 0 is none.
  [[nodiscard]] bool scalar(SourcePos pos, std::string text, bool quoted, uint64_t anchor = 0);
  [[nodiscard]] bool null(SourcePos pos, uint64_t anchor = 0);
  [[nodiscard]] bool alias(SourcePos pos, uint64_t anchor);
  [[nodiscard]] bool begin(Node::Kind kind, SourcePos pos, uint64_t anchor = 0);
  [[nodiscard]] bool end();

  size_t depth() const { return frames_.size(); }
  // A finding about the text at `pos`.
  void report(std::string_view code, const SourcePos& pos, uint32_t span, std::string message, std::string hint = {});

 private:
  struct Frame {
    Node node;
    uint64_t anchor = 0;
    bool has_key = false;
    bool skip = false;  // the pending key is a duplicate: its value is dropped
    Node key;
    std::map<std::string, SourcePos, std::less<>> seen;
  };
  bool add(Node node, uint64_t anchor);
  bool take_key(Frame& frame, Node node);
  bool count(size_t nodes);
  // Books a copy of `node` against the node and expansion limits.
  bool charge(const Node& node, const SourcePos& pos);

  Tree& tree_;
  const Limits& limits_;
  std::vector<Frame> frames_;
  std::map<uint64_t, Node> anchors_;
  size_t nodes_ = 0;
  size_t expanded_ = 0;
};

// Each reads tree.source into tree.documents and sets tree.complete.
void read_yaml(Tree& tree, const ReadOptions& options);
void read_json(Tree& tree, const ReadOptions& options);

}  // namespace mesh::document
