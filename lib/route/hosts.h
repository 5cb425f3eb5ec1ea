// Host patterns: "shop.example", "*.shop.example" (any depth below it, never itself) and "*".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "route/hash.h"

namespace mesh::route {

// Does the pattern take the host? Both lower case.
bool host_matches(std::string_view pattern, std::string_view host);
// Does `outer` take every host that `inner` takes?
bool host_covers(std::string_view outer, std::string_view inner);

// From patterns to numbers.
class HostMap {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // `value`, unless the pattern is there already: then its value.
  uint32_t add(std::string_view pattern, uint32_t value);
  bool empty() const { return exact_.empty() && wildcards_.empty() && any_ == kNone; }

  // Calls `visit(value)` for every pattern that takes the host, the most specific first, until it answers true.
  template <class Visit>
  bool each(std::string_view host, Visit visit) const {
    if (auto at = exact_.find(host); at != exact_.end() && visit(at->second)) return true;
    for (uint32_t length : lengths_) {
      if (host.size() <= length || host[host.size() - length] != '.') continue;
      auto at = wildcards_.find(host.substr(host.size() - length));
      if (at != wildcards_.end() && visit(at->second)) return true;
    }
    return any_ != kNone && visit(any_);
  }

 private:
  using Map = std::unordered_map<std::string, uint32_t, TextHash, std::equal_to<>>;
  Map exact_;
  Map wildcards_;                  // by ".shop.example"
  std::vector<uint32_t> lengths_;  // of the keys of wildcards_, each once, longest first
  uint32_t any_ = kNone;
};

}  // namespace mesh::route
