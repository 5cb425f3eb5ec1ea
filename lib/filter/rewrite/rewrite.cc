#include "filter/rewrite/rewrite.h"

#include "filter/answer.h"
#include "filter/new_path.h"
#include "filter/variables.h"

namespace mesh::filter {

Result<FilterPtr> RewriteFilter::create(SourcePos pos, const config::Rewrite& rewrite) {
  auto out = std::make_unique<RewriteFilter>(std::move(pos), rewrite);
  if (Status status = check_variables(out->pattern_, out->pos()); !status) return fail(status.error());
  return FilterPtr(std::move(out));
}

RewriteFilter::RewriteFilter(SourcePos pos, const config::Rewrite& rewrite)
    : Filter(std::move(pos)), rewrite_(rewrite), pattern_(rewrite.pattern.value_or("")) {}

std::optional<codec::Response> RewriteFilter::on_request(exchange::Exchange& exchange) const {
  std::optional<std::string_view> path = exchange.upstream_path;
  if (rewrite_.prefix) path = replace_prefix(exchange, *rewrite_.prefix);
  if (rewrite_.pattern) {
    auto value = [&](std::string_view name) { return value_of(exchange, name); };
    path = canonical_or_nothing(pattern_.render(exchange.arena, value), exchange.arena);
  }
  if (!path) return refuse(exchange, pos(), exchange::EndReason::rewrite_refused);
  exchange.upstream_path = *path;
  if (rewrite_.host) exchange.upstream_authority = *rewrite_.host;
  return std::nullopt;
}

std::string RewriteFilter::describe() const {
  std::string out = "rewrite";
  if (rewrite_.prefix) out += " prefix -> " + *rewrite_.prefix;
  if (rewrite_.pattern) out += " path -> " + *rewrite_.pattern;
  if (rewrite_.host) out += " host -> " + *rewrite_.host;
  return out;
}

}  // namespace mesh::filter
