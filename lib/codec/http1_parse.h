// The strict reader of HTTP/1 heads (RFC 9112). It rejects and never repairs (threats 2.1): what passes has one
// reading. Pure: bytes in, a head of views into them out.
#pragma once

#include <span>
#include <string_view>

#include "codec/client.h"
#include "codec/http1_scan.h"
#include "codec/server.h"
#include "http/head.h"

namespace mesh::codec {

enum class ParseState : uint8_t { need_more, bad, ok };

struct Parsed {
  ParseState state = ParseState::need_more;
  size_t consumed = 0;  // bytes of the head, with ParseState::ok
  Rejection rejection;  // with ParseState::bad
};

class RequestParser {
 public:
  explicit RequestParser(const ServerLimits& limits, HeadScanner::Isa isa = HeadScanner::Isa::best)
      : limits_(limits), scanner_(isa) {}

  // Looks at the whole buffer received so far, which begins with the head. On ok `head` has: method, version, target in
  // origin form (or "*", or the authority of CONNECT), authority, framing, flags, and the fields without framing and
  // hop-by-hop ones. The head's scheme is left alone. A request line is judged as soon as it is there.
  Parsed parse(std::span<const char> buffer, http::RequestHead& head);
  // The bytes were copied elsewhere since the last call.
  void moved() {}

 private:
  const ServerLimits& limits_;
  HeadScanner scanner_;
  bool line_read_ = false;  // the request line of a head that is not whole yet was found good
};

class ResponseParser {
 public:
  ResponseParser(const ClientLimits& limits, http::Method method, HeadScanner::Isa isa = HeadScanner::Isa::best)
      : limits_(limits), method_(method), scanner_(isa) {}
  // As RequestParser::parse. For HEAD, 204 and 304 `framing` tells a length that does not follow.
  Parsed parse(std::span<const char> buffer, http::ResponseHead& head);
  void moved() {}
  // Another head follows (after an interim response).
  void restart() { scanner_.reset(); }

 private:
  const ClientLimits& limits_;
  http::Method method_;
  HeadScanner scanner_;
};

// Does the buffer begin with the HTTP/2 connection preface, as far as its first line (RFC 9113 §3.4)?
bool is_http2_preface(std::span<const char> buffer);

// May a trailer section carry this field (RFC 9110 §6.5.1)? Framing, routing, credentials and the like may not.
bool allowed_in_trailers(const http::Field& field);

// One field line without its CRLF. False when it breaks the grammar; `detail` names the rule.
bool parse_field_line(std::string_view line, http::Field& field, std::string_view& detail);

}  // namespace mesh::codec
