// W3C Trace Context (https://www.w3.org/TR/trace-context/, level 1 with the random flag of level 2).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/random.h"
#include "http/headers.h"

namespace mesh::http {

struct TraceContext {
  std::array<uint8_t, 16> trace_id{};
  std::array<uint8_t, 8> span_id{};    // of this hop
  std::array<uint8_t, 8> parent_id{};  // of the caller; zero when the trace begins here
  uint8_t flags = 0;
  bool continued = false;

  bool sampled() const { return (flags & 1) != 0; }
};

// Reads a traceparent field (§3.2): version 00 exactly; higher versions by their first four parts; 'ff', upper case,
// zero ids and anything else is none. The span id read is the caller's.
bool parse_traceparent(std::string_view text, TraceContext& out);

// Continues `traceparent` (several fields, an empty or a bad one: a new trace) with a span id of its own.
TraceContext continue_trace(std::string_view traceparent, bool only_one, Random& random);

// "00-<trace id>-<span id>-<flags>", 55 bytes, in the arena.
std::string_view format_traceparent(const TraceContext& context, Arena& arena);

// The tracestate fields as one value, in order (§3.3.1.3): empty when there is none, or when a member breaks the
// grammar, a key comes twice or there are more than 32 (then all of it is to be dropped, and the trace goes on
// without). Copies into the arena only to join several fields.
std::string_view combine_tracestate(const Headers& headers, Arena& arena);

}  // namespace mesh::http
