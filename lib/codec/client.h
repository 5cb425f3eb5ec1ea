// The upstream side of every HTTP version: a connection that sends one request at a time (HTTP/1) or many (HTTP/2) and
// gives back the response with a body to pull.
#pragma once

#include <cstdint>
#include <functional>

#include "async/task.h"
#include "async/timer.h"
#include "base/arena.h"
#include "base/result.h"
#include "codec/body.h"
#include "http/head.h"

namespace mesh::codec {

struct Response {
  explicit Response(Arena& arena) : head(arena) {}
  http::ResponseHead head;
  BodyPtr body;  // null when there is no content
};

// Receives interim (1xx) responses; 100 (Continue) is handled by the codec and not reported when the request expected
// it upstream. At most 8, then the exchange fails with protocol.
class InterimSink {
 public:
  virtual ~InterimSink() = default;
  virtual async::Task<Status> interim(const http::ResponseHead& head) = 0;
};

// How far a request got: what a retry may conclude from a failure.
struct SendProgress {
  bool sent = false;     // at least one byte may have reached the peer
  bool refused = false;  // the peer said that it did not process it (REFUSED_STREAM, GOAWAY below the id)
  uint64_t body_bytes = 0;
  uint64_t head_bytes = 0;
};

struct SendArgs {
  // The upstream's view of the request: `target` and `authority` as they are to be sent; `headers` without framing and
  // hop-by-hop fields. `upgrade` asks for a tunnel: HTTP/1 sends GET with Upgrade, HTTP/2 an extended CONNECT
  // (RFC 8441); either success is reported as status 101, and only then is `body` pulled.
  const http::RequestHead* head = nullptr;
  Arena* arena = nullptr;  // the response head goes there
  BodyPtr body;            // null when there is none; pulled while the response is awaited
  InterimSink* interim = nullptr;
  SendProgress* progress = nullptr;
  Duration head_timeout = Duration::seconds(15);  // for the response head, from the end of the request
  Duration idle = Duration::seconds(60);          // between two pieces, either way
  async::Deadline deadline;                       // for everything; none by default
};

struct ClientLimits {
  uint32_t head_bytes = 64 * 1024;
  uint32_t head_fields = 200;
  uint32_t h2_stream_window = 256 * 1024;
  uint32_t h2_connection_window = 4 * 1024 * 1024;
};

class ClientConnection {
 public:
  virtual ~ClientConnection() = default;

  // Sends the request and waits for the final response head. The response's body belongs to the connection until it is
  // released. Errors: reset/closed (connection gone), protocol (a response that must not be forwarded), timeout, tls,
  // cancelled, limit (no stream to be had), or the error of the request's own body (then the request was cut off).
  virtual async::Task<Result<Response>> send(SendArgs args) = 0;

  // Can take another request now.
  virtual bool available() const = 0;
  // Requests under way, response bodies not yet released included.
  virtual uint32_t active() const = 0;
  // Lets requests under way finish and takes no more.
  virtual void drain() = 0;
  // Called when a request has ended and the connection may be reused (true) or must be dropped (false). For HTTP/2 also
  // when the connection dies with none under way. The callee may destroy the connection only on a later turn.
  std::move_only_function<void(bool reusable)> on_idle;
};

}  // namespace mesh::codec
