#include <arpa/inet.h>

#include "base/text.h"
#include "config/model.h"
#include "config/rules.h"

namespace mesh::config {

namespace {

bool is_ipv4(const std::string& host) {
  in_addr out{};
  return inet_pton(AF_INET, host.c_str(), &out) == 1;
}

bool is_ipv6(const std::string& host) {
  in6_addr out{};
  return inet_pton(AF_INET6, host.c_str(), &out) == 1;
}

// Only digits and dots: meant as an IPv4 address, even if it is none.
bool looks_like_ipv4(std::string_view host) { return host.find_first_not_of("0123456789.") == std::string_view::npos; }

}  // namespace

std::string Address::to_string() const {
  if (kind == Kind::unix_path) return "unix:" + host;
  bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> Address::parse(std::string_view text) {
  Address out;
  if (text.find('\0') != std::string_view::npos) return fail(Errc::invalid, "it has a NUL character");
  if (text.starts_with("unix:")) {
    text.remove_prefix(5);
    if (text.empty()) return fail(Errc::invalid, "the path is missing");
    if (text.size() > 107) return fail(Errc::invalid, "the path is longer than 107 bytes");
    out.kind = Kind::unix_path;
    out.host = text;
    return out;
  }
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) return fail(Errc::invalid, "the port is missing");
  std::string_view host = text.substr(0, colon);
  auto port = parse_dec(text.substr(colon + 1), 65535);
  if (!port) return fail(Errc::invalid, "the port is not a number from 0 to 65535");
  out.port = static_cast<uint16_t>(*port);
  if (host.starts_with('[')) {
    if (host.size() < 3 || host.back() != ']') return fail(Errc::invalid, "']' is missing");
    out.host = to_lower(host.substr(1, host.size() - 2));
    if (!is_ipv6(out.host)) return fail(Errc::invalid, "no IPv6 address is in the brackets");
    return out;
  }
  if (host.find(':') != std::string_view::npos) return fail(Errc::invalid, "an IPv6 address needs brackets");
  out.host = host.empty() ? "0.0.0.0" : to_lower(host);
  if (is_ipv4(out.host)) return out;
  if (looks_like_ipv4(out.host)) return fail(Errc::invalid, "it is not four numbers from 0 to 255");
  out.kind = Kind::name;
  std::string problem = host_rule(out.host);
  if (!problem.empty() || out.host.find('*') != std::string::npos)
    return fail(Errc::invalid, "the host " + (problem.empty() ? "is a wildcard" : problem));
  return out;
}

std::string Network::to_string() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), buffer, sizeof buffer);
  return std::string(buffer) + "/" + std::to_string(prefix_bits);
}

Result<Network> Network::parse(std::string_view text) {
  size_t slash = text.find('/');
  std::string host(text.substr(0, slash));
  Network out;
  if (host.find('\0') != std::string::npos) return fail(Errc::invalid, "it has a NUL character");
  if (is_ipv4(host)) {
    out.bytes.resize(4);
    inet_pton(AF_INET, host.c_str(), out.bytes.data());
  } else if (is_ipv6(host)) {
    out.bytes.resize(16);
    inet_pton(AF_INET6, host.c_str(), out.bytes.data());
  } else {
    return fail(Errc::invalid, "it does not begin with an IP address");
  }
  auto most = static_cast<uint8_t>(out.bytes.size() * 8);
  out.prefix_bits = most;
  if (slash != std::string_view::npos) {
    auto bits = parse_dec(text.substr(slash + 1), most);
    if (!bits) return fail(Errc::invalid, "the length after '/' is not from 0 to " + std::to_string(most));
    out.prefix_bits = static_cast<uint8_t>(*bits);
  }
  for (unsigned bit = out.prefix_bits; bit < most; ++bit)
    if (static_cast<unsigned char>(out.bytes[bit / 8]) & (0x80u >> (bit % 8)))
      return fail(Errc::invalid, "bits after the first " + std::to_string(out.prefix_bits) + " are set");
  return out;
}

}  // namespace mesh::config
