#include "route/hosts.h"

#include <algorithm>

namespace mesh::route {

bool host_matches(std::string_view pattern, std::string_view host) {
  if (pattern == "*") return true;
  if (!pattern.starts_with("*.")) return pattern == host;
  std::string_view suffix = pattern.substr(1);
  return host.size() > suffix.size() && host.ends_with(suffix);
}

bool host_covers(std::string_view outer, std::string_view inner) {
  if (outer == "*" || outer == inner) return true;
  if (inner == "*" || !outer.starts_with("*.")) return false;
  std::string_view below = inner.starts_with("*.") ? inner.substr(1) : inner;
  std::string_view suffix = outer.substr(1);
  return below.size() > suffix.size() && below.ends_with(suffix);
}

uint32_t HostMap::add(std::string_view pattern, uint32_t value) {
  if (pattern == "*") {
    if (any_ == kNone) any_ = value;
    return any_;
  }
  if (!pattern.starts_with("*.")) return exact_.try_emplace(std::string(pattern), value).first->second;
  pattern.remove_prefix(1);
  auto length = static_cast<uint32_t>(pattern.size());
  auto at = std::lower_bound(lengths_.begin(), lengths_.end(), length, std::greater<>());
  if (at == lengths_.end() || *at != length) lengths_.insert(at, length);
  return wildcards_.try_emplace(std::string(pattern), value).first->second;
}

}  // namespace mesh::route
