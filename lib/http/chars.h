// Which bytes may stand where (RFC 9110 §5.6.2, §5.5; RFC 3986 §2). One table for all readers and writers.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mesh::http {

enum CharClass : uint8_t {
  kToken = 1,       // tchar
  kFieldValue = 2,  // VCHAR, obs-text, SP, HTAB
  kTarget = 4,      // VCHAR without '#': what a request target is written in
  kUnreserved = 8,  // RFC 3986 §2.3
  kHexDigit = 16,
};

constexpr std::array<uint8_t, 256> make_char_table() {
  std::array<uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    uint8_t bits = 0;
    bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool digit = c >= '0' && c <= '9';
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    if (alpha || digit || (c < 128 && c > 32 && kMarks.find(static_cast<char>(c)) != std::string_view::npos))
      bits |= kToken;
    if ((c >= 0x20 && c != 0x7f) || c == '\t') bits |= kFieldValue;
    if (c > 0x20 && c < 0x7f && c != '#') bits |= kTarget;
    if (alpha || digit || c == '-' || c == '.' || c == '_' || c == '~') bits |= kUnreserved;
    if (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) bits |= kHexDigit;
    table[static_cast<size_t>(c)] = bits;
  }
  return table;
}
inline constexpr std::array<uint8_t, 256> kChars = make_char_table();

constexpr bool is(char c, CharClass wanted) { return (kChars[static_cast<unsigned char>(c)] & wanted) != 0; }
constexpr bool all(std::string_view text, CharClass wanted) {
  for (char c : text)
    if (!is(c, wanted)) return false;
  return true;
}
// As all(text, kFieldValue), written so that it becomes a few vector operations.
constexpr bool is_field_value(std::string_view text) {
  bool wrong = false;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    wrong |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
  }
  return !wrong;
}
// A non-empty token (RFC 9110 §5.6.2).
constexpr bool is_token(std::string_view text) { return !text.empty() && all(text, kToken); }

constexpr unsigned hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a' + 10);
}

}  // namespace mesh::http
