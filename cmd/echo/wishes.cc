#include "cmd/echo/wishes.h"

#include "base/text.h"
#include "http/chars.h"

namespace mesh::echo {

namespace {

constexpr uint64_t kMostBytes = 1ull << 40;
constexpr Duration kLongestDelay = Duration::seconds(600);
constexpr uint64_t kMostRepeats = 100'000;

// "1", "true", "yes" or nothing at all.
bool is_yes(std::string_view value) {
  return value.empty() || value == "1" || equal_ignore_case(value, "true") || equal_ignore_case(value, "yes");
}

Status read_pairs(std::string_view text, std::vector<std::pair<std::string, std::string>>& out) {
  for (std::string_view part : split(text, ',')) {
    part = trim(part);
    if (part.empty()) continue;
    size_t equals = part.find('=');
    std::string name = to_lower(part.substr(0, equals));
    if (equals == std::string_view::npos || !http::is_token(name)) return fail(Errc::invalid, "is not name=value, ...");
    out.emplace_back(std::move(name), part.substr(equals + 1));
  }
  return {};
}

template <class T>
Status read_number(std::string_view value, uint64_t least, uint64_t most, T& out) {
  auto number = parse_dec(value, most);
  if (!number || *number < least)
    return fail(Errc::invalid, "is not a number from " + std::to_string(least) + " to " + std::to_string(most));
  out = static_cast<T>(*number);
  return {};
}

Status read_delay(std::string_view value, Duration& out) {
  auto delay = Duration::parse(value);
  if (!delay || *delay > kLongestDelay) return fail(Errc::invalid, "is not a duration up to 10m, as 250ms");
  out = *delay;
  return {};
}

Status read_field(std::string_view name, std::string_view value, Wishes& out) {
  if (name == "status") return read_number(value, 200, 599, out.status);
  if (name == "delay") return read_delay(value, out.delay);
  if (name == "bytes") return read_number(value, 0, kMostBytes, out.bytes.emplace());
  if (name == "headers") return read_pairs(value, out.headers);
  if (name == "trailers") return read_pairs(value, out.trailers);
  if (name == "grpc-status") return read_number(value, 0, 16, out.grpc_status);
  if (name == "repeat") return read_number(value, 0, kMostRepeats, out.grpc_repeat);
  if (name == "grpc-message") {
    out.grpc_message = value;
  } else if (name == "chunked") {
    out.chunked = is_yes(value);
  } else if (name == "close") {
    out.close = is_yes(value);
  } else if (name == "body") {
    out.body = is_yes(value);
  } else if (name == "interim") {
    out.interim = is_yes(value);
  } else if (name == "last") {
    out.grpc_last = is_yes(value);
  } else if (name == "reset") {
    return value.empty() ? (out.reset_after = 0, Status{})
                         : read_number(value, 0, kMostBytes, out.reset_after.emplace());
  } else {
    return fail(Errc::invalid, "is not known");
  }
  return {};
}

}  // namespace

const char* const kFieldsHelp =
    "Fields of a request change the answer to it: x-echo-status: CODE, x-echo-delay: DURATION, x-echo-bytes: N (so "
    "many "
    "bytes of a pattern instead of JSON), x-echo-body: 1 (the content comes back while it arrives), x-echo-chunked: 1 "
    "(no content-length), x-echo-headers and x-echo-trailers: NAME=VALUE, ... (added to the response), x-echo-interim: "
    "1 "
    "(a 103 first), x-echo-close: 1 (the connection ends), x-echo-reset: N (cut behind N bytes of content; 0 is at "
    "once).\n\n"
    "A gRPC request of any method gets its messages back; x-echo-repeat: N sends each of them N times, x-echo-last: 1 "
    "only the last one, x-echo-grpc-status: CODE and x-echo-grpc-message: TEXT end the call.";

Result<Wishes> read_wishes(const Wishes& flags, const http::Headers& headers) {
  constexpr std::string_view kPrefix = "x-echo-";
  Wishes out = flags;
  for (const http::Field& field : headers) {
    if (field.name.size() <= kPrefix.size() || !equal_ignore_case(field.name.substr(0, kPrefix.size()), kPrefix))
      continue;
    std::string name = to_lower(field.name);
    if (auto read = read_field(std::string_view(name).substr(kPrefix.size()), trim(field.value), out); !read)
      return fail(Errc::invalid, "'" + name + ": " + escape_controls(field.value) + "' " + read.error().message);
  }
  return out;
}

}  // namespace mesh::echo
