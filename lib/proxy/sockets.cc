#include "proxy/sockets.h"

#include <fcntl.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>

#include "net/tcp.h"

namespace mesh::proxy {

void BoundListeners::adopt_inherited() {
  char** names = nullptr;
  int count = sd_listen_fds_with_names(1, &names);
  for (int i = 0; i < count; ++i) {
    int fd = SD_LISTEN_FDS_START + i;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    inherited_.push_back({names != nullptr && names[i] != nullptr ? names[i] : "", net::Fd(fd)});
  }
  if (names != nullptr) {
    for (char** name = names; *name != nullptr; ++name) std::free(*name);
    std::free(names);
  }
}

bool BoundListeners::has(const config::Listener& listener) const {
  auto at = bound_.find(listener.name);
  return at != bound_.end() && at->second.configured == listener.address.to_string();
}

std::string BoundListeners::address_of(const std::string& name) const {
  auto at = bound_.find(name);
  return at == bound_.end() ? std::string() : at->second.actual;
}

Result<std::vector<net::Fd>> BoundListeners::bind(const config::Listener& listener, uint32_t workers) {
  auto address = net::Address::parse(listener.address.to_string());
  if (!address) return fail(address.error());
  std::vector<net::Fd> sockets;
  // An inherited socket, and a Unix one, is shared: every worker accepts from the same queue.
  net::Fd shared;
  for (Inherited& inherited : inherited_) {
    if (!inherited.fd) continue;
    if (inherited.name != listener.name && !(net::Listener::local_address(inherited.fd.get()) == *address)) continue;
    shared = std::move(inherited.fd);
    break;
  }
  if (!shared && address->is_unix()) {
    auto fd = net::Listener::bind(*address);
    if (!fd) return fail(fd.error());
    shared = std::move(*fd);
  }
  net::Address actual = *address;
  // SO_REUSEPORT would let two processes share a port unnoticed: a first bind without it tells.
  if (!shared && address->port() != 0) {
    auto probe = net::Listener::bind(*address, {.reuse_port = false, .backlog = 1});
    if (!probe) return fail(probe.error());
  }
  for (uint32_t i = 0; i < workers; ++i) {
    if (shared) {
      net::Fd copy(fcntl(shared.get(), F_DUPFD_CLOEXEC, 3));
      if (!copy) return fail_errno(errno, "dup");
      actual = net::Listener::local_address(copy.get());
      sockets.push_back(std::move(copy));
      continue;
    }
    auto fd = net::Listener::bind(actual);
    if (!fd) return fail(fd.error());
    actual = net::Listener::local_address(fd->get());
    sockets.push_back(std::move(*fd));
  }
  bound_[listener.name] = {listener.address.to_string(), actual.to_string()};
  return sockets;
}

}  // namespace mesh::proxy
