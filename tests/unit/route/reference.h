// The order rule written down directly: every alternative is looked at, the best of those that hold is chosen. Slow and
// plain, and nothing of the real matcher is used but RE2.
#pragma once

#include <re2/re2.h>

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/text.h"
#include "route/table.h"

namespace mesh::route::reference {

inline std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  for (std::string_view part : split(path.substr(1), '/')) out.emplace_back(part);
  return out;
}

inline std::string prefix_text(const PathSpec& path) {
  std::string text = path.text;
  if (text.ends_with('/')) text.pop_back();
  return text;
}

inline bool host_holds(const std::string& pattern, std::string_view host) {
  if (pattern == "*") return true;
  if (pattern.starts_with("*."))
    return host.size() > pattern.size() - 1 && host.substr(host.size() - (pattern.size() - 1)) == pattern.substr(1);
  return host == pattern;
}

inline bool path_holds(const PathSpec& path, std::string_view actual) {
  if (!actual.starts_with('/')) return false;
  switch (path.kind) {
    case PathSpec::Kind::exact:
      return actual == path.text;
    case PathSpec::Kind::prefix: {
      std::string text = prefix_text(path);
      return actual == text || actual.starts_with(text + "/");
    }
    case PathSpec::Kind::regex:
      return RE2::FullMatch(re2::StringPiece(actual.data(), actual.size()), path.text);
    case PathSpec::Kind::template_: {
      auto wanted = segments(path.text), given = segments(actual);
      if (wanted.size() != given.size()) return false;
      for (size_t i = 0; i < wanted.size(); ++i)
        if (wanted[i].starts_with('{') ? given[i].empty() : wanted[i] != given[i]) return false;
      return true;
    }
  }
  return false;
}

inline bool value_holds(const ValueSpec& spec, const std::vector<std::string>& values) {
  if (spec.kind == ValueSpec::Kind::absent) return values.empty();
  for (const std::string& value : values) {
    bool holds = false;
    if (spec.kind == ValueSpec::Kind::exact) holds = value == spec.text;
    if (spec.kind == ValueSpec::Kind::prefix) holds = value.substr(0, spec.text.size()) == spec.text;
    if (spec.kind == ValueSpec::Kind::suffix)
      holds = value.size() >= spec.text.size() && value.substr(value.size() - spec.text.size()) == spec.text;
    if (spec.kind == ValueSpec::Kind::contains) holds = value.find(spec.text) != std::string::npos;
    if (spec.kind == ValueSpec::Kind::regex) holds = RE2::FullMatch(value, spec.text);
    if (spec.kind == ValueSpec::Kind::present) holds = true;
    if (holds) return true;
  }
  return false;
}

// A request whose parts are kept apart, so that nothing has to be parsed here.
struct Request {
  uint32_t listener = 0;
  std::string host;
  std::string path;
  std::string method;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::pair<std::string, std::string>> query;  // decoded
};

inline std::vector<std::string> header_values(const Request& request, const std::string& name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : request.headers)
    if (to_lower(key) == name) out.push_back(value);
  return out;
}

inline std::vector<std::string> first_query_value(const Request& request, const std::string& name) {
  for (const auto& [key, value] : request.query)
    if (key == name) return {value};
  return {};
}

// Smaller wins.
using Rank = std::tuple<int, int, int, int, std::string, int, int, int, int, size_t, size_t>;

inline Rank rank_of(const TableSpec& spec, size_t r, size_t a, const std::string& host) {
  const AlternativeSpec& alternative = spec.routes[r].alternatives[a];
  int host_class = host == "*" ? 2 : host.starts_with("*.") ? 1 : 0;
  int host_length = host_class == 1 ? -static_cast<int>(host.size()) : 0;
  for (const std::string& listed : spec.listed_hosts)
    if (listed == host) return {host_class, host_length, 0, 0, "", 0, 0, 0, 0, r, a};
  int path_class = 3, length = 0;
  std::string shape;
  if (alternative.path) {
    const PathSpec& path = *alternative.path;
    bool variables = path.text.find('{') != std::string::npos;
    if (path.kind == PathSpec::Kind::regex) {
      path_class = 2;
    } else if (path.kind == PathSpec::Kind::exact || (path.kind == PathSpec::Kind::template_ && !variables)) {
      path_class = 0;
    } else {
      path_class = 1;
      std::string text = path.kind == PathSpec::Kind::prefix ? prefix_text(path) : path.text;
      if (!text.empty())
        for (const std::string& segment : segments(text)) shape += segment.starts_with('{') ? 'v' : 'f';
      length = -static_cast<int>(shape.size());
    }
  }
  return {host_class,
          host_length,
          path_class,
          length,
          shape,
          alternative.methods.empty() ? 1 : 0,
          -static_cast<int>(alternative.headers.size()),
          -static_cast<int>(alternative.query.size()),
          -spec.routes[r].priority,
          r,
          a};
}

inline bool listener_holds(const TableSpec& spec, const RouteSpec& route, const Request& request) {
  if (route.listeners.empty()) return true;
  for (const std::string& name : route.listeners)
    if (spec.listeners[request.listener].name == name) return true;
  return false;
}

inline bool conditions_hold(const AlternativeSpec& alternative, const Request& request) {
  bool method = alternative.methods.empty();
  for (const std::string& name : alternative.methods) method = method || name == request.method;
  if (!method) return false;
  if (alternative.path && !path_holds(*alternative.path, request.path)) return false;
  for (const ValueSpec& header : alternative.headers)
    if (!value_holds(header, header_values(request, header.name))) return false;
  for (const ValueSpec& parameter : alternative.query)
    if (!value_holds(parameter, first_query_value(request, parameter.name))) return false;
  return true;
}

// Route and alternative of the winner.
inline std::optional<std::pair<uint32_t, uint32_t>> match(const TableSpec& spec, const Request& request) {
  const ListenerSpec& listener = spec.listeners[request.listener];
  bool served = listener.hosts.empty();
  for (const std::string& host : listener.hosts) served = served || host_holds(host, request.host);
  if (!served) return std::nullopt;
  std::optional<Rank> best;
  for (size_t r = 0; r < spec.routes.size(); ++r)
    for (size_t a = 0; a < spec.routes[r].alternatives.size(); ++a) {
      const AlternativeSpec& alternative = spec.routes[r].alternatives[a];
      if (!listener_holds(spec, spec.routes[r], request) || !conditions_hold(alternative, request)) continue;
      std::vector<std::string> hosts = alternative.hosts;
      if (hosts.empty()) hosts = {"*"};
      for (const std::string& host : hosts) {
        if (!host_holds(host, request.host)) continue;
        Rank rank = rank_of(spec, r, a, host);
        if (!best || rank < *best) best = rank;
      }
    }
  if (!best) return std::nullopt;
  return std::pair(static_cast<uint32_t>(std::get<9>(*best)), static_cast<uint32_t>(std::get<10>(*best)));
}

}  // namespace mesh::route::reference
