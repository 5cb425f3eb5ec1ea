#include "filter/new_path.h"

#include "http/target.h"

namespace mesh::filter {

std::optional<std::string_view> canonical_or_nothing(std::string_view path, Arena& arena) {
  if (path.find('?') != std::string_view::npos) return std::nullopt;
  auto target = http::normalise_target(path, http::PathMode::merge, arena);
  if (!target || target->changed) return std::nullopt;
  return target->path;
}

std::optional<std::string_view> replace_prefix(const exchange::Exchange& exchange, std::string_view prefix) {
  if (!exchange.path.starts_with('/')) return std::nullopt;
  std::string_view rest = exchange.path.substr(exchange.matched_prefix.size());
  if (prefix == "/") prefix = {};
  std::string_view path = rest.empty() && prefix.empty() ? "/" : exchange.arena.concat(prefix, rest);
  return canonical_or_nothing(path, exchange.arena);
}

}  // namespace mesh::filter
