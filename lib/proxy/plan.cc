#include "proxy/plan.h"

#include <algorithm>
#include <cstring>

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
  auto host = http::parse_authority(request.authority, exchange.arena);
  if (!host) {
    record.detail = "host";
    return false;
  }
  exchange.host = host->host;
  exchange.port = host->port.value_or(request.scheme == http::Scheme::https ? 443 : 80);
  record.host = exchange.host;
  if (request.target == "*") {
    exchange.path = "*";
  } else if (request.method == http::Method::connect && !request.extended_connect) {
    exchange.path = {};
  } else {
    auto target = http::normalise_target(request.target, static_cast<http::PathMode>(listener.config.paths), exchange.arena);
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

// What the proxy says of itself and of the client; replaces what a client that is not trusted says (threats H1-21, PA-10).
void set_forwarded_fields(Exchange& exchange) {
  http::Headers& headers = exchange.request.headers;
  bool trusted = exchange.facts.peer_is_trusted_proxy;
  std::string_view chain = exchange.facts.client_ip;
  if (trusted) {
    std::string_view before = headers.value(HeaderId::x_forwarded_for);
    if (!before.empty() && headers.count(HeaderId::x_forwarded_for) == 1)
      chain = exchange.arena.concat(before, ", ", chain);
    if (!headers.has(HeaderId::x_forwarded_proto))
      headers.add(HeaderId::x_forwarded_proto, to_string(exchange.request.scheme));
    if (!headers.has(HeaderId::x_forwarded_host)) headers.add(HeaderId::x_forwarded_host, exchange.request.authority);
    headers.remove(HeaderId::x_forwarded_for);
  } else {
    headers.remove_if([](const http::Field& field) {
      return field.id == HeaderId::x_forwarded_for || field.id == HeaderId::x_forwarded_proto ||
             field.id == HeaderId::x_forwarded_host || field.id == HeaderId::forwarded || is_identity_spelling(field);
    });
    headers.add(HeaderId::x_forwarded_proto, to_string(exchange.request.scheme));
    headers.add(HeaderId::x_forwarded_host, exchange.request.authority);
  }
  headers.add(HeaderId::x_forwarded_for, chain);
}

}  // namespace

}  // namespace mesh::proxy
