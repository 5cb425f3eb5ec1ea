// The head of a request or a response as a value: what the codecs read and write and what the planner works on.
// All views point into the arena of the exchange.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/headers.h"
#include "http/method.h"

namespace mesh::http {

enum class Version : uint8_t { http10, http11, http2 };
enum class Scheme : uint8_t { http, https };

// "HTTP/1.1" and so on, for logs; "http" or "https".
std::string_view to_string(Version version);
std::string_view to_string(Scheme scheme);

// How a message's content is delimited, once its framing fields were checked (RFC 9112 §6.3, RFC 9113 §8.1.1).
// The framing fields themselves (content-length, transfer-encoding) are NOT kept in `headers`: writers make them anew.
struct Framing {
  enum class Kind : uint8_t {
    none,       // no content
    length,     // exactly `length` bytes
    stream,     // chunked, or an HTTP/2 stream without content-length
    until_eof,  // response only: ends with the connection (HTTP/1.0 style), or a tunnel
  };
  Kind kind = Kind::none;
  uint64_t length = 0;

  static constexpr Framing none() { return {}; }
  static constexpr Framing of_length(uint64_t n) { return {Kind::length, n}; }
  static constexpr Framing stream() { return {Kind::stream, 0}; }
  static constexpr Framing until_eof() { return {Kind::until_eof, 0}; }
  constexpr bool has_body() const { return kind != Kind::none && !(kind == Kind::length && length == 0); }
};

struct RequestHead {
  explicit RequestHead(Arena& arena) : headers(arena) {}

  Method method = Method::get;
  std::string_view method_text;  // exact token, for `Method::other` too
  Version version = Version::http11;
  Scheme scheme = Scheme::http;
  std::string_view target;     // origin-form "/path?query", "*", or the authority of CONNECT; as received
  std::string_view authority;  // Host field, :authority, or that of an absolute-form target; as received
  // Protocol asked for: the one token of Upgrade (lower case, only with Connection: upgrade), or :protocol of an
  // extended CONNECT (RFC 8441); empty otherwise. Hop-by-hop fields are not in `headers`.
  std::string_view upgrade;
  bool extended_connect = false;  // RFC 8441: method CONNECT with :protocol
  bool expect_continue = false;
  bool accepts_trailers = false;  // TE: trailers
  bool close = false;             // HTTP/1: the peer wants the connection closed after this message
  Framing framing;
  Headers headers;
};

struct ResponseHead {
  explicit ResponseHead(Arena& arena) : headers(arena) {}

  int status = 0;
  std::string_view reason;  // HTTP/1 reason phrase as received; not forwarded to HTTP/2
  Version version = Version::http11;
  std::string_view upgrade;  // with 101: the protocol switched to
  bool close = false;
  Framing framing;
  Headers headers;
};

}  // namespace mesh::http
