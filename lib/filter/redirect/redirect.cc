#include "filter/redirect/redirect.h"

#include "base/text.h"
#include "filter/answer.h"
#include "filter/new_path.h"

namespace mesh::filter {

namespace {

bool has_port(std::string_view host) { return !host.ends_with(']') && host.find(':', host.find(']') + 1) != host.npos; }

}  // namespace

// The request's own port stays only when neither scheme nor host changes.
std::string_view RedirectFilter::authority(const exchange::Exchange& exchange, std::string_view scheme) const {
  std::string_view host = redirect_.host ? std::string_view(*redirect_.host) : exchange.host;
  uint16_t port = redirect_.port.value_or(redirect_.scheme || redirect_.host ? uint16_t{0} : exchange.port);
  if (redirect_.port && has_port(host)) host = host.substr(0, host.rfind(':'));
  if (port == 0 || port == (scheme == "https" ? 443 : 80)) return host;
  char digits[20];
  char* end = format_dec(digits, port);
  return exchange.arena.concat(host, ":", std::string_view(digits, static_cast<size_t>(end - digits)));
}

std::optional<codec::Response> RedirectFilter::on_request(exchange::Exchange& exchange) const {
  std::string_view scheme = redirect_.scheme ? *redirect_.scheme : http::to_string(exchange.request.scheme);
  std::optional<std::string_view> path = exchange.path;
  if (redirect_.path) path = *redirect_.path;
  if (redirect_.prefix) path = replace_prefix(exchange, *redirect_.prefix);
  if (!path) return refuse(exchange, pos(), exchange::EndReason::rewrite_refused);
  if (!path->starts_with('/')) path = "/";  // OPTIONS *
  bool query = redirect_.keep_query && exchange.has_query;
  std::string_view location = exchange.arena.concat(scheme, "://", authority(exchange, scheme), *path, query ? "?" : "",
                                                    query ? exchange.query : std::string_view());
  auto response = make_answer(exchange, pos(), exchange::EndReason::redirect, static_cast<int>(redirect_.status));
  response.head.headers.add(http::HeaderId::location, location);
  return response;
}

std::string RedirectFilter::describe() const {
  std::string out = "redirect " + std::to_string(redirect_.status);
  if (redirect_.scheme) out += " scheme -> " + *redirect_.scheme;
  if (redirect_.host) out += " host -> " + *redirect_.host;
  if (redirect_.port) out += " port -> " + std::to_string(*redirect_.port);
  if (redirect_.path) out += " path -> " + *redirect_.path;
  if (redirect_.prefix) out += " prefix -> " + *redirect_.prefix;
  return out;
}

}  // namespace mesh::filter
