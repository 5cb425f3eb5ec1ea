// Names to addresses on a loop: A and AAAA asked together, /etc/hosts and resolv.conf honoured, nothing blocks but the
// reading of these two files. Answers are hints from an untrusted network: what connects is verified by TLS.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/task.h"
#include "base/duration.h"
#include "base/result.h"
#include "net/address.h"

namespace mesh::net {

struct Resolved {
  std::vector<Address> addresses;  // at least one, in the order of the answer, IPv4 and IPv6, none twice
  Duration ttl;                    // the least of all records, within the resolver's bounds
};

// Owned by its loop's thread; must go before the loop does.
class Resolver {
 public:
  struct Options {
    std::vector<Address> servers;  // asked instead of those of resolv.conf; without search domains then
    Duration try_timeout = Duration::seconds(2);
    int tries = 3;  // of each server
    Duration min_ttl = Duration::seconds(1);
    Duration max_ttl = Duration::seconds(3600);
    bool hosts_file = true;
  };
  // Reads resolv.conf. Errors: exhausted, io.
  static Result<std::unique_ptr<Resolver>> create(async::Loop& loop, const Options& options);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // IP literals are answered at once, with the longest ttl. Any number may run at a time.
  // Errors: not_found (no such name, or no address), unreachable (servers fail or refuse), timeout, invalid (not a
  // name), cancelled (the resolver is destroyed).
  async::Task<Result<Resolved>> resolve(std::string name, uint16_t port, async::Deadline deadline);

 private:
  struct Impl;
  struct Query;
  explicit Resolver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesh::net
