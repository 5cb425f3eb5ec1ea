#include "exchange/record.h"

#include <array>

namespace mesh::exchange {

namespace {

constexpr std::array<ReasonInfo, static_cast<size_t>(EndReason::kCount)> kReasons{{
    {"ok", 200, "the upstream answered", "nothing to do"},
    {"redirect", 302, "a redirect of the configuration answered", "see the route's redirect filter"},
    {"direct_response", 200, "a response of the configuration answered", "see the route's respond filter"},
    {"cors_preflight", 204, "a CORS preflight was answered", "see the route's cors filter"},
    {"bad_request", 400, "the request breaks the rules of HTTP",
     "the log's detail names the rule; the client must be mended"},
    {"head_timeout", 408, "the request took too long to arrive",
     "slow clients: raise limits.header_timeout of the listener"},
    {"header_too_large", 431, "the request's header fields are too large",
     "raise limits.head_bytes or limits.head_fields of the listener"},
    {"uri_too_long", 414, "the request target is too long", "raise limits.target_bytes of the listener"},
    {"payload_too_large", 413, "the request's content is too large", "see the limits of the route"},
    {"expectation_failed", 417, "the expectation cannot be met",
     "only 100-continue is known; the client must be mended"},
    {"not_implemented", 501, "the request uses something that is not implemented",
     "only the chunked transfer coding is known"},
    {"version_not_supported", 505, "the HTTP version is not supported", "HTTP/1.0, HTTP/1.1 and HTTP/2 are served"},
    {"misdirected", 421, "this listener does not serve the host", "add the host to the listener's hosts"},
    {"no_route", 404, "no route takes the request", "`meshctl route explain` tells why each route does not"},
    {"method_not_allowed", 405, "the method is not allowed", "CONNECT is only served by tcp listeners"},
    {"rewrite_refused", 400, "the rewritten target breaks the rules of HTTP", "see the rewrite filter that is named"},
    {"no_endpoint", 503, "the service has no endpoint",
     "add endpoints, or see why the service's name does not resolve"},
    {"upstream_connect_failed", 503, "the service cannot be reached", "is the endpoint up, and the address right?"},
    {"upstream_connect_timeout", 504, "the service cannot be reached in time",
     "is the endpoint up? timeouts.connect bounds the wait"},
    {"upstream_tls", 502, "no secure connection to the service",
     "the log's detail says why: authority, name or dates of its certificate"},
    {"upstream_timeout", 504, "the service did not answer in time",
     "raise timeouts.header, timeouts.idle or timeouts.total, or see why it is slow"},
    {"upstream_reset", 502, "the service broke off",
     "see the service's log; the connection ended before the response did"},
    {"upstream_protocol", 502, "the service's response breaks the rules of HTTP", "the log's detail names the rule"},
    {"upgrade_refused", 502, "the service cannot switch protocols",
     "HTTP/2 services must announce extended CONNECT (RFC 8441)"},
    {"overload_connections", 503, "too many connections to the service",
     "raise limits.connections of the service, or add endpoints"},
    {"overload_pending", 503, "too many requests wait for the service",
     "raise limits.pending of the service, or add endpoints"},
    {"overload_requests", 503, "too many requests to the service",
     "raise limits.requests of the service, or add endpoints"},
    {"local_exhausted", 503, "out of ports or descriptors", "raise the limit of open files, or spread the load"},
    {"draining", 503, "the gateway is going away", "try again elsewhere"},
    {"downstream_reset", 499, "the client went before the answer was complete", "nothing to do here"},
    {"downstream_timeout", 408, "the client stopped sending or reading",
     "limits.body_idle of the listener bounds the wait"},
    {"downstream_tls", 0, "no secure connection with the client", "the log's detail says why"},
    {"idle_timeout", 0, "nothing moved through the tunnel for too long", "tunnels end after an hour of silence"},
    {"tunnel_reset", 0, "one end of the tunnel broke off", "nothing to do here"},
    {"internal", 500, "a fault of the gateway", "please report it"},
}};

}  // namespace

const ReasonInfo& describe(EndReason reason) { return kReasons[static_cast<size_t>(reason)]; }

EndReason reason_from(std::string_view word) {
  for (size_t i = 0; i < kReasons.size(); ++i)
    if (kReasons[i].word == word) return static_cast<EndReason>(i);
  return EndReason::internal;
}

}  // namespace mesh::exchange
