// Keeps the DNS names of a configuration resolved: asks again when the ttl ends, and keeps the last good answer while
// the name servers fail (threats FT-09). One per process, on the service thread; its owner posts what it reports to the
// workers, where Service::resolved() takes it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "async/loop.h"
#include "base/duration.h"
#include "base/result.h"
#include "net/resolver.h"
#include "service/service.h"

namespace mesh::service {

class DnsEndpoints {
 public:
  struct Options {
    Duration timeout = Duration::seconds(10);  // of one question with all its tries
    Duration retry = Duration::seconds(1);     // after the first failure; doubles to retry_most
    Duration retry_most = Duration::seconds(30);
    Duration max_stale = Duration::seconds(3600);  // of the last good answer; then the name has no addresses
  };
  struct Name {
    std::string host;
    uint16_t port = 0;
    bool operator==(const Name&) const = default;
    auto operator<=>(const Name&) const = default;
    std::string to_string() const { return host + ":" + std::to_string(port); }
  };
  // How a name is looked up: Resolver::resolve.
  using Lookup =
      std::function<async::Task<Result<net::Resolved>>(std::string host, uint16_t port, async::Deadline deadline)>;
  // The addresses of a name are others than before, sorted; none when the last good answer became too old. Must not
  // call set_names().
  using Changed = std::function<void(const Resolved&)>;
  // A question failed; `kept` addresses stay in use. Must not call set_names().
  using Failed = std::function<void(const Name& name, const Error& error, size_t kept)>;

  DnsEndpoints(async::Loop& loop, const Options& options, Lookup lookup, Changed changed, Failed failed);
  ~DnsEndpoints();
  DnsEndpoints(const DnsEndpoints&) = delete;
  DnsEndpoints& operator=(const DnsEndpoints&) = delete;

  // The names to keep resolved from now on. Those that were there stay as they are; new ones are asked at once.
  void set_names(const std::vector<Name>& names);
  // Whether every name has had its first answer, good or bad.
  bool settled() const;
  // What is known now, for workers that start later.
  std::vector<Resolved> current() const;

 private:
  struct Watch;
  async::Task<void> keep(Watch& watch);
  void succeeded(Watch& watch, net::Resolved answer);
  void failed(Watch& watch, const Error& error);

  async::Loop& loop_;
  Options options_;
  Lookup lookup_;
  Changed changed_;
  Failed failed_;
  std::map<Name, std::unique_ptr<Watch>> watches_;  // bounded by the configuration
};

}  // namespace mesh::service
