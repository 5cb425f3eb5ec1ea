// The planner: from a request to what is done about it, without I/O. The proxy executes what it says; the offline
// commands print it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/client.h"
#include "exchange/exchange.h"
#include "proxy/snapshot.h"

namespace mesh::proxy {

struct Plan {
  const RoutePlan* route = nullptr;       // null when none matched
  const Backend* backend = nullptr;       // null when the answer is made here
  size_t filters_passed = 0;              // of route->filters, those that see the response
  std::optional<codec::Response> answer;  // made by us: a refusal, a redirect, a direct response
};

// Normalises the target, names the client, matches the route, prepares the head for the upstream, runs the filters and
// chooses the service. Sets the exchange's canonical request and the record's route, service and reason.
// Pure: all randomness comes from exchange.random, all time from exchange.loop's cached clocks.
Plan plan_request(const Snapshot& snapshot, const ListenerPlan& listener, exchange::Exchange& exchange);

// Is the address in one of the listener's trusted proxies?
bool is_trusted_proxy(const config::Listener& listener, const net::Address& peer);

}  // namespace mesh::proxy
