// The only file that includes yaml-cpp. Its event interface is used, since its own tree drops duplicate keys' positions
// and expands aliases without a bound.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "base/text.h"
#include "document/tree_builder.h"

namespace mesh::document {

namespace {

// Ends the parse from inside a handler; never leaves this file.
struct Stop {};

class Handler final : public YAML::EventHandler {
 public:
  Handler(Tree& tree, const Limits& limits) : tree_(tree), builder_(tree, limits) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { check(builder_.null(pos(mark), anchor)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { check(builder_.alias(pos(mark), anchor)); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    check(builder_.scalar(pos(mark), value, tag == "!", anchor));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    check(builder_.begin(Node::Kind::sequence, pos(mark), anchor));
  }
  void OnSequenceEnd() override { check(builder_.end()); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    check(builder_.begin(Node::Kind::mapping, pos(mark), anchor));
  }
  void OnMapEnd() override { check(builder_.end()); }

  SourcePos pos(const YAML::Mark& mark) const {
    if (mark.is_null()) return tree_.source->pos(1, 1);
    return tree_.source->pos(static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1));
  }
  TreeBuilder& builder() { return builder_; }

 private:
  static void check(bool ok) {
    if (!ok) throw Stop{};
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    builder_.report(kUnsupported, pos(mark), 1, "tags are not supported: '" + shortened(tag) + "'", "remove the tag");
    throw Stop{};
  }

  Tree& tree_;
  TreeBuilder builder_;
};

std::string syntax_message(std::string message) {
  if (!message.empty()) message[0] = ascii_lower(message[0]);
  while (!message.empty() && message.back() == '.') message.pop_back();
  return "not valid YAML: " + message;
}

}  // namespace

void read_yaml(Tree& tree, const ReadOptions& options) {
  Handler handler(tree, options.limits);
  try {
    std::istringstream in{std::string(tree.source->text())};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(handler)) {
      if (tree.documents.size() > 1 && !options.several) {
        SourcePos pos = tree.documents.back().pos;
        handler.builder().report(kUnsupported, pos, 1, "a second document in one file", "use one file for each");
        tree.documents.resize(1);
        return;
      }
    }
    tree.complete = true;
  } catch (const Stop&) {
  } catch (const YAML::Exception& error) {
    handler.builder().report(kSyntax, handler.pos(error.mark), 1, syntax_message(error.msg));
  } catch (const std::exception& error) {
    handler.builder().report(kSyntax, tree.source->pos(1, 1), 1, syntax_message(error.what()));
  }
}

}  // namespace mesh::document
