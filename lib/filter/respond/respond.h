// The filter respond: a fixed answer.
#pragma once

#include "config/model.h"
#include "filter/filter.h"

namespace mesh::filter {

class RespondFilter final : public Filter {
 public:
  RespondFilter(SourcePos pos, config::Respond respond) : Filter(std::move(pos)), respond_(std::move(respond)) {}
  std::optional<codec::Response> on_request(exchange::Exchange& exchange) const override;
  std::string describe() const override { return "respond " + std::to_string(respond_.status); }

 private:
  config::Respond respond_;
};

}  // namespace mesh::filter
