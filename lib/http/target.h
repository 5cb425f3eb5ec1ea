// The path of a request in the one form that is matched, logged and forwarded (threats 2.2).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"

namespace mesh::http {

enum class PathMode : uint8_t {
  strict,  // everything below; an empty segment ("//") is refused
  merge,   // everything below; "//" becomes "/"
  raw,     // only what could not be forwarded is refused; nothing is changed
};

struct Target {
  std::string_view path;   // begins with '/'
  std::string_view query;  // without '?'; as received
  bool has_query = false;
  bool changed = false;  // the path differs from what was received
};

// Refuses: a target that does not begin with '/', control bytes, spaces, non-ASCII, '#', backslash, '%' without two hex
// digits, and in the path %00, %2F, %5C and %25 followed by two hex digits (double encoding). Then decodes escaped
// unreserved characters and writes the hex digits of others in upper case (RFC 3986 §6.2.2), removes dot segments
// (§5.2.4; climbing above the root is refused), and treats empty segments by `mode`.
// Copies into the arena only when the path changes. Errors: invalid; the message names the rule.
Result<Target> normalise_target(std::string_view target, PathMode mode, Arena& arena);

}  // namespace mesh::http
