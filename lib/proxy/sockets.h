// The listening sockets of a process: one per worker and listener, kept over reloads, taken from the service manager
// where it hands some over (LISTEN_FDS, sd_listen_fds(3)).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/model.h"
#include "net/address.h"
#include "net/fd.h"

namespace mesh::proxy {

class BoundListeners {
 public:
  // Reads LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES of this process and clears them.
  void adopt_inherited();

  // One socket per worker for a listener: inherited ones by name or address, else newly bound; with port 0 all workers
  // share the port that the first one got. Errors: exhausted (in use), permission, io, invalid.
  Result<std::vector<net::Fd>> bind(const config::Listener& listener, uint32_t workers);

  // Whether a listener of that name is bound to that configured address already.
  bool has(const config::Listener& listener) const;
  // Names and addresses only, to go back to when a reload fails half-way.
  struct Bound {
    std::string configured;
    std::string actual;
  };
  const std::map<std::string, Bound>& names() const { return bound_; }
  void restore(std::map<std::string, Bound> names) { bound_ = std::move(names); }
  void forget(const std::string& name) { bound_.erase(name); }
  // As it is bound: with the real port.
  std::string address_of(const std::string& name) const;

 private:
  struct Inherited {
    std::string name;
    net::Fd fd;
  };
  std::map<std::string, Bound> bound_;
  std::vector<Inherited> inherited_;
};

}  // namespace mesh::proxy
