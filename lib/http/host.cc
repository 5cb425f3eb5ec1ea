#include "http/host.h"

#include <arpa/inet.h>

#include <cstring>

#include "base/text.h"
#include "http/chars.h"

namespace mesh::http {

namespace {

bool valid_ipv6(std::string_view inside) {
  char buffer[64];
  if (inside.empty() || inside.size() >= sizeof buffer || inside.find('%') != std::string_view::npos) return false;
  std::memcpy(buffer, inside.data(), inside.size());
  buffer[inside.size()] = 0;
  in6_addr out;
  return inet_pton(AF_INET6, buffer, &out) == 1;
}

std::string_view lower(std::string_view text, Arena& arena) {
  bool upper = false;
  for (char c : text) upper |= c >= 'A' && c <= 'Z';
  if (!upper) return text;
  char* out = arena.allocate(text.size());
  for (size_t i = 0; i < text.size(); ++i) out[i] = ascii_lower(text[i]);
  return {out, text.size()};
}

bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  size_t label = 0;
  for (char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '_') return false;
    if (++label > 63) return false;
  }
  return label > 0;
}

}  // namespace

Result<Authority> parse_authority(std::string_view text, Arena& arena) {
  if (text.empty()) return fail(Errc::invalid, "the host is empty");
  Authority out;
  std::string_view host = text, port;
  bool has_port = false;
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
    if (!valid_name(host)) return fail(Errc::invalid, "the host is no name");
  }
  out.host = lower(host, arena);
  return out;
}

}  // namespace mesh::http
