#include "net/address.h"

#include <arpa/inet.h>

#include <cstring>

#include "base/text.h"

namespace mesh::net {

Result<Address> Address::from_ip(std::string_view ip, uint16_t port) {
  if (ip.size() > 2 && ip.front() == '[' && ip.back() == ']') ip = ip.substr(1, ip.size() - 2);
  std::string text(ip);
  Address address;
  if (inet_pton(AF_INET, text.c_str(), &address.storage_.v4.sin_addr) == 1) {
    address.storage_.v4.sin_family = AF_INET;
    address.storage_.v4.sin_port = htons(port);
    address.size_ = sizeof(sockaddr_in);
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), &address.storage_.v6.sin6_addr) == 1) {
    address.storage_.v6.sin6_family = AF_INET6;
    address.storage_.v6.sin6_port = htons(port);
    address.size_ = sizeof(sockaddr_in6);
    return address;
  }
  return fail(Errc::invalid, "'" + text + "' is not an IP address");
}

Result<Address> Address::parse(std::string_view text) {
  if (text.starts_with("unix:")) {
    std::string_view path = text.substr(5);
    Address address;
    if (path.empty() || path.size() >= sizeof address.storage_.unix_.sun_path)
      return fail(Errc::invalid, "'" + std::string(path) + "' is not a usable socket path (1 to 107 bytes)");
    address.storage_.unix_.sun_family = AF_UNIX;
    std::memcpy(address.storage_.unix_.sun_path, path.data(), path.size());
    address.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return address;
  }
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(Errc::invalid, "'" + std::string(text) + "' has no port");
  auto port = parse_dec(text.substr(colon + 1), 65535);
  if (!port) return fail(Errc::invalid, "'" + std::string(text.substr(colon + 1)) + "' is not a port (0 to 65535)");
  std::string_view host = text.substr(0, colon);
  if (host.empty()) host = "::";
  if (host.find(':') != std::string_view::npos && host != "::" && host.front() != '[')
    return fail(Errc::invalid,
                "an IPv6 address is written in brackets: '[" + std::string(host) + "]:" + std::to_string(*port) + "'");
  return from_ip(host, static_cast<uint16_t>(*port));
}

Address Address::from_sockaddr(const sockaddr* address, socklen_t size) {
  Address out;
  if (size > sizeof out.storage_) size = sizeof out.storage_;
  std::memcpy(&out.storage_, address, size);
  out.size_ = size;
  return out;
}

uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
  if (family() == AF_INET6) return ntohs(storage_.v6.sin6_port);
  return 0;
}

Address Address::with_port(uint16_t port) const {
  Address out = *this;
  if (family() == AF_INET) out.storage_.v4.sin_port = htons(port);
  if (family() == AF_INET6) out.storage_.v6.sin6_port = htons(port);
  return out;
}

std::string Address::ip() const {
  char buffer[INET6_ADDRSTRLEN];
  if (family() == AF_INET && inet_ntop(AF_INET, &storage_.v4.sin_addr, buffer, sizeof buffer)) return buffer;
  if (family() == AF_INET6) {
    const in6_addr& v6 = storage_.v6.sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
      if (inet_ntop(AF_INET, v6.s6_addr + 12, buffer, sizeof buffer)) return buffer;
    } else if (inet_ntop(AF_INET6, &v6, buffer, sizeof buffer)) {
      return buffer;
    }
  }
  if (is_unix() && size_ > offsetof(sockaddr_un, sun_path)) return storage_.unix_.sun_path;
  return {};
}

std::string Address::to_string() const {
  if (is_unix()) return "unix:" + ip();
  std::string host = ip();
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return host + ":" + std::to_string(port());
}

bool Address::operator==(const Address& other) const {
  if (family() != other.family() || port() != other.port()) return false;
  if (is_unix()) return ip() == other.ip();
  if (family() == AF_INET) return storage_.v4.sin_addr.s_addr == other.storage_.v4.sin_addr.s_addr;
  return std::memcmp(&storage_.v6.sin6_addr, &other.storage_.v6.sin6_addr, sizeof(in6_addr)) == 0;
}

bool in_network(const Address& address, std::string_view network, unsigned prefix_bits) {
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(address.data());
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address.data());
  std::string_view bytes;
  if (address.family() == AF_INET) {
    bytes = {reinterpret_cast<const char*>(&v4->sin_addr), 4};
  } else if (address.family() == AF_INET6) {
    bytes = {reinterpret_cast<const char*>(&v6->sin6_addr), 16};
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) bytes = bytes.substr(12);
  }
  if (bytes.size() != network.size() || prefix_bits > bytes.size() * 8) return false;
  for (unsigned bit = 0; bit < prefix_bits; bit += 8) {
    unsigned mask = prefix_bits - bit >= 8 ? 0xffu : 0xffu << (8 - (prefix_bits - bit));
    if (((bytes[bit / 8] ^ network[bit / 8]) & mask & 0xff) != 0) return false;
  }
  return true;
}

}  // namespace mesh::net
