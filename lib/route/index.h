// The compiled form behind Table. An entry is one alternative of a route for one of its hosts; entries are numbered in
// effective order, so "who wins" is "who has the smaller number".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/method.h"
#include "route/hosts.h"
#include "route/path_tree.h"
#include "route/regex.h"
#include "route/table.h"
#include "route/value_condition.h"

namespace mesh::route {

enum class PathKind : uint8_t { exact, segments, regex, any };  // in order of rank

struct Entry {
  uint32_t route = 0;
  uint32_t alternative = 0;
  uint32_t group = 0;          // index into Index::groups
  uint16_t known_methods = 0;  // bit per http::Method
  bool any_method = true;
  bool any_listener = true;
  PathKind kind = PathKind::any;
  bool prefix = false;                 // of kind segments: a prefix, else a template
  std::vector<std::string> variables;  // of a template, by segment; "" for a fixed one
  std::vector<ValueCondition> headers;
  std::vector<ValueCondition> query;
  // What every match looks at stands before this.
  std::vector<uint64_t> listeners;   // bit per listener
  std::vector<std::string> methods;  // as written
  std::string path;                  // empty for any
  std::optional<Regex> regex;
  std::string shape;  // of kind segments, per segment: '0' fixed, '1' variable
  int32_t priority = 0;
  SourcePos pos;
  SourcePos path_pos;

  bool takes_method(http::Method method, std::string_view text) const;
  bool takes_listener(uint32_t listener) const {
    return any_listener || (listener / 64 < listeners.size() && (listeners[listener / 64] >> (listener % 64) & 1) != 0);
  }
  // The path condition by itself, without the tree: for explanations.
  bool takes_path(std::string_view text) const;
};

// All entries of one host pattern.
struct Group {
  std::string host;
  bool listed = false;            // tried in the order they were listed
  uint32_t root = 0;              // of the path tree
  std::vector<uint32_t> regexes;  // entries, in order
  RegexSet set;                   // of the same, when they are many
  std::vector<uint32_t> any;      // entries without a condition on the path
};

struct ListenerHosts {
  std::string name;
  HostMap hosts;  // empty takes every host
  std::vector<std::string> patterns;
  SourcePos pos;
};

struct Index {
  std::vector<Entry> entries;
  std::vector<Group> groups;
  HostMap hosts;  // to groups
  PathTree tree;
  std::vector<ListenerHosts> listeners;

  bool serves(uint32_t listener, std::string_view host) const;
};

// Does `pattern`'s shape of variables take the path? Both begin with '/'.
bool template_takes(const Entry& entry, std::string_view path);

}  // namespace mesh::route
