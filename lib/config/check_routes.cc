// Finds routes that never get a request. Only what is certain is said: equal conditions, and a regex below a prefix,
// since a prefix is always tried first.
#include <re2/re2.h>

#include <algorithm>
#include <unordered_map>

#include "config/check.h"
#include "config/codes.h"

namespace mesh::config {

namespace {

// Comparing regexes with prefixes is quadratic; beyond this many pairs it is left out.
constexpr size_t kMaxPairs = 2'000'000;

std::string joined(std::vector<std::string> parts) {
  std::sort(parts.begin(), parts.end());
  std::string out;
  for (const std::string& part : parts) out += std::to_string(part.size()) + ":" + part;
  return out;
}

std::string values_key(const std::vector<ValueMatch>& values) {
  std::vector<std::string> parts;
  for (const ValueMatch& value : values)
    parts.push_back(value.name + "\x01" + std::to_string(static_cast<int>(value.kind)) + "\x01" + value.text);
  return joined(std::move(parts));
}

// Template names do not take part in matching: /a/{x} is /a/{y}.
std::string path_key(const std::optional<PathMatch>& path) {
  if (!path || (path->kind == PathMatch::Kind::prefix && path->text == "/")) return "any";
  std::string out = std::to_string(static_cast<int>(path->kind)) + ":";
  bool inside = false;
  for (char c : path->text) {
    if (path->kind == PathMatch::Kind::pattern && c == '}') inside = false;
    if (!inside) out += c;
    if (path->kind == PathMatch::Kind::pattern && c == '{') inside = true;
  }
  return out;
}

// Equal for conditions that the same requests fulfil.
std::string match_key(const Match& match, const std::string& host, const std::string& listener) {
  return joined({"l" + listener, "h" + host, "p" + path_key(match.path), "m" + joined(match.methods),
                 "v" + values_key(match.headers), "q" + values_key(match.query)});
}

struct Owner {
  const Route* route;
  const Match* match;
};

class RouteChecker {
 public:
  RouteChecker(const Model& model, Reader& reader) : model_(model), reader_(reader) {}

  void run() {
    std::vector<const Route*> by_priority;
    for (const Route& route : model_.routes) by_priority.push_back(&route);
    std::sort(by_priority.begin(), by_priority.end(), [](const Route* a, const Route* b) {
      return a->priority != b->priority ? a->priority > b->priority : a < b;  // they are in one vector
    });
    for (const Route* route : by_priority)
      for (const Match& match : route->matches) check_equal(*route, match);
    check_regexes();
  }

 private:
  static std::vector<std::string> or_any(const std::vector<std::string>& names) {
    return names.empty() ? std::vector<std::string>{""} : names;
  }

  void check_equal(const Route& route, const Match& match) {
    bool reported = false;
    for (const std::string& listener : or_any(route.listeners))
      for (const std::string& host : or_any(match.hosts)) {
        auto [at, fresh] = seen_.try_emplace(match_key(match, host, listener), Owner{&route, &match});
        if (fresh || reported || at->second.route == &route) continue;
        reported = true;
        report_equal(route, match, at->second);
      }
  }

  void report_equal(const Route& route, const Match& match, const Owner& first) {
    const SourcePos& pos = match.pos.known() ? match.pos : route.pos;
    if (first.route->priority > route.priority) {
      hidden(*first.route, route, pos, "it has the same conditions and a higher priority");
      return;
    }
    reader_.report(code::kEqualRoutes, Severity::error, pos, 1,
                   "route '" + route.name + "' has the same conditions as route '" + first.route->name + "' at " +
                       first.match->pos.to_string(),
                   "change one of them, or give one a priority");
  }

  void hidden(const Route& by, const Route& route, const SourcePos& pos, const std::string& why) {
    reader_.report(code::kHiddenRoute, Severity::warning, pos, 1,
                   "route '" + by.name + "' at " + by.pos.to_string() + " hides '" + route.name + "': " + why);
  }

  void check_regexes() {
    std::vector<Owner> regexes, prefixes;
    for (const Route& route : model_.routes)
      for (const Match& match : route.matches) {
        if (!match.path) continue;
        if (match.path->kind == PathMatch::Kind::regex) regexes.push_back({&route, &match});
        if (match.path->kind == PathMatch::Kind::prefix && match.headers.empty() && match.query.empty() &&
            match.methods.empty())
          prefixes.push_back({&route, &match});
      }
    if (regexes.size() * prefixes.size() > kMaxPairs) return;
    for (const Owner& regex : regexes) {
      auto by = std::find_if(prefixes.begin(), prefixes.end(), [&](const Owner& p) { return takes_all(p, regex); });
      if (by != prefixes.end())
        hidden(*by->route, *regex.route, regex.match->path->pos,
               "every request for '" + regex.match->path->text + "' is taken by its prefix '" + by->match->path->text +
                   "'");
    }
  }

  // Every request that fulfils `regex` fulfils `prefix` too, on every host and listener of it.
  static bool takes_all(const Owner& prefix, const Owner& regex) {
    if (prefix.route == regex.route || !covers(prefix.match->hosts, regex.match->hosts) ||
        !covers(prefix.route->listeners, regex.route->listeners))
      return false;
    const std::string& below = prefix.match->path->text;
    if (below == "/") return true;
    RE2::Options options(RE2::Quiet);
    RE2 compiled("^(?:" + regex.match->path->text + ")$", options);
    std::string low, high;
    if (!compiled.ok() || !compiled.PossibleMatchRange(&low, &high, 64)) return false;
    std::string start = below + "/";
    return low.starts_with(start) && high.starts_with(start);
  }

  static bool covers(const std::vector<std::string>& outer, const std::vector<std::string>& inner) {
    if (outer.empty()) return inner.empty();
    if (inner.empty()) return false;
    return std::all_of(inner.begin(), inner.end(), [&](const std::string& name) {
      return std::find(outer.begin(), outer.end(), name) != outer.end();
    });
  }

  const Model& model_;
  Reader& reader_;
  std::unordered_map<std::string, Owner> seen_;
};

}  // namespace

void check_routes(const Model& model, Reader& reader) { RouteChecker(model, reader).run(); }

}  // namespace mesh::config
