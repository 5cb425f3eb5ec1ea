// What the echo upstream answers with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "codec/body.h"

namespace mesh::echo {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// `text`, or the pattern 0, 1, ... 255, 0, ... of `pattern_bytes`; then the trailers. With `cut_after` it fails behind
// so many bytes. The pairs are copied.
struct ContentSpec {
  std::string text;
  std::optional<uint64_t> pattern_bytes;
  Pairs trailers;
  std::optional<uint64_t> cut_after;
  uint64_t size() const { return pattern_bytes.value_or(text.size()); }
};
codec::BodyPtr make_content(Arena& arena, ContentSpec spec);

// The source's pieces as they come, with its trailers, cut as above.
codec::BodyPtr make_mirror(codec::BodyPtr source, std::optional<uint64_t> cut_after);

// Each message of a gRPC stream `repeat` times, or the last one only; then grpc-status and grpc-message. A stream that
// ends within a message, or a message over 16 MiB, ends the call with a status that says so.
struct GrpcSpec {
  uint32_t repeat = 1;
  bool last_only = false;
  int status = 0;
  std::string message;
  Pairs trailers;
};
codec::BodyPtr make_grpc(Arena& arena, codec::BodyPtr source, GrpcSpec spec);

// The server's end of a WebSocket (RFC 6455): messages come back fragment by fragment, pings are answered, a close is
// returned and ends it. A frame that breaks the rules is answered with the close code for it.
codec::BodyPtr make_websocket(codec::BodyPtr source);

}  // namespace mesh::echo
