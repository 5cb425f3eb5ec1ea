// What a table is compiled from: routes and their conditions as plain values. The gateway maps its configuration to
// these. Text is in the form it is matched in: hosts lower case, header names lower case, paths normalised, prefixes
// without a trailing slash (but "/" alone).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/source.h"

namespace mesh::route {

struct PathSpec {
  enum class Kind : uint8_t {
    exact,
    prefix,     // on segment borders: "/v1" takes /v1 and /v1/x, never /v10; "/" takes every path
    template_,  // "/items/{id}": as many segments; a variable takes one segment that is not empty
    regex,      // RE2, the whole path
  };
  Kind kind = Kind::exact;
  std::string text;
  SourcePos pos;
};

// A condition on a header or on a query parameter.
//
// Header fields of one name: the condition holds if any of them fulfils it, each taken by itself (never joined by
// commas); `absent` holds if there is none. So a route may be reached by adding a field, never be avoided by it.
// Query parameters: names and values are percent-decoded and '+' is a space; of equal names the first one counts.
struct ValueSpec {
  enum class Kind : uint8_t { exact, prefix, suffix, contains, regex, present, absent };
  std::string name;
  Kind kind = Kind::exact;
  std::string text;  // nothing for present and absent
  SourcePos pos;
};

// Conditions that must all hold; what is empty holds always.
struct AlternativeSpec {
  // "shop.example"; "*.shop.example" (any depth below, never shop.example itself); "*" or nothing for every host.
  std::vector<std::string> hosts;
  std::optional<PathSpec> path;
  std::vector<std::string> methods;
  std::vector<ValueSpec> headers;
  std::vector<ValueSpec> query;
  SourcePos pos;
};

struct RouteSpec {
  std::string name;
  std::vector<AlternativeSpec> alternatives;  // any of them; none never matches
  std::vector<std::string> listeners;         // by name; empty is every listener
  int32_t priority = 0;                       // higher wins where specificity does not decide
  SourcePos pos;
};

struct ListenerSpec {
  std::string name;
  std::vector<std::string> hosts;  // requests for other hosts match no route; empty takes every host
  SourcePos pos;
};

struct TableSpec {
  std::vector<ListenerSpec> listeners;
  std::vector<RouteSpec> routes;
  // Host patterns whose routes are tried in the order they are listed instead of by specificity.
  std::vector<std::string> listed_hosts;
};

}  // namespace mesh::route
