// The strict reader of HTTP/1 heads (RFC 9112). It rejects and never repairs (threats 2.1): what passes has one reading.
// Pure: bytes in, a head of views into them out.
#pragma once

#include <span>
#include <string_view>

#include "codec/client.h"
#include "codec/server.h"
#include "http/head.h"

namespace mesh::codec {

enum class ParseState : uint8_t { need_more, bad, ok };

struct Parsed {
  ParseState state = ParseState::need_more;
  size_t consumed = 0;  // bytes of the head, with ParseState::ok
  Rejection rejection;  // with ParseState::bad
};

// Finds the end of a head in a buffer that grows; each byte is looked at once however slowly they come.
class HeadScanner {
 public:
  enum class Found : uint8_t { need_more, bare_lf, end };
  // `end` is the size of the head with its final empty line.
  Found scan(std::span<const char> buffer, size_t& end);
  void reset() { *this = HeadScanner(); }
  size_t first_line() const { return first_line_; }  // its size without CRLF; 0 while unknown

 private:
  size_t position_ = 0;
  size_t line_ = 0;
  size_t first_line_ = 0;
  bool leading_ = true;
};

class RequestParser {
 public:
  explicit RequestParser(const ServerLimits& limits) : limits_(limits) {}

  // Looks at the whole buffer received so far, which begins with the head. On ok `head` has: method, version, target in
  // origin form (or "*", or the authority of CONNECT), authority, framing, flags, and the fields without framing and
  // hop-by-hop ones. The head's scheme is left alone.
  Parsed parse(std::span<const char> buffer, http::RequestHead& head);

 private:
  const ServerLimits& limits_;
  HeadScanner scanner_;
};

class ResponseParser {
 public:
  ResponseParser(const ClientLimits& limits, http::Method method) : limits_(limits), method_(method) {}
  // As RequestParser::parse. For HEAD, 204 and 304 `framing` tells a length that does not follow.
  Parsed parse(std::span<const char> buffer, http::ResponseHead& head);
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
