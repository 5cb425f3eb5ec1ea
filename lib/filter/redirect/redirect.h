// The filter redirect: sends the client elsewhere. Location is always an absolute URI made from the configuration and
// the canonical request, never relative to the protocol and never from other headers (threats PA-11).
#pragma once

#include "config/model.h"
#include "filter/filter.h"

namespace mesh::filter {

class RedirectFilter final : public Filter {
 public:
  RedirectFilter(SourcePos pos, config::Redirect redirect) : Filter(std::move(pos)), redirect_(std::move(redirect)) {}
  std::optional<codec::Response> on_request(exchange::Exchange& exchange) const override;
  std::string describe() const override;

 private:
  std::string_view authority(const exchange::Exchange& exchange, std::string_view scheme) const;
  config::Redirect redirect_;
};

}  // namespace mesh::filter
