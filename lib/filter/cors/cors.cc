#include "filter/cors/cors.h"

#include <algorithm>

#include "filter/answer.h"
#include "filter/field_list.h"

namespace mesh::filter {

namespace {

using http::HeaderId;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// Browsers leave out the scheme's own port.
std::string without_default_port(std::string origin) {
  std::string_view port = origin.starts_with("https://") ? ":443" : ":80";
  if (origin.ends_with(port)) origin.resize(origin.size() - port.size());
  return origin;
}

// Fetch §2.2.2: these need no permission, whatever the list says.
bool is_safelisted(std::string_view name) {
  for (std::string_view known : {"accept", "accept-language", "content-language", "range"})
    if (equal_ignore_case(name, known)) return true;
  return false;
}

void remove_cors_fields(http::Headers& headers) {
  for (std::string_view name :
       {"access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers",
        "access-control-allow-methods", "access-control-allow-headers", "access-control-max-age"})
    headers.remove(name);
}

}  // namespace

CorsFilter::CorsFilter(SourcePos pos, const config::Cors& cors)
    : Filter(std::move(pos)),
      methods_list_(cors.methods),
      headers_list_(cors.headers),
      methods_(joined(cors.methods)),
      headers_(joined(cors.headers)),
      expose_(joined(cors.expose)),
      max_age_(std::to_string(cors.max_age.ns / 1'000'000'000)) {
  for (const std::string& origin : cors.origins) {
    if (origin == "*") {
      any_origin_ = true;
    } else {
      origins_.push_back(without_default_port(origin));
    }
  }
  // The configuration refuses both together; if it ever let them through, no credentials.
  credentials_ = cors.credentials && !any_origin_;
}

std::string_view CorsFilter::allowed_origin(const exchange::Exchange& exchange) const {
  const http::Headers& headers = exchange.request.headers;
  if (headers.count(HeaderId::origin) != 1) return {};
  if (any_origin_) return "*";
  auto at = std::find(origins_.begin(), origins_.end(), headers.value(HeaderId::origin));
  return at == origins_.end() ? std::string_view() : *at;
}

bool CorsFilter::is_preflight(const http::RequestHead& request) const {
  return request.method == http::Method::options && request.headers.has(HeaderId::origin) &&
         request.headers.has(HeaderId::access_control_request_method);
}

bool CorsFilter::headers_allowed(const http::Headers& headers) const {
  size_t count = 0;
  bool any = !credentials_ && std::find(headers_list_.begin(), headers_list_.end(), "*") != headers_list_.end();
  return !each_element(headers, HeaderId::access_control_request_headers, [&](std::string_view name) {
    if (++count > kMaxRequestHeaders) return true;
    return !any && !is_safelisted(name) &&
           std::none_of(headers_list_.begin(), headers_list_.end(),
                        [&](const std::string& known) { return equal_ignore_case(name, known); });
  });
}

std::optional<codec::Response> CorsFilter::on_request(exchange::Exchange& exchange) const {
  const http::Headers& asked = exchange.request.headers;
  std::string_view origin = allowed_origin(exchange);
  if (!is_preflight(exchange.request)) {
    if (!origin.empty()) exchange.keep(this, origin);
    return std::nullopt;
  }
  auto response = make_answer(exchange, pos(), exchange::EndReason::cors_preflight, 204);
  http::Headers& headers = response.head.headers;
  add_vary(headers, "access-control-request-method");
  add_vary(headers, "access-control-request-headers");
  std::string_view method = asked.value(HeaderId::access_control_request_method);
  bool simple = method == "GET" || method == "HEAD" || method == "POST";
  bool granted = !origin.empty() && asked.count(HeaderId::access_control_request_method) == 1 &&
                 (simple || std::find(methods_list_.begin(), methods_list_.end(), method) != methods_list_.end()) &&
                 headers_allowed(asked);
  if (granted) {
    headers.add("access-control-allow-methods", methods_);
    if (!headers_.empty()) headers.add("access-control-allow-headers", headers_);
    headers.add("access-control-max-age", max_age_);
    headers.add("access-control-allow-origin", origin);
    if (credentials_) headers.add("access-control-allow-credentials", "true");
  }
  if (!any_origin_) add_vary(headers, "origin");
  return response;
}

void CorsFilter::on_response(exchange::Exchange& exchange, codec::Response& response) const {
  // The answer to a preflight was made above, and is complete.
  if (exchange.record.reason == exchange::EndReason::cors_preflight) return;
  http::Headers& headers = response.head.headers;
  remove_cors_fields(headers);
  if (!any_origin_) add_vary(headers, "origin");
  std::string_view origin = exchange.kept(this);
  if (origin.empty()) return;
  headers.add("access-control-allow-origin", origin);
  if (credentials_) headers.add("access-control-allow-credentials", "true");
  if (!expose_.empty()) headers.add("access-control-expose-headers", expose_);
}

std::string CorsFilter::describe() const { return "cors " + (any_origin_ ? std::string("*") : joined(origins_)); }

}  // namespace mesh::filter
