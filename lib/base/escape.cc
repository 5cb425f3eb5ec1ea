#include "base/escape.h"

#include <cstdint>
#include <cstring>

namespace mesh {

namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr uint64_t kOnes = 0x0101010101010101ull;
constexpr uint64_t kHighs = 0x8080808080808080ull;

// Eight bytes that all stand for themselves: printable ASCII but '"' and '\'. False alarms are allowed, misses are not.
bool all_plain(uint64_t word) {
  auto has_zero = [](uint64_t v) { return (v - kOnes) & ~v & kHighs; };
  uint64_t below_space = (word - kOnes * 0x20) & ~word & kHighs;
  uint64_t special = has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\')) | has_zero(word ^ (kOnes * 0x7f));
  return ((word & kHighs) | below_space | special) == 0;
}

bool plain(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

struct Point {
  uint32_t value = 0;
  size_t size = 0;  // 0: no UTF-8 (RFC 3629 §4)
};

Point decode(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  size_t size = lead >= 0xf0 && lead <= 0xf4  ? 4
                : lead >= 0xe0 && lead < 0xf0 ? 3
                : lead >= 0xc2 && lead < 0xe0 ? 2
                                              : 0;
  if (size == 0 || text.size() < size) return {};
  uint32_t value = lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  if (size == 3 && (value < 0x800 || (value >= 0xd800 && value <= 0xdfff))) return {};
  if (size == 4 && (value < 0x10000 || value > 0x10ffff)) return {};
  return {value, size};
}

// C1, marks and overrides of direction, line and paragraph separator, byte order mark.
bool obeyed(uint32_t point) {
  return point < 0xa0 || point == 0x061c || point == 0x200e || point == 0x200f || point == 0x2028 || point == 0x2029 ||
         (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

char* write_u(char* out, uint32_t point) {
  *out++ = '\\';
  *out++ = 'u';
  for (int shift = 12; shift >= 0; shift -= 4) *out++ = kDigits[point >> shift & 15];
  return out;
}

char* write_x(char* out, std::string_view bytes) {
  for (char c : bytes) {
    auto value = static_cast<unsigned char>(c);
    *out++ = '\\';
    *out++ = 'x';
    *out++ = kDigits[value >> 4];
    *out++ = kDigits[value & 15];
  }
  return out;
}

// `special(out, rest, point)` writes what does not stand for itself: one byte when point.size is 0, else the point.
template <class Special>
char* escape(char* out, std::string_view text, Special special) {
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end) {
    uint64_t word;
    if (end - at >= 8 && (std::memcpy(&word, at, 8), all_plain(word))) {
      std::memcpy(out, &word, 8);
      at += 8;
      out += 8;
      continue;
    }
    auto c = static_cast<unsigned char>(*at);
    if (plain(c)) {
      *out++ = *at++;
      continue;
    }
    std::string_view rest(at, static_cast<size_t>(end - at));
    Point point = c < 0x80 ? Point{c, 1} : decode(rest);
    if (c >= 0x80 && point.size != 0 && !obeyed(point.value)) {
      std::memcpy(out, at, point.size);
      out += point.size;
    } else {
      out = special(out, rest, point);
    }
    at += point.size == 0 ? 1 : point.size;
  }
  return out;
}

void append(std::string& out, std::string_view text, char* (*write)(char*, std::string_view)) {
  size_t before = out.size();
  out.resize(before + text.size() * kMaxEscape);
  out.resize(static_cast<size_t>(write(out.data() + before, text) - out.data()));
}

}  // namespace

char* escape_json(char* out, std::string_view text) {
  return escape(out, text, [](char* to, std::string_view rest, Point point) {
    if (rest.front() == '"' || rest.front() == '\\') {
      *to++ = '\\';
      *to++ = rest.front();
      return to;
    }
    return write_u(to, point.size == 0 ? 0xfffd : point.value);
  });
}

char* escape_text(char* out, std::string_view text) {
  return escape(out, text, [](char* to, std::string_view rest, Point point) {
    return write_x(to, rest.substr(0, point.size == 0 ? 1 : point.size));
  });
}

void append_json(std::string& out, std::string_view text) { append(out, text, escape_json); }
void append_text(std::string& out, std::string_view text) { append(out, text, escape_text); }

}  // namespace mesh
