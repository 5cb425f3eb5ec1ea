// Findings for people.
#include <algorithm>

#include "base/text.h"
#include "cli/findings_print.h"
#include "cli/table.h"

namespace mesh::cli {

namespace {

constexpr size_t kShownBefore = 70;   // bytes of a long line shown before the caret
constexpr size_t kLongestLine = 160;  // bytes of a line shown at most

std::string_view style_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "1;31";
    case Severity::warning:
      return "1;33";
    case Severity::note:
      return "1;36";
  }
  return "1";
}

std::string printable(std::string_view text) {
  std::string flat(text);
  std::replace(flat.begin(), flat.end(), '\t', ' ');
  return escape_controls(flat);
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Back to where a UTF-8 character begins.
size_t whole_character(std::string_view text, size_t at) {
  while (at > 0 && at < text.size() && is_continuation(text[at])) --at;
  return at;
}

// The line with the caret under it; a very long line is cut to what surrounds the caret.
std::string excerpt(const Finding& finding, const Output& out) {
  std::string_view line = finding.source_line;
  size_t start = std::min<size_t>(finding.pos.column - 1, line.size());
  size_t end = std::min(start + std::max(finding.span, 1u), std::max(line.size(), start + 1));
  size_t from = line.size() > kLongestLine && start > kShownBefore ? whole_character(line, start - kShownBefore) : 0;
  size_t to = line.size() - from > kLongestLine ? whole_character(line, from + kLongestLine) : line.size();
  end = std::max(start + 1, std::min(end, to));

  std::string before = (from > 0 ? "..." : "") + printable(line.substr(from, start - from));
  std::string marked = printable(line.substr(start, end - start));
  std::string after =
      printable(to > end ? line.substr(end, to - end) : std::string_view()) + (to < line.size() ? "..." : "");
  std::string number = std::to_string(finding.pos.line);
  if (number.size() < 5) number.insert(0, 5 - number.size(), ' ');
  std::string caret = "^" + std::string(std::max<size_t>(display_width(marked), 1) - 1, '~');
  return number + " | " + before + marked + after + "\n" + std::string(number.size(), ' ') + " | " +
         std::string(display_width(before), ' ') + out.styled(style_of(finding.severity), caret) + "\n";
}

}  // namespace

std::string finding_text(const Finding& finding, const Output& out) {
  std::string place = finding.pos.known() ? finding.pos.to_string() : finding.pos.file ? *finding.pos.file : "";
  std::string text = place.empty() ? "" : escape_controls(place) + ": ";
  std::string label = std::string(to_string(finding.severity)) + "[" + finding.code + "]";
  text += out.styled(style_of(finding.severity), label) + ": " + escape_controls(finding.message);
  if (!finding.hint.empty()) text += "; " + escape_controls(finding.hint);
  text += "\n";
  if (!finding.source_line.empty() && finding.pos.column != 0) text += excerpt(finding, out);
  return text;
}

std::string findings_summary(const Findings& findings) {
  auto count = [&](Severity severity) {
    return std::count_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.severity == severity; });
  };
  std::string text;
  for (Severity severity : {Severity::error, Severity::warning, Severity::note}) {
    auto n = count(severity);
    if (n == 0) continue;
    text +=
        (text.empty() ? "" : ", ") + std::to_string(n) + " " + std::string(to_string(severity)) + (n == 1 ? "" : "s");
  }
  return text;
}

}  // namespace mesh::cli
