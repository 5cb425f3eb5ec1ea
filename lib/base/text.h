// Small pure functions over text: ASCII case, trimming, splitting, strict numbers, edit distance.
// No locale anywhere; bytes above 0x7f are left alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh {

constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

std::string to_lower(std::string_view text);
bool equal_ignore_case(std::string_view a, std::string_view b);
// Without leading and trailing spaces and tabs.
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);

// Digits only, no sign, no space, no overflow; nothing else is a number. At most `max`.
std::optional<uint64_t> parse_dec(std::string_view text, uint64_t max = UINT64_MAX);
// Hex digits of either case, at most 16.
std::optional<uint64_t> parse_hex(std::string_view text);

// Writes `value` in decimal at `out` (20 bytes suffice) and returns the end.
char* format_dec(char* out, uint64_t value);

// For terminals and logs: C0, DEL, C1, backslash and bidirectional controls as \xNN; valid UTF-8 otherwise kept.
std::string escape_controls(std::string_view text);

// The candidate a person most likely meant (Damerau-Levenshtein within a third of the length), or empty.
std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace mesh
