#include "proxy/plan.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "codec/websocket.h"
#include "http/host.h"
#include "http/target.h"
#include "http/trace_context.h"
#include "proxy/reply.h"

namespace mesh::proxy {

namespace {

using exchange::EndReason;
using exchange::Exchange;
using http::HeaderId;

// Puts the canonical host, path and query into the exchange; a refusal names the rule in the record's detail.
bool canonicalise(const ListenerPlan& listener, Exchange& exchange) {
  http::RequestHead& request = exchange.request;
  exchange::Record& record = exchange.record;
  exchange.port = request.scheme == http::Scheme::https ? 443 : 80;
  if (request.authority.empty() && request.version == http::Version::http10) {
    // HTTP/1.0 may come without a host; only routes for every host take it.
    request.authority = "localhost";
  } else {
    auto host = http::parse_authority(request.authority, exchange.arena);
    if (!host) {
      record.detail = exchange.arena.copy(host.error().message);
      return false;
    }
    exchange.host = host->host;
    if (host->port) exchange.port = *host->port;
    record.host = exchange.host;
  }
  if (request.target == "*") {
    exchange.path = "*";
  } else if (request.method == http::Method::connect && !request.extended_connect) {
    exchange.path = {};
  } else {
    auto target =
        http::normalise_target(request.target, static_cast<http::PathMode>(listener.config.paths), exchange.arena);
    if (!target) {
      record.detail = exchange.arena.copy(target.error().message);
      return false;
    }
    exchange.path = target->path;
    exchange.query = target->query;
    exchange.has_query = target->has_query;
  }
  exchange.upstream_path = exchange.path;
  exchange.upstream_query = exchange.query;
  exchange.upstream_has_query = exchange.has_query;
  exchange.upstream_authority = request.authority;
  return true;
}

// Right to left through X-Forwarded-For, over addresses of trusted proxies (threats PA-10).
std::string_view client_from(const config::Listener& listener, const Exchange& exchange) {
  if (!exchange.facts.peer_is_trusted_proxy) return exchange.facts.client_ip;
  std::string_view client = exchange.facts.client_ip;
  const http::Headers& headers = exchange.request.headers;
  for (uint32_t i = headers.size(); i-- > 0;) {
    if (headers[i].id != HeaderId::x_forwarded_for) continue;
    std::string_view rest = headers[i].value;
    while (!rest.empty()) {
      size_t comma = rest.rfind(',');
      std::string_view hop = trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
      auto address = net::Address::from_ip(hop, 0);
      if (!address) return client;
      client = hop;
      if (!is_trusted_proxy(listener, *address)) return client;
    }
  }
  return client;
}

// As an upstream may read a name that makes no difference between '_' and '-' (CGI and its heirs).
char fold(char c) { return c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool folds_into_prefix(std::string_view name, std::string_view prefix) {
  if (name.size() < prefix.size()) return false;
  for (size_t i = 0; i < prefix.size(); ++i)
    if (fold(name[i]) != prefix[i]) return false;
  return true;
}

bool folds_into(std::string_view name, std::string_view text) {
  return name.size() == text.size() && folds_into_prefix(name, text);
}

// Names that say who a client is and that the proxy does not write itself (threats PA-10).
bool is_forwarding_name(std::string_view name) {
  return folds_into_prefix(name, "x-forwarded-") || folds_into(name, "x-real-ip");
}

// A spelling that an upstream may fold into a name that the proxy vouches for; no proxy has a use for it (threats
// PA-10).
bool is_alias(const http::Field& field) {
  if (field.id != HeaderId::other || field.name.find('_') == std::string_view::npos) return false;
  return is_forwarding_name(field.name) || folds_into(field.name, "forwarded") ||
         folds_into(field.name, "x-request-id");
}

// What the proxy says of itself and of the client; replaces what a client that is not trusted says (threats H1-21,
// PA-10).
void set_forwarded_fields(Exchange& exchange) {
  http::Headers& headers = exchange.request.headers;
  bool trusted = exchange.facts.peer_is_trusted_proxy;
  std::string_view chain = exchange.facts.client_ip;
  if (trusted) {
    std::string_view before;
    for (const http::Field& field : headers)
      if (field.id == HeaderId::x_forwarded_for && !field.value.empty())
        before = before.empty() ? field.value : exchange.arena.concat(before, ", ", field.value);
    if (!before.empty()) chain = exchange.arena.concat(before, ", ", chain);
    headers.remove_if(
        [](const http::Field& field) { return field.id == HeaderId::x_forwarded_for || is_alias(field); });
    if (!headers.has(HeaderId::x_forwarded_proto))
      headers.add(HeaderId::x_forwarded_proto, to_string(exchange.request.scheme));
    if (!headers.has(HeaderId::x_forwarded_host)) headers.add(HeaderId::x_forwarded_host, exchange.request.authority);
  } else {
    headers.remove_if([](const http::Field& field) {
      return field.id == HeaderId::x_forwarded_for || field.id == HeaderId::x_forwarded_proto ||
             field.id == HeaderId::x_forwarded_host || field.id == HeaderId::forwarded || is_alias(field) ||
             (field.id == HeaderId::other && is_forwarding_name(field.name));
    });
    headers.add(HeaderId::x_forwarded_proto, to_string(exchange.request.scheme));
    headers.add(HeaderId::x_forwarded_host, exchange.request.authority);
  }
  headers.add(HeaderId::x_forwarded_for, chain);
}

// An id for logs and traces: the caller's if it is fit to be printed, else a new one.
void set_request_ids(Exchange& exchange) {
  http::Headers& headers = exchange.request.headers;
  exchange::Record& record = exchange.record;
  record.trace = http::continue_trace(headers.value(HeaderId::traceparent), headers.count(HeaderId::traceparent) == 1,
                                      exchange.random);
  std::string_view state;
  if (record.trace.continued && headers.has(HeaderId::tracestate))
    state = http::combine_tracestate(headers, exchange.arena);
  if (state.empty()) {
    headers.remove(HeaderId::tracestate);
  } else if (headers.count(HeaderId::tracestate) > 1) {
    headers.set(HeaderId::tracestate, state);
  }
  headers.set(HeaderId::traceparent, http::format_traceparent(record.trace, exchange.arena));
  constexpr size_t kMaxRequestId = 128;
  std::string_view id = headers.value(HeaderId::x_request_id);
  bool fit = !id.empty() && id.size() <= kMaxRequestId && headers.count(HeaderId::x_request_id) == 1 &&
             std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!fit) {
    id = headers.value(HeaderId::traceparent).substr(3, 32);
    headers.set(HeaderId::x_request_id, id);
  }
  record.request_id = id;
}

// Extended CONNECT has no key; the HTTP/1 handshake needs one (RFC 8441 §5). HTTP/2 upstreams are not sent it.
void set_websocket_key(Exchange& exchange) {
  http::Headers& headers = exchange.request.headers;
  if (exchange.request.upgrade != "websocket" || headers.has(HeaderId::sec_websocket_key)) return;
  headers.add(HeaderId::sec_websocket_key, exchange.arena.copy(codec::websocket_key(exchange.random)));
}

const Backend* choose_backend(const RoutePlan& route, Random& random) {
  if (route.to.size() == 1) return &route.to.front();
  if (route.total_weight == 0) return nullptr;
  uint64_t draw = random.below(route.total_weight);
  for (const Backend& backend : route.to) {
    if (draw < backend.weight) return &backend;
    draw -= backend.weight;
  }
  return nullptr;
}

Plan refuse(Exchange& exchange, EndReason reason) {
  Plan plan;
  plan.answer = make_reply(exchange, reason);
  return plan;
}

// The target as it goes upstream, from the parts that filters may have changed.
void write_target(Exchange& exchange) {
  http::RequestHead& request = exchange.request;
  request.authority = exchange.upstream_authority;
  if (!exchange.upstream_has_query) {
    request.target = exchange.upstream_path;
    return;
  }
  // Unchanged and in one piece: no copy.
  const char* end = exchange.upstream_path.data() + exchange.upstream_path.size();
  if (end + 1 == exchange.upstream_query.data() && *end == '?') {
    request.target = {exchange.upstream_path.data(),
                      exchange.upstream_path.size() + 1 + exchange.upstream_query.size()};
    return;
  }
  request.target = exchange.arena.concat(exchange.upstream_path, "?", exchange.upstream_query);
}

}  // namespace

bool is_trusted_proxy(const config::Listener& listener, const net::Address& peer) {
  if (listener.trusted_proxies.empty() || peer.is_unix()) return false;
  for (const config::Network& network : listener.trusted_proxies)
    if (net::in_network(peer, network.bytes, network.prefix_bits)) return true;
  return false;
}

Plan plan_request(const Snapshot& snapshot, const ListenerPlan& listener, Exchange& exchange) {
  http::RequestHead& request = exchange.request;
  exchange::Record& record = exchange.record;
  exchange.client_ip = client_from(listener.config, exchange);
  record.client = exchange.client_ip;
  if (!canonicalise(listener, exchange)) return refuse(exchange, EndReason::bad_request);
  set_request_ids(exchange);
  if (request.method == http::Method::connect && !request.extended_connect)
    return refuse(exchange, EndReason::method_not_allowed);

  auto listener_index = static_cast<uint32_t>(&listener - snapshot.listeners.data());
  record.listener_index = listener_index;
  if (!snapshot.table.serves(listener_index, exchange.host)) return refuse(exchange, EndReason::misdirected);
  // Before the match: a condition on these fields must not be met by what a client says of itself.
  set_forwarded_fields(exchange);
  route::MatchInput input{listener_index, exchange.host,       exchange.path,   exchange.query,
                          request.method, request.method_text, &request.headers};
  // RFC 8441: what travels as CONNECT is a GET with Upgrade elsewhere.
  if (request.extended_connect) input.method = http::Method::get, input.method_text = "GET";
  auto found = route::match(snapshot.table, input, exchange.captures);
  if (!found) return refuse(exchange, EndReason::no_route);
  Plan plan;
  plan.route = &snapshot.routes[found->route];
  record.route = plan.route->config.name;
  record.route_index = found->route;
  record.decided = &plan.route->config.pos;
  exchange.matched_prefix = found->prefix;

  for (const filter::FilterPtr& filter : plan.route->filters) {
    ++plan.filters_passed;
    plan.answer = filter->on_request(exchange);
    if (!plan.answer) continue;
    if (record.decided == &plan.route->config.pos) record.decided = &filter->pos();
    return plan;
  }
  plan.backend = choose_backend(*plan.route, exchange.random);
  if (plan.backend == nullptr) {
    plan.answer = make_reply(exchange, EndReason::no_endpoint);
    return plan;
  }
  const service::Spec& service = *snapshot.services[plan.backend->service];
  record.service = service.config.name;
  record.service_index = plan.backend->service;
  write_target(exchange);
  if (request.extended_connect) set_websocket_key(exchange);
  return plan;
}

}  // namespace mesh::proxy
