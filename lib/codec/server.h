// The downstream side of every HTTP version: a connection parses requests and hands each one, as a ServerStream, to the
// handler. The handler is one straight coroutine per request; the codec owns it and cancels it when the client goes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "async/task.h"
#include "base/arena.h"
#include "base/duration.h"
#include "base/result.h"
#include "codec/body.h"
#include "http/head.h"

namespace mesh::codec {

// Bounds on what a client may send; defaults are those of threats.md 1.2, all enforced by the codecs.
struct ServerLimits {
  uint32_t head_bytes = 32 * 1024;                // decoded, each field +32 (RFC 9113 §6.5.2); 431
  uint32_t head_fields = 100;                     // cookie crumbs counted one by one; 431
  uint32_t target_bytes = 8192;                   // 414
  Duration head_timeout = Duration::seconds(10);  // whole head, from its first byte; 408
  Duration body_idle = Duration::seconds(30);     // between two pieces of request content
  Duration write_idle = Duration::seconds(30);    // client does not read
  Duration keep_alive_idle = Duration::seconds(60);
  Duration tunnel_idle = Duration::seconds(3600);  // no byte either way through an upgraded connection
  uint32_t requests_per_connection = 10'000;
  enum class Underscores : uint8_t { reject, drop, keep } underscores = Underscores::reject;
  // HTTP/2
  uint32_t h2_streams = 100;
  uint32_t h2_stream_window = 64 * 1024;
  uint32_t h2_connection_window = 1024 * 1024;
  uint32_t h2_reset_burst = 200;  // resets by either side; then GOAWAY ENHANCE_YOUR_CALM
  uint32_t h2_reset_per_second = 33;
};

// What went wrong with a request before a handler could be called; counted and logged by the handler's owner.
struct Rejection {
  int status = 400;         // 0 when the connection was closed without an answer
  std::string_view reason;  // a word of the reason enum: "bad_request", "head_timeout", "header_too_large" ...
  std::string_view detail;  // what rule, for the log: "transfer-encoding and content-length"
  std::string_view line;    // the request line or ":method :path" as far as it was understood; may be empty
  http::Version version = http::Version::http11;
  uint64_t bytes_received = 0;
  uint64_t bytes_sent = 0;
};

// One request and the way to answer it. Lives until the handler's task has ended.
class ServerStream {
 public:
  virtual ~ServerStream() = default;

  http::RequestHead& request() { return *request_; }
  // Holds the request head; anything that lives as long as the exchange may be put there.
  Arena& arena() { return *arena_; }

  // The request's content; null when there is none. For a request with `upgrade` (HTTP/1 Upgrade or extended CONNECT)
  // it is the tunnel's bytes from the client: not to be pulled before the upstream has agreed to switch.
  // At most once. With Expect: 100-continue the first pull() sends 100 (Continue), unless an interim or final response
  // was sent before (RFC 9110 §10.1.1).
  virtual BodyPtr take_body() = 0;

  // A 1xx other than 101. Dropped without error for an HTTP/1.0 client. At most 8 are sent.
  virtual async::Task<Status> send_interim(const http::ResponseHead& head) = 0;

  // The final response: head, then the body pulled to its end, then trailers. `head.framing` says what the content is
  // (for HEAD, 204 and 304 none is sent whatever it says). A body that fails cuts the message visibly: RST_STREAM, or a
  // connection closed before the end. Status 101 starts the tunnel: `body` is then the bytes towards the client.
  // Date is added unless present. Errors: the client is gone, or the body failed (its error).
  virtual async::Task<Status> respond(http::ResponseHead& head, BodyPtr body) = 0;

  // The request's content goes on after the response has been sent only if this is called; otherwise the rest is
  // drained within bounds, or the connection is closed. No further request is read from an HTTP/1 connection.
  virtual void close_after() = 0;

  // How the request's content broke off: protocol, limit, timeout, reset. Nothing while it is whole.
  const std::optional<Errc>& body_failure() const { return body_failure_; }
  // After respond() failed: it was the client's side, not the body.
  bool downstream_failed() const { return downstream_failed_; }

  // Bytes of the message as they crossed the wire (approximate for compressed heads).
  uint64_t bytes_received() const { return bytes_received_; }
  uint64_t bytes_sent() const { return bytes_sent_; }

 protected:
  http::RequestHead* request_ = nullptr;
  Arena* arena_ = nullptr;
  uint64_t bytes_received_ = 0;
  uint64_t bytes_sent_ = 0;
  bool downstream_failed_ = false;
  std::optional<Errc> body_failure_;
};

// What a connection calls. One per connection; outlives it.
class ServerHandler {
 public:
  virtual ~ServerHandler() = default;
  // One request. Returning without respond() resets the stream. Destroyed half-way when the client resets it.
  virtual async::Task<void> serve(ServerStream& stream) = 0;
  // A request was refused by the codec itself: the answer, if any, was sent by it.
  virtual void rejected(const Rejection& rejection) = 0;
  // The Date field of now (RFC 9110 §6.6.1); cached per second by whoever owns it.
  virtual std::string_view date() = 0;
  // False while the process drains: HTTP/1 answers Connection: close, HTTP/2 sends GOAWAY.
  virtual bool keep_alive() const { return true; }
};

}  // namespace mesh::codec
