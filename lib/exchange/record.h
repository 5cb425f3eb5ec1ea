// What happened to one exchange: filled at fixed points on its way, read by metrics, access log and status. And the one
// enum of reasons: every response the proxy makes itself has one, and it is the same word everywhere.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/duration.h"
#include "base/source.h"
#include "http/head.h"
#include "http/trace_context.h"

namespace mesh::exchange {

enum class EndReason : uint8_t {
  ok,
  // made by configuration
  redirect,
  direct_response,
  cors_preflight,
  // the request
  bad_request,
  head_timeout,
  header_too_large,
  uri_too_long,
  payload_too_large,
  expectation_failed,
  not_implemented,
  version_not_supported,
  misdirected,
  no_route,
  method_not_allowed,
  rewrite_refused,
  // the upstream
  no_endpoint,
  upstream_connect_failed,
  upstream_connect_timeout,
  upstream_tls,
  upstream_timeout,
  upstream_reset,
  upstream_protocol,
  upgrade_refused,
  // our own bounds
  overload_connections,
  overload_pending,
  overload_requests,
  local_exhausted,
  draining,
  // the client
  downstream_reset,
  downstream_timeout,
  downstream_tls,
  // tunnels
  idle_timeout,
  tunnel_reset,
  internal,
  kCount,
};

struct ReasonInfo {
  std::string_view word;      // "no_route": in logs, metrics and answers
  int status = 0;             // of the answer; 0 when there is none
  std::string_view sentence;  // what happened, for the client: never says anything about the inside
  std::string_view advice;    // what the operator can do: `config explain REASON`
};
const ReasonInfo& describe(EndReason reason);
// The reason with that word; `internal` when there is none.
EndReason reason_from(std::string_view word);

// Views are valid until the exchange ends; sinks copy what they keep.
struct Record {
  // Names of the configuration.
  std::string_view listener;
  std::string_view route;    // empty when none matched
  std::string_view service;  // empty when none was chosen
  const SourcePos* decided =
      nullptr;  // the place in the configuration that decided: the route, or the filter that answered
  // Indexes into the snapshot that the exchange pins, for metrics; UINT32_MAX when none.
  uint32_t listener_index = UINT32_MAX;
  uint32_t route_index = UINT32_MAX;
  uint32_t service_index = UINT32_MAX;

  // The request as it came.
  std::string_view method;
  std::string_view target;
  std::string_view host;  // canonical
  std::string_view client;
  std::string_view user_agent;
  std::string_view request_id;
  http::Version version = http::Version::http11;
  std::string_view sni;
  std::string_view tls_version;
  std::string_view peer_identity;
  http::TraceContext trace;

  // What came of it.
  int status = 0;
  EndReason reason = EndReason::ok;
  std::string_view detail;  // which rule or which error, for the log
  std::string_view endpoint;
  http::Version upstream_version = http::Version::http11;
  uint32_t attempts = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;

  int64_t wall_ns = 0;  // when it began
  Instant started;
  Instant upstream_started;    // of the last attempt; 0 when there was none
  Instant upstream_responded;  // its response head
  Instant responded;           // our response head
  Instant ended;
};

}  // namespace mesh::exchange
