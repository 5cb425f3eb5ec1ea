// Short ways to write tables and requests in tests.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "route/table.h"

namespace mesh::route {

inline AlternativeSpec with_path(PathSpec::Kind kind, std::string text) {
  AlternativeSpec out;
  out.path = PathSpec{kind, std::move(text), {}};
  return out;
}
inline AlternativeSpec exact(std::string text) { return with_path(PathSpec::Kind::exact, std::move(text)); }
inline AlternativeSpec prefix(std::string text) { return with_path(PathSpec::Kind::prefix, std::move(text)); }
inline AlternativeSpec pattern(std::string text) { return with_path(PathSpec::Kind::template_, std::move(text)); }
inline AlternativeSpec regex(std::string text) { return with_path(PathSpec::Kind::regex, std::move(text)); }

// One route for each alternative; answers the number of the route as text, or "-".
struct Probe {
  explicit Probe(std::vector<AlternativeSpec> alternatives) {
    spec.listeners = {{"web", {}, {}}};
    for (size_t i = 0; i < alternatives.size(); ++i)
      spec.routes.push_back({std::to_string(i), {alternatives[i]}, {}, 0, {}});
    compile();
  }
  void compile() {
    auto made = Table::compile(spec);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    table = std::move(*made);
  }
  std::string get(std::string path) { return request("GET", "any.example", std::move(path)); }
  std::string request(std::string method, std::string host, std::string path, std::string query = {}) {
    kept = {std::move(host), std::move(path), std::move(query), std::move(method)};
    BlockPool pool;
    Arena arena(pool);
    http::Headers fields(arena);
    for (const auto& [name, value] : headers) fields.add(name, value);
    MatchInput input{listener, kept[0], kept[1], kept[2], http::parse_method(kept[3]), kept[3], &fields};
    found = match(table, input, captures);
    return found ? spec.routes[found->route].name : "-";
  }

  TableSpec spec;
  Table table;
  uint32_t listener = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> kept;  // what the captures look at
  Captures captures;
  std::optional<Found> found;
};

}  // namespace mesh::route
