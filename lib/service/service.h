// A service as one worker sees it: endpoints with their pools, and the way of one exchange through attempts. It
// survives reloads: what the configuration says is given anew to apply(), connections and health stay.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/loop.h"
#include "balance/picker.h"
#include "base/random.h"
#include "codec/client.h"
#include "config/model.h"
#include "exchange/exchange.h"
#include "service/endpoint.h"
#include "service/limits.h"

namespace mesh::service {

// One service of a snapshot, compiled.
struct Spec {
  config::Service config;
  std::shared_ptr<const tls::ClientContext> tls;  // null for plaintext
  // Of what `tls` was made from, the bytes of files included: equal ones trust and present the same. Empty: unknown.
  std::string tls_identity;
};

// What one route asks of its attempts: the service's values unless the route has its own.
struct Policy {
  config::Timeouts timeouts;
  config::Retry retry;
};

// The addresses that a DNS name stands for at the moment; shared by all endpoints of that name.
struct Resolved {
  std::string name;  // "orders.example:80"
  std::vector<net::Address> addresses;
};

class Service {
 public:
  Service(async::Loop& loop, Random& random, std::string name, std::shared_ptr<Usage> usage);
  ~Service();

  // Takes over a configuration; endpoints that remain keep their connections.
  void apply(std::shared_ptr<const Spec> spec);
  // Takes over what a name of the configuration resolves to now.
  void resolved(const Resolved& resolved);

  // Sends the exchange's request to an endpoint, and to another when that is allowed. On failure the record's reason is
  // set and the error is for the log. The response's body ends the attempt when it is released.
  async::Task<Result<codec::Response>> send(exchange::Exchange& exchange, const Policy& policy, codec::BodyPtr body,
                                            codec::InterimSink* interim);

  // An endpoint's connection as a raw stream, for TCP listeners. The caller owns it.
  async::Task<Result<std::unique_ptr<net::Stream>>> open_stream(exchange::EndReason& reason, std::string& endpoint);

  const std::string& name() const { return name_; }
  const Usage& usage() const { return *usage_; }
  const std::vector<std::unique_ptr<Endpoint>>& endpoints() const { return endpoints_; }
  void drain();

 private:
  struct Attempt;
  void rebuild();
  // The index of an endpoint, or npos. `tried` are passed over while there is another.
  Endpoint* pick(const std::vector<Endpoint*>& tried);
  ConnectRules rules_for(const Endpoint& endpoint, const config::Timeouts& timeouts) const;
  async::Task<Result<codec::Response>> attempt(Attempt& state, Endpoint& endpoint);
  // The cap on connections is the service's: what idles at one endpoint must not keep another from being reached.
  void make_room(const Endpoint& wanting, uint32_t most);
  bool may_retry(const Attempt& state, const Result<codec::Response>& result) const;
  void sweep_retired();

  async::Loop& loop_;
  Random& random_;
  std::string name_;
  std::shared_ptr<Usage> usage_;
  std::shared_ptr<const Spec> spec_;
  std::unordered_map<std::string, std::vector<net::Address>> names_;  // bounded by the configuration
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::vector<std::string> server_names_;  // beside endpoints_: the DNS name, or empty
  std::vector<std::unique_ptr<Endpoint>> retired_;
  std::unique_ptr<balance::Picker> picker_;
  RetryBudget budget_;
};

}  // namespace mesh::service
