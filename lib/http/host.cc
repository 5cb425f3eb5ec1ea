#include "http/host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "http/chars.h"

namespace mesh::http {

namespace {

bool valid_ipv6(std::string_view inside) {
  char buffer[INET6_ADDRSTRLEN];
  // The system's reader stops at a NUL, and knows zones elsewhere: none but its own bytes get there.
  auto known = [](char c) { return is(c, kHexDigit) || c == ':' || c == '.'; };
  if (inside.size() >= sizeof buffer || !std::all_of(inside.begin(), inside.end(), known)) return false;
  std::memcpy(buffer, inside.data(), inside.size());
  buffer[inside.size()] = 0;
  in6_addr out;
  return inet_pton(AF_INET6, buffer, &out) == 1;
}

// What a byte of a name is.
enum Kind : uint8_t { kOther = 0, kLetter, kUpper, kDot, kDigit };

constexpr std::array<uint8_t, 256> make_kinds() {
  std::array<uint8_t, 256> kinds{};
  for (size_t c = 'a'; c <= 'z'; ++c) kinds[c] = kLetter;
  for (size_t c = 'A'; c <= 'Z'; ++c) kinds[c] = kUpper;
  for (size_t c = '0'; c <= '9'; ++c) kinds[c] = kDigit;
  kinds['-'] = kinds['_'] = kLetter;
  kinds['.'] = kDot;
  return kinds;
}
constexpr std::array<uint8_t, 256> kKinds = make_kinds();

std::string_view lower(std::string_view text, Arena& arena) {
  char* out = arena.allocate(text.size());
  for (size_t i = 0; i < text.size(); ++i) out[i] = ascii_lower(text[i]);
  return {out, text.size()};
}

// An A-label holds nothing but letters, digits and inner hyphens (RFC 5890 §2.3.2.1), and not what needs no encoding.
bool valid_a_label(std::string_view label) {
  if (label.size() < 4 || !equal_ignore_case(label.substr(0, 4), "xn--")) return true;
  return label.size() > 4 && label.back() != '-' && label.find('_') == std::string_view::npos;
}

// "12", "0x7f": what resolvers of old take for a part of an address.
bool is_number(std::string_view label) {
  if (label.size() > 1 && label[0] == '0' && (label[1] | 0x20) == 'x') return all(label.substr(2), kHexDigit);
  return std::all_of(label.begin(), label.end(), is_digit);
}

// Four numbers to 255 without leading zeros: a name whose last label is a number is an address or nothing (WHATWG URL
// §3.5), so that "127.1" or "0x7f.0.0.1" can never be read as one later.
bool valid_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    size_t dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos || dot == 0 || dot > 3 || (dot > 1 && text[0] == '0')) return false;
    if (!parse_dec(text.substr(0, dot), 255)) return false;
    text.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return text.empty();
}

// Is this a name? `upper`: some letter is. The end of the name is at the port's colon or the end of the text.
bool valid_name(std::string_view name, bool& upper) {
  if (name.empty() || name.size() > 253) return false;
  size_t start = 0;
  for (size_t i = 0; i <= name.size(); ++i) {
    uint8_t kind = i == name.size() ? static_cast<uint8_t>(kDot) : kKinds[static_cast<unsigned char>(name[i])];
    if (kind == kOther) return false;
    upper |= kind == kUpper;
    if (kind != kDot) continue;
    if (i == start || i - start > 63) return false;
    if ((name[start] | 0x20) == 'x' && !valid_a_label(name.substr(start, i - start))) return false;
    if (i < name.size()) start = i + 1;
  }
  return !is_digit(name[start]) || !is_number(name.substr(start)) || valid_ipv4(name);
}

}  // namespace

Result<Authority> parse_authority(std::string_view text, Arena& arena) {
  if (text.empty()) return fail(Errc::invalid, "the host is empty");
  Authority out;
  std::string_view host = text, port;
  bool has_port = false, upper = false;
  if (text.front() == '[') {
    size_t end = text.find(']');
    if (end == std::string_view::npos || !valid_ipv6(text.substr(1, end - 1)))
      return fail(Errc::invalid, "the host is no IPv6 address");
    host = text.substr(0, end + 1);
    std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return fail(Errc::invalid, "bytes behind the host");
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else if (size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  }
  if (has_port) {
    auto number = parse_dec(port, 65535);
    if (!number || port.size() > 5) return fail(Errc::invalid, "the port is no number");
    out.port = static_cast<uint16_t>(*number);
  }
  if (host.empty() || host.front() != '[') {
    if (!host.empty() && host.back() == '.') host.remove_suffix(1);
    if (!valid_name(host, upper)) return fail(Errc::invalid, "the host is no name");
  } else {
    upper = std::any_of(host.begin(), host.end(), [](char c) { return c >= 'A' && c <= 'F'; });
  }
  out.host = upper ? lower(host, arena) : host;
  return out;
}

}  // namespace mesh::http
