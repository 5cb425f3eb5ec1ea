// How the echo upstream is to answer one request: what its flags say, and what the request's own x-echo-* fields
// change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/result.h"
#include "http/head.h"

namespace mesh::echo {

struct Wishes {
  int status = 200;
  Duration delay;                 // before the response head
  double error_rate = 0;          // 0 to 1: the share of requests that are answered with 503
  std::optional<uint64_t> bytes;  // so many bytes 0, 1, ... 255, 0, ... instead of what arrived, as JSON
  bool chunked = false;           // no content-length
  bool close = false;             // the connection ends behind the response
  bool body = false;              // the request's content comes back as it is, while it arrives
  bool interim = false;           // a 103 (Early Hints) first
  // The stream or connection is cut: at once with 0, else behind so many bytes of content.
  std::optional<uint64_t> reset_after;
  std::vector<std::pair<std::string, std::string>> headers;   // added to the response
  std::vector<std::pair<std::string, std::string>> trailers;  // sent behind it
  // gRPC
  int grpc_status = 0;
  std::string grpc_message;
  uint32_t grpc_repeat = 1;  // each message comes back so many times
  bool grpc_last = false;    // only the last message comes back: for client streaming
};

// The flags' wishes with those of the request's fields over them. Errors: invalid; the message names the field.
Result<Wishes> read_wishes(const Wishes& flags, const http::Headers& headers);

// docs of the fields, for the manual.
extern const char* const kFieldsHelp;

}  // namespace mesh::echo
