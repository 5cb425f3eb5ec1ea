#include "document/source_file.h"

namespace mesh::document {

namespace {
// Longer lines are generated or hostile; a caret under them helps nobody.
constexpr size_t kShownLine = 1000;
constexpr size_t kShownText = 64;
}  // namespace

SourceFile::SourceFile(std::string name, std::string text)
    : name_(std::make_shared<const std::string>(std::move(name))), text_(std::move(text)) {
  starts_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n' && i + 1 < text_.size()) starts_.push_back(i + 1);
}

std::string_view SourceFile::line(uint32_t number) const {
  if (number == 0 || number > starts_.size()) return {};
  size_t start = starts_[number - 1];
  size_t end = number < starts_.size() ? starts_[number] : text_.size();
  std::string_view line(text_.data() + start, end - start);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

Finding SourceFile::finding(std::string_view code, const SourcePos& pos, uint32_t span, std::string message,
                            std::string hint) const {
  Finding out;
  out.code = code;
  out.pos = pos;
  out.span = span == 0 ? 1 : span;
  out.message = std::move(message);
  out.hint = std::move(hint);
  std::string_view shown = line(pos.line);
  if (shown.size() <= kShownLine) {
    out.source_line = shown;
    size_t rest = pos.column > 0 && pos.column <= shown.size() ? shown.size() - pos.column + 1 : 1;
    if (out.span > rest) out.span = static_cast<uint32_t>(rest);
  } else {
    out.span = 1;
  }
  return out;
}

std::string shortened(std::string_view text) {
  if (text.size() <= kShownText) return std::string(text);
  size_t end = kShownText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace mesh::document
