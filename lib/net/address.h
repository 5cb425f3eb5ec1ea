// Socket addresses: IPv4, IPv6 and Unix paths, as text and as the kernel wants them.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mesh::net {

class Address {
 public:
  Address() = default;

  // "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock", ":80" (all interfaces, IPv6 and IPv4). Names are refused: they are
  // the resolver's. Errors: invalid.
  static Result<Address> parse(std::string_view text);
  // An IP literal without a port; brackets are allowed around IPv6.
  static Result<Address> from_ip(std::string_view ip, uint16_t port);
  static Address from_sockaddr(const sockaddr* address, socklen_t size);

  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  int family() const { return storage_.any.sa_family; }
  bool is_unix() const { return family() == AF_UNIX; }
  uint16_t port() const;
  Address with_port(uint16_t port) const;
  // Without port and brackets; an IPv4-mapped IPv6 address is printed as IPv4. The path of a Unix address.
  std::string ip() const;
  // As parse() reads it.
  std::string to_string() const;

  bool operator==(const Address& other) const;

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un unix_;
  } storage_{};
  socklen_t size_ = 0;
};

// Is the IP address in a network given by its 4 or 16 address bytes and prefix length? IPv4-mapped IPv6 counts as IPv4.
bool in_network(const Address& address, std::string_view network, unsigned prefix_bits);

}  // namespace mesh::net
