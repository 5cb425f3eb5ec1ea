// What the effective order is, and which routes it leaves without a request.
#include <algorithm>
#include <unordered_map>

#include "route/index.h"

namespace mesh::route {

namespace {

// Pairs compared at most; beyond that the rest is left out.
constexpr size_t kMaxComparisons = 4'000'000;

std::string path_line(const Entry& entry) {
  switch (entry.kind) {
    case PathKind::exact:
      return "exact " + entry.path;
    case PathKind::segments:
      return (entry.prefix ? "prefix " : "template ") + (entry.path.empty() ? "/" : entry.path);
    case PathKind::regex:
      return "regex " + entry.path;
    case PathKind::any:
      return "any";
  }
  return {};
}

bool covers_listeners(const Entry& outer, const Entry& inner) {
  if (outer.any_listener) return true;
  if (inner.any_listener) return false;
  for (size_t i = 0; i < inner.listeners.size(); ++i)
    if ((inner.listeners[i] & ~outer.listeners[i]) != 0) return false;
  return true;
}

bool covers_methods(const Entry& outer, const Entry& inner) {
  if (outer.any_method) return true;
  if (inner.any_method) return false;
  return std::all_of(inner.methods.begin(), inner.methods.end(), [&](const std::string& method) {
    return std::find(outer.methods.begin(), outer.methods.end(), method) != outer.methods.end();
  });
}

bool covers_values(const std::vector<ValueCondition>& outer, const std::vector<ValueCondition>& inner) {
  return std::all_of(outer.begin(), outer.end(), [&](const ValueCondition& wanted) {
    return std::any_of(inner.begin(), inner.end(),
                       [&](const ValueCondition& given) { return wanted.implied_by(given); });
  });
}

// Everything that a regex takes is below the prefix.
bool regex_below(const Entry& prefix, const Regex& regex) {
  if (regex.high().empty()) return false;
  if (prefix.path.empty()) return regex.low().starts_with('/') && regex.high().starts_with('/');
  std::string start = prefix.path + "/";
  return regex.low().starts_with(start) && regex.high().starts_with(start);
}

// The inner path read as a template: does every path of it fit the outer one?
bool shape_covers(const Entry& outer, const Entry& inner) {
  bool fits = outer.prefix ? inner.shape.size() >= outer.shape.size()
                           : inner.shape.size() == outer.shape.size() && !inner.prefix;
  if (!fits) return false;
  std::string_view a = outer.path, b = inner.path;
  for (size_t i = 0; i < outer.shape.size(); ++i) {
    std::string_view wanted = next_segment(a), segment = next_segment(b);
    if (outer.shape[i] == '1' ? inner.shape[i] == '0' && segment.empty() : inner.shape[i] == '1' || segment != wanted)
      return false;
  }
  return true;
}

bool covers_path(const Entry& outer, const Entry& inner) {
  if (outer.kind == PathKind::any) return true;
  if (inner.kind == PathKind::any) return false;
  if (inner.kind == PathKind::exact) return outer.takes_path(inner.path);
  if (inner.kind == PathKind::regex) {
    if (outer.kind == PathKind::regex) return outer.path == inner.path;
    return outer.prefix && regex_below(outer, *inner.regex);
  }
  return outer.kind == PathKind::segments && shape_covers(outer, inner);
}

bool covers(const Index& index, const Entry& outer, const Entry& inner) {
  return host_covers(index.groups[outer.group].host, index.groups[inner.group].host) &&
         covers_listeners(outer, inner) && covers_methods(outer, inner) && covers_path(outer, inner) &&
         covers_values(outer.headers, inner.headers) && covers_values(outer.query, inner.query);
}

class ShadowFinder {
 public:
  explicit ShadowFinder(const Index& index) : index_(index) {
    for (uint32_t i = 0; i < index_.entries.size(); ++i) by_head_[head_of(index_.entries[i])].push_back(i);
  }

  // One pair for each alternative all of whose entries are hidden.
  std::vector<Shadow> run() {
    std::unordered_map<uint64_t, State> states;
    for (uint32_t i = 0; i < index_.entries.size(); ++i) {
      const Entry& entry = index_.entries[i];
      State& state = states[uint64_t{entry.route} << 32 | entry.alternative];
      uint32_t by = hidden_by(i);
      if (by == UINT32_MAX)
        state.open = true;
      else
        state.by = by;
    }
    std::vector<Shadow> out;
    for (const auto& [key, state] : states) {
      if (state.open) continue;
      const Entry& by = index_.entries[state.by];
      out.push_back({static_cast<uint32_t>(key >> 32), static_cast<uint32_t>(key), by.route, by.alternative});
    }
    std::sort(out.begin(), out.end(), [](const Shadow& a, const Shadow& b) {
      return std::pair(a.hidden, a.hidden_alternative) < std::pair(b.hidden, b.hidden_alternative);
    });
    return out;
  }

 private:
  struct State {
    bool open = false;
    uint32_t by = 0;
  };

  // Entries that can cover one another share this, or have a head that is "".
  static std::string head_of(const Entry& entry) {
    if (entry.kind == PathKind::any || entry.kind == PathKind::regex || entry.shape.starts_with('1')) return "";
    std::string_view rest = entry.path;
    return rest.empty() ? std::string() : "/" + std::string(next_segment(rest));
  }

  uint32_t hidden_by(uint32_t number) {
    const Entry& entry = index_.entries[number];
    std::string head = head_of(entry);
    // A regex's own text says nothing of what covers it: all that come before it are looked at.
    if (entry.kind == PathKind::regex) {
      for (uint32_t i = 0; i < number; ++i)
        if (hides(i, number)) return i;
      return UINT32_MAX;
    }
    if (uint32_t by = among(head, number); by != UINT32_MAX) return by;
    return head.empty() ? UINT32_MAX : among("", number);
  }

  uint32_t among(const std::string& head, uint32_t number) {
    auto at = by_head_.find(head);
    if (at == by_head_.end()) return UINT32_MAX;
    for (uint32_t i : at->second) {
      if (i >= number) break;
      if (hides(i, number)) return i;
    }
    return UINT32_MAX;
  }

  bool hides(uint32_t by, uint32_t number) {
    const Entry &outer = index_.entries[by], &inner = index_.entries[number];
    bool same = outer.route == inner.route && outer.alternative == inner.alternative;
    return !same && ++comparisons_ <= kMaxComparisons && covers(index_, outer, inner);
  }

  const Index& index_;
  std::unordered_map<std::string, std::vector<uint32_t>> by_head_;
  size_t comparisons_ = 0;
};

}  // namespace

std::vector<OrderLine> effective_order(const Table& table) {
  const Index& index = *table.index();
  std::vector<OrderLine> out;
  out.reserve(index.entries.size());
  for (const Entry& entry : index.entries) {
    OrderLine& line = out.emplace_back();
    line.route = entry.route;
    line.alternative = entry.alternative;
    line.host = index.groups[entry.group].host;
    line.path = path_line(entry);
    line.methods = entry.methods;
    line.headers = static_cast<uint32_t>(entry.headers.size());
    line.query = static_cast<uint32_t>(entry.query.size());
    line.priority = entry.priority;
    line.listed = index.groups[entry.group].listed;
    line.pos = entry.pos;
  }
  return out;
}

std::vector<Shadow> find_shadowed(const Table& table) { return ShadowFinder(*table.index()).run(); }

}  // namespace mesh::route
