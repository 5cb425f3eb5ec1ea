#include "document/read.h"
#include "document/utf8.h"

namespace mesh::document {

namespace {

// Substituted text is a value of one field, not a document.
constexpr size_t kMaxValue = 64 * 1024;

class Substituter {
 public:
  Substituter(Tree& tree, const Substitutions& sources) : tree_(tree), sources_(sources) {}

  void visit(Node& node) {  // NOLINT(misc-no-recursion): trees are at most Limits::depth deep
    if (node.is_scalar()) return replace(node);
    for (Node& item : node.items) visit(item);
    for (Member& member : node.members) {
      if (member.key.text.find("${") != std::string::npos)
        report(member.key, "'" + member.key.shown() + "': substitutions are for values, not for keys");
      visit(member.value);
    }
  }

 private:
  void report(const Node& node, std::string message, std::string hint = {}) {
    tree_.findings.push_back(
        tree_.source->finding(kSubstitution, node.pos, node.span, std::move(message), std::move(hint)));
  }

  void replace(Node& node) {
    size_t at = node.text.find("${");
    if (at == std::string::npos) return;
    std::string out;
    size_t done = 0;
    bool real = false;
    for (; at != std::string::npos; at = node.text.find("${", done)) {
      if (at > done && node.text[at - 1] == '$') {  // "$${" is "${" as it stands
        out.append(node.text, done, at - 1 - done);
        out += "${";
        done = at + 2;
        continue;
      }
      size_t end = node.text.find('}', at);
      if (end == std::string::npos) return report(node, "'${' without its '}'", "write '$${' for the characters '${'");
      out.append(node.text, done, at - done);
      if (!fetch(node, node.text.substr(at + 2, end - at - 2), out)) return;
      real = true;
      done = end + 1;
    }
    out.append(node.text, done);
    if (real) {
      node.substituted = true;
      node.written = std::move(node.text);
    }
    node.text = std::move(out);
  }

  bool fetch(const Node& node, const std::string& expression, std::string& out) {
    if (expression.starts_with("env:")) {
      std::string name = expression.substr(4);
      auto value = sources_.env ? sources_.env(name) : std::nullopt;
      if (!value) return report(node, "environment variable '" + shortened(name) + "' is not set"), false;
      return append(node, *value, out);
    }
    if (expression.starts_with("file:")) {
      std::string path = expression.substr(5);
      auto value = sources_.file ? sources_.file(path) : Result<std::string>(fail(Errc::unsupported, "no files here"));
      if (!value) return report(node, value.error().message), false;
      std::string_view text = *value;
      if (text.ends_with('\n')) text.remove_suffix(1);
      if (text.ends_with('\r')) text.remove_suffix(1);
      return append(node, text, out);
    }
    report(node, "unknown substitution '${" + shortened(expression) + "}'",
           "only ${env:NAME} and ${file:PATH} exist; write '$${' for the characters '${'");
    return false;
  }

  bool append(const Node& node, std::string_view value, std::string& out) {
    if (out.size() + value.size() > kMaxValue) {
      report(node, "a substituted value is longer than " + std::to_string(kMaxValue) + " bytes");
      return false;
    }
    if (first_invalid_utf8(value) != std::string_view::npos || value.find('\0') != std::string_view::npos) {
      report(node, "a substituted value is not text");
      return false;
    }
    out += value;
    return true;
  }

  Tree& tree_;
  const Substitutions& sources_;
};

}  // namespace

void substitute(Tree& tree, const Substitutions& sources) {
  Substituter substituter(tree, sources);
  for (Node& node : tree.documents) substituter.visit(node);
}

}  // namespace mesh::document
