// What a checked configuration becomes: compiled, const, shared by all workers. An exchange pins the one it began with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/server.h"
#include "config/model.h"
#include "filter/filter.h"
#include "route/table.h"
#include "service/service.h"
#include "tls/context.h"

namespace mesh::proxy {

struct ListenerPlan {
  config::Listener config;
  std::shared_ptr<const tls::ServerContext> tls;  // null for plaintext
  codec::ServerLimits limits;
  uint32_t tcp_service = UINT32_MAX;  // index of the service that gets raw connections
};

// One entry of a route's `to`.
struct Backend {
  uint32_t service = 0;  // index into Snapshot::services
  uint32_t weight = 1;
  service::Policy policy;  // the route's timeouts and retry rule over the service's
};

struct RoutePlan {
  config::Route config;
  filter::Chain filters;
  std::vector<Backend> to;
  uint64_t total_weight = 0;
};

struct Snapshot {
  config::Model model;
  std::string hash;  // of the model and of the bytes of certificates and keys
  std::vector<ListenerPlan> listeners;
  std::vector<std::shared_ptr<const service::Spec>> services;
  std::vector<RoutePlan> routes;
  route::Table table;  // its route indexes are those of `routes`
};

}  // namespace mesh::proxy
