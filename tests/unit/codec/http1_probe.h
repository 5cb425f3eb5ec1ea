// Parses a head in every way bytes can arrive (whole, in two parts, one by one) and with every scanner; all must agree.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "codec/http1_parse.h"

namespace mesh::codec {

// What became of a head, as values that outlive its buffer.
struct Outcome {
  int status = 0;  // 0: accepted, -1: more is needed
  std::string detail;
  size_t consumed = 0;
  std::string method, target, authority, upgrade, reason;
  http::Version version = http::Version::http11;
  http::Framing framing;
  bool close = false, expect_continue = false, accepts_trailers = false;
  int response_status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<bool> raw;

  // "a: b|c: d" in order.
  std::string text() const {
    std::string out;
    for (const auto& [name, value] : fields) out += (out.empty() ? "" : "|") + name + ": " + value;
    return out;
  }
  bool operator==(const Outcome& other) const {
    return status == other.status && consumed == other.consumed && method == other.method && target == other.target &&
           authority == other.authority && upgrade == other.upgrade && reason == other.reason &&
           version == other.version && framing.kind == other.framing.kind && framing.length == other.framing.length &&
           close == other.close && expect_continue == other.expect_continue &&
           accepts_trailers == other.accepts_trailers && response_status == other.response_status &&
           fields == other.fields && raw == other.raw;
  }
};

inline void take_fields(const http::Headers& headers, Outcome& out) {
  for (const http::Field& field : headers) {
    out.fields.emplace_back(field.name, field.value);
    out.raw.push_back(field.raw);
    if (field.raw)
      EXPECT_EQ(std::string(field.name) + ": " + std::string(field.value) + "\r\n",
                std::string_view(field.name.data(), field.name.size() + field.value.size() + 4));
  }
}

inline Outcome outcome(const Parsed& parsed, const http::RequestHead& head) {
  Outcome out;
  if (parsed.state == ParseState::need_more) out.status = -1;
  if (parsed.state == ParseState::bad) {
    out.status = parsed.rejection.status;
    out.detail = parsed.rejection.detail;
    EXPECT_FALSE(parsed.rejection.reason.empty());
    EXPECT_FALSE(parsed.rejection.detail.empty());
  }
  if (parsed.state != ParseState::ok) return out;
  out.consumed = parsed.consumed;
  out.method = head.method_text;
  out.target = head.target;
  out.authority = head.authority;
  out.upgrade = head.upgrade;
  out.version = head.version;
  out.framing = head.framing;
  out.close = head.close;
  out.expect_continue = head.expect_continue;
  out.accepts_trailers = head.accepts_trailers;
  take_fields(head.headers, out);
  return out;
}

inline Outcome outcome(const Parsed& parsed, const http::ResponseHead& head) {
  Outcome out;
  if (parsed.state == ParseState::need_more) out.status = -1;
  if (parsed.state == ParseState::bad) {
    out.status = parsed.rejection.status;
    out.detail = parsed.rejection.detail;
  }
  if (parsed.state != ParseState::ok) return out;
  out.consumed = parsed.consumed;
  out.response_status = head.status;
  out.reason = head.reason;
  out.version = head.version;
  out.upgrade = head.upgrade;
  out.framing = head.framing;
  out.close = head.close;
  take_fields(head.headers, out);
  return out;
}

// Gives `bytes` to the parser in steps of the sizes that `step` tells. Each call gets a buffer of exactly its size, so
// that a read past its end is found by the sanitizers.
template <class Parser, class Head, class Step>
Outcome parse_in_steps(Parser parser, std::string_view bytes, Step step) {
  BlockPool pool;
  Arena arena(pool);
  std::vector<std::vector<char>> kept;
  for (size_t size = step(0);; size = std::min(bytes.size(), size + step(size))) {
    kept.emplace_back(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    Head head(arena);
    Parsed parsed = parser.parse(kept.back(), head);
    if (parsed.state != ParseState::need_more || size == bytes.size()) return outcome(parsed, head);
  }
}

template <class Head, class Make>
Outcome parse_every_way(std::string_view bytes, Make make) {
  using Parser = decltype(make(HeadScanner::Isa::best));
  Outcome whole =
      parse_in_steps<Parser, Head>(make(HeadScanner::Isa::scalar), bytes, [&](size_t) { return bytes.size(); });
  for (auto isa : {HeadScanner::Isa::best, HeadScanner::Isa::sse2}) {
    Outcome other = parse_in_steps<Parser, Head>(make(isa), bytes, [&](size_t) { return bytes.size(); });
    EXPECT_TRUE(other == whole) << "other instructions: " << other.status << " " << other.detail;
  }
  if (bytes.size() > 2048) return whole;
  // Early knowledge may refuse with another status than late knowledge would, but never accept.
  Outcome drip = parse_in_steps<Parser, Head>(make(HeadScanner::Isa::best), bytes, [](size_t) { return size_t{1}; });
  if (whole.status == 0 || drip.status == 0)
    EXPECT_TRUE(drip == whole) << "one by one: " << drip.status << " " << drip.detail;
  for (size_t cut = 1; cut < bytes.size(); cut += 7) {
    Outcome halves = parse_in_steps<Parser, Head>(make(HeadScanner::Isa::best), bytes,
                                                  [&](size_t at) { return at == 0 ? cut : bytes.size() - cut; });
    if (whole.status == 0 || halves.status == 0) EXPECT_TRUE(halves == whole) << "cut at " << cut;
  }
  return whole;
}

inline Outcome parse_request(std::string_view bytes, ServerLimits limits = {}) {
  SCOPED_TRACE(std::string(bytes.substr(0, 200)));
  return parse_every_way<http::RequestHead>(bytes, [&](HeadScanner::Isa isa) { return RequestParser(limits, isa); });
}

inline Outcome parse_response(std::string_view bytes, http::Method method = http::Method::get,
                              ClientLimits limits = {}) {
  SCOPED_TRACE(std::string(bytes.substr(0, 200)));
  return parse_every_way<http::ResponseHead>(bytes,
                                             [&](HeadScanner::Isa isa) { return ResponseParser(limits, method, isa); });
}

}  // namespace mesh::codec
