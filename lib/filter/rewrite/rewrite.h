// The filter rewrite: another path or host for the upstream. The query stays as it is.
#pragma once

#include "config/model.h"
#include "filter/filter.h"
#include "route/template.h"

namespace mesh::filter {

// Answers 400 rewrite_refused when the new path is not in canonical form.
class RewriteFilter final : public Filter {
 public:
  // Errors: invalid for an unknown variable.
  static Result<FilterPtr> create(SourcePos pos, const config::Rewrite& rewrite);
  RewriteFilter(SourcePos pos, const config::Rewrite& rewrite);
  std::optional<codec::Response> on_request(exchange::Exchange& exchange) const override;
  std::string describe() const override;

 private:
  config::Rewrite rewrite_;
  route::Template pattern_;
};

}  // namespace mesh::filter
