#include "config/format.h"

#include "base/text.h"
#include "document/read.h"

namespace mesh::config {

namespace {

using document::Node;

bool same(const Node& a, const Node& b) {  // NOLINT(misc-no-recursion): trees are at most 64 levels deep
  if (a.kind != b.kind || a.text != b.text || a.quoted != b.quoted || a.items.size() != b.items.size() ||
      a.members.size() != b.members.size())
    return false;
  for (size_t i = 0; i < a.items.size(); ++i)
    if (!same(a.items[i], b.items[i])) return false;
  for (size_t i = 0; i < a.members.size(); ++i)
    if (a.members[i].key.text != b.members[i].key.text || !same(a.members[i].value, b.members[i].value)) return false;
  return true;
}

std::string tidied(std::string_view text) {
  std::string out;
  bool blank_before = true;
  for (std::string_view line : split(text, '\n')) {
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.remove_suffix(1);
    if (line.empty() && blank_before) continue;
    blank_before = line.empty();
    out += line;
    out += '\n';
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace

Result<std::string> format_text(std::string_view name, std::string_view text) {
  document::Tree before = document::read(std::string(name), std::string(text));
  if (!before.complete) {
    const Finding& first = before.findings.front();
    return fail(Errc::invalid, first.pos.to_string() + ": " + first.message);
  }
  std::string out = tidied(text);
  document::Tree after = document::read(std::string(name), out);
  bool unchanged = after.complete && before.documents.size() == after.documents.size();
  for (size_t i = 0; unchanged && i < before.documents.size(); ++i)
    unchanged = same(before.documents[i], after.documents[i]);
  return unchanged ? out : std::string(text);
}

}  // namespace mesh::config
