#include "filter/variables.h"

namespace mesh::filter {

std::string_view value_of(const exchange::Exchange& exchange, std::string_view name) {
  if (const std::string_view* captured = exchange.captures.find(name)) return *captured;
  if (name == "host") return exchange.host;
  if (name == "path") return exchange.path;
  if (name == "query") return exchange.query;
  if (name == "method") return exchange.request.method_text;
  if (name == "scheme") return http::to_string(exchange.request.scheme);
  if (name == "client_ip") return exchange.client_ip;
  if (name == "request_id") return exchange.record.request_id;
  if (name == "route") return exchange.record.route;
  if (name == "sni") return exchange.facts.sni;
  if (name == "identity") return exchange.facts.peer_identity;
  return {};
}

Status check_variables(const route::Template& text, const SourcePos& pos) {
  for (std::string_view name : text.variables())
    if (name.find('.') != std::string_view::npos)
      return fail(Errc::invalid, pos.to_string() + ": there is no variable '{" + std::string(name) + "}'");
  return {};
}

}  // namespace mesh::filter
