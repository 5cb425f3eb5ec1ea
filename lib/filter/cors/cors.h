// The filter cors: the server side of the fetch standard's CORS protocol. Origins are compared as a whole, "null" is
// never one of them, and what the upstream says about CORS is replaced (threats PA-12).
#pragma once

#include "config/model.h"
#include "filter/filter.h"

namespace mesh::filter {

// Every preflight is answered here; one that is not allowed gets no permission in its answer.
class CorsFilter final : public Filter {
 public:
  static constexpr size_t kMaxRequestHeaders = 64;  // more in a preflight are not looked at: no permission

  CorsFilter(SourcePos pos, const config::Cors& cors);
  std::optional<codec::Response> on_request(exchange::Exchange& exchange) const override;
  void on_response(exchange::Exchange& exchange, codec::Response& response) const override;
  std::string describe() const override;

 private:
  bool is_preflight(const http::RequestHead& request) const;
  bool headers_allowed(const http::Headers& headers) const;
  // What allow-origin says; empty when the request's origin is not let in. Kept for the way back, since a later filter
  // may take Origin away.
  std::string_view allowed_origin(const exchange::Exchange& exchange) const;

  std::vector<std::string> origins_;
  bool any_origin_ = false;
  bool credentials_ = false;
  std::vector<std::string> methods_list_;
  std::vector<std::string> headers_list_;
  std::string methods_;
  std::string headers_;
  std::string expose_;
  std::string max_age_;
};

}  // namespace mesh::filter
