// A strict RFC 8259 reader that keeps positions: no comments, no trailing commas, no lone surrogates, one value.
#include "base/text.h"
#include "document/tree_builder.h"
#include "document/utf8.h"

namespace mesh::document {

namespace {

class JsonReader {
 public:
  JsonReader(Tree& tree, const Limits& limits) : tree_(tree), builder_(tree, limits), text_(tree.source->text()) {}

  bool document() {
    skip_space();
    if (!value()) return false;
    skip_space();
    return at_ == text_.size() || error("text after the value");
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  SourcePos pos() const { return tree_.source->pos(line_, static_cast<uint32_t>(at_ - line_start_ + 1)); }
  bool error(std::string message) {
    builder_.report(kSyntax, pos(), 1, "not valid JSON: " + std::move(message));
    return false;
  }

  void skip_space() {
    for (; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
    }
  }

  bool value() {  // NOLINT(misc-no-recursion): TreeBuilder bounds the depth
    switch (peek()) {
      case '{':
        return object();
      case '[':
        return array();
      case '"': {
        SourcePos start = pos();
        std::string text;
        return string(text) && builder_.scalar(start, std::move(text), true);
      }
      default:
        return word();
    }
  }

  bool object() {  // NOLINT(misc-no-recursion)
    if (!builder_.begin(Node::Kind::mapping, pos())) return false;
    ++at_;
    skip_space();
    if (peek() == '}') return ++at_, builder_.end();
    for (;;) {
      if (peek() != '"') return error("a key in double quotes is missing");
      SourcePos start = pos();
      std::string key;
      if (!string(key) || !builder_.scalar(start, std::move(key), true)) return false;
      skip_space();
      if (peek() != ':') return error("':' is missing after a key");
      ++at_;
      skip_space();
      if (!value()) return false;
      skip_space();
      if (peek() == '}') return ++at_, builder_.end();
      if (peek() != ',') return error("',' or '}' is missing");
      ++at_;
      skip_space();
    }
  }

  bool array() {  // NOLINT(misc-no-recursion)
    if (!builder_.begin(Node::Kind::sequence, pos())) return false;
    ++at_;
    skip_space();
    if (peek() == ']') return ++at_, builder_.end();
    for (;;) {
      if (!value()) return false;
      skip_space();
      if (peek() == ']') return ++at_, builder_.end();
      if (peek() != ',') return error("',' or ']' is missing");
      ++at_;
      skip_space();
    }
  }

  // true, false, null or a number.
  bool word() {
    size_t start = at_;
    SourcePos where = pos();
    while (at_ < text_.size() && (is_digit(text_[at_]) || is_alpha(text_[at_]) || text_[at_] == '-' ||
                                  text_[at_] == '+' || text_[at_] == '.'))
      ++at_;
    std::string_view word = text_.substr(start, at_ - start);
    if (word == "null") return builder_.null(where);
    if (word == "true" || word == "false" || is_number(word)) return builder_.scalar(where, std::string(word), false);
    at_ = start;
    return error(word.empty() ? "a value is missing" : "'" + shortened(word) + "' is no value");
  }

  static bool is_number(std::string_view text) {
    size_t i = 0;
    auto digits = [&] {
      size_t start = i;
      while (i < text.size() && is_digit(text[i])) ++i;
      return i - start;
    };
    if (i < text.size() && text[i] == '-') ++i;
    size_t start = i, whole = digits();
    if (whole == 0 || (whole > 1 && text[start] == '0')) return false;
    if (i < text.size() && text[i] == '.') {
      ++i;
      if (digits() == 0) return false;
    }
    if (i < text.size() && (text[i] | 0x20) == 'e') {
      ++i;
      if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
      if (digits() == 0) return false;
    }
    return i == text.size();
  }

  bool string(std::string& out) {
    for (++at_; at_ < text_.size();) {
      char c = text_[at_];
      if (c == '"') return ++at_, true;
      if (static_cast<unsigned char>(c) < 0x20) return error("a control character inside a string");
      if (c == '\\') {
        if (!escape(out)) return false;
      } else {
        out += c;
        ++at_;
      }
    }
    return error("a string does not end");
  }

  bool escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c == 'u') return unicode(out);
    size_t index = c == '\0' ? std::string_view::npos : kNames.find(c);
    if (index == std::string_view::npos) return error("an unknown escape");
    out += kValues[index];
    at_ += 2;
    return true;
  }

  bool unicode(std::string& out) {
    auto unit = [&](size_t at) -> std::optional<uint32_t> {
      if (at + 6 > text_.size() || text_[at] != '\\' || text_[at + 1] != 'u') return std::nullopt;
      auto value = parse_hex(text_.substr(at + 2, 4));
      if (!value) return std::nullopt;
      return static_cast<uint32_t>(*value);
    };
    auto first = unit(at_);
    if (!first) return error("\\u needs four hex digits");
    if (*first < 0xd800 || *first > 0xdfff) {
      append_utf8(out, *first);
      at_ += 6;
      return true;
    }
    auto second = unit(at_ + 6);
    if (*first > 0xdbff || !second || *second < 0xdc00 || *second > 0xdfff) return error("half of a surrogate pair");
    append_utf8(out, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
    at_ += 12;
    return true;
  }

  Tree& tree_;
  TreeBuilder builder_;
  std::string_view text_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
};

}  // namespace

void read_json(Tree& tree, const ReadOptions& options) {
  JsonReader reader(tree, options.limits);
  tree.complete = reader.document();
}

}  // namespace mesh::document
