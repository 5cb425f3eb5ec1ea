#include <algorithm>

#include "base/text.h"
#include "document/json.h"

namespace mesh::document {

namespace {

// Comments start in this column, or right after a longer line.
constexpr size_t kCommentColumn = 56;
constexpr size_t kFlowWidth = 90;

// Text that any YAML reader takes for that same text without quotes.
bool is_plain(std::string_view text, bool key = false) {
  if (text.empty() || text.size() > 200) return false;
  static constexpr std::string_view kStart = "!&*-?|>@`\"'#%{}[],:=~ ";
  if (kStart.find(text.front()) != std::string_view::npos) return false;
  for (char c : text) {
    bool safe = is_digit(c) || is_alpha(c) || std::string_view("-_./+*@;=()<>^~% $").find(c) != std::string_view::npos;
    if (!safe && c != ':') return false;
  }
  if (text.back() == ' ' || text.back() == ':' || text.find(": ") != std::string_view::npos) return false;
  // 'on' and the like are booleans for old readers; as keys people write them plainly.
  if (key && is_alpha(text.front())) return !equal_ignore_case(text, "null");
  for (std::string_view word : {"null", "true", "false", "yes", "no", "on", "off", "y", "n", ".nan", ".inf", "+.inf"})
    if (equal_ignore_case(text, word)) return false;
  // Anything that starts like a number stays plain only if it cannot be taken for one.
  if (is_digit(text.front()) || text.front() == '.' || text.front() == '+') {
    bool address = std::count(text.begin(), text.end(), '.') > 1;
    if (!address && text.find_first_not_of("0123456789.+-:eExXoO_abcdefABCDEF") == std::string_view::npos) return false;
  }
  return true;
}

class YamlWriter {
 public:
  explicit YamlWriter(const YamlComment& comment) : comment_(comment) {}

  std::string write(const Json& value) {
    if (value.is_object() && !value.empty()) {
      members(value, 0);
    } else {
      out_ += inline_form(value);
      finish_line();
    }
    return std::move(out_);
  }

 private:
  static std::string inline_form(const Json& value) {
    if (value.is_string() && is_plain(value.string())) return value.string();
    if (value.is_array()) {
      std::string out = "[";
      for (const Json& item : value.items()) {
        if (out.size() > 1) out += ", ";
        out += inline_form(item);
      }
      return out + "]";
    }
    return value.dump();
  }
  static bool is_flow(const Json& value) {
    if (value.is_scalar() || value.empty()) return true;
    if (!value.is_array()) return false;
    for (const Json& item : value.items())
      if (!item.is_scalar()) return false;
    return inline_form(value).size() <= kFlowWidth;
  }

  void finish_line() {
    std::string text = comment_ ? comment_(path_) : std::string();
    if (!text.empty()) {
      size_t start = out_.rfind('\n');
      size_t width = out_.size() - (start == std::string::npos ? 0 : start + 1);
      out_.append(width < kCommentColumn ? kCommentColumn - width : 2, ' ');
      out_ += "# " + text;
    }
    out_ += '\n';
  }

  void members(const Json& value, size_t indent, bool first_inline = false) {
    for (const auto& [key, item] : value.members()) {
      size_t length = path_.size();
      if (!path_.empty()) path_ += '.';
      path_ += key;
      if (!first_inline) out_.append(indent, ' ');
      first_inline = false;
      out_ += is_plain(key, true) ? key : inline_form(Json(key));
      out_ += ':';
      child(item, indent);
      path_.resize(length);
    }
  }

  void child(const Json& item, size_t indent) {
    if (is_flow(item)) {
      out_ += ' ' + inline_form(item);
      finish_line();
    } else if (item.is_array()) {
      finish_line();
      elements(item, indent + 2);
    } else {
      finish_line();
      members(item, indent + 2);
    }
  }

  void elements(const Json& value, size_t indent) {
    size_t index = 0;
    for (const Json& item : value.items()) {
      size_t length = path_.size();
      path_ += '[' + std::to_string(index++) + ']';
      out_.append(indent, ' ');
      out_ += "- ";
      if (item.is_object() && !item.empty()) {
        members(item, indent + 2, true);
      } else {
        out_ += inline_form(item);
        finish_line();
      }
      path_.resize(length);
    }
  }

  const YamlComment& comment_;
  std::string out_;
  std::string path_;
};

}  // namespace

std::string to_yaml(const Json& value, const YamlComment& comment) { return YamlWriter(comment).write(value); }

}  // namespace mesh::document
