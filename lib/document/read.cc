#include "document/read.h"

#include "document/tree_builder.h"
#include "document/utf8.h"

namespace mesh::document {

namespace {

bool looks_like_json(std::string_view text) {
  size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

// Position of byte `offset`.
SourcePos pos_at(const SourceFile& source, size_t offset) {
  std::string_view before = source.text().substr(0, offset);
  uint32_t line = 1;
  size_t start = 0;
  for (size_t i = 0; i < before.size(); ++i)
    if (before[i] == '\n') ++line, start = i + 1;
  return source.pos(line, static_cast<uint32_t>(offset - start + 1));
}

// Offset of the first byte that no text file has: a control character or a broken UTF-8 sequence.
size_t first_foreign_byte(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f) return i;
    size_t length = c < 0x80 ? 1 : utf8_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

// False with a finding when the text is too long or no text.
bool admit(Tree& tree, const Limits& limits) {
  const SourceFile& source = *tree.source;
  if (source.text().size() > limits.bytes) {
    tree.findings.push_back(source.finding(kLimit, source.pos(1, 1), 1,
                                           "the file is larger than " + std::to_string(limits.bytes) + " bytes"));
    return false;
  }
  size_t bad = first_foreign_byte(source.text());
  if (bad != std::string_view::npos) {
    tree.findings.push_back(source.finding(kSyntax, pos_at(source, bad), 1,
                                           "not a text file: a control character or a byte that is not UTF-8"));
    return false;
  }
  return true;
}

}  // namespace

Tree read(std::string name, std::string text, const ReadOptions& options) {
  Tree tree;
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  bool named_json = name.ends_with(".json");
  tree.source = std::make_shared<const SourceFile>(std::move(name), std::move(text));
  if (!admit(tree, options.limits)) return tree;

  bool json = options.format == Format::json || (options.format == Format::automatic && named_json);
  if (json) {
    read_json(tree, options);
    return tree;
  }
  if (options.format == Format::automatic && looks_like_json(tree.source->text())) {
    // YAML contains JSON but for surrogate escapes and very long keys, and reports its errors better.
    Tree attempt;
    attempt.source = tree.source;
    read_json(attempt, options);
    if (attempt.complete) return attempt;
  }
  read_yaml(tree, options);
  return tree;
}

}  // namespace mesh::document
