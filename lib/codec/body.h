// The one body abstraction: content is pulled by whoever wants it, so back-pressure is free and nothing is buffered
// unless a reader says how much.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "async/task.h"
#include "base/result.h"
#include "http/headers.h"

namespace mesh::codec {

// A piece of content. `data` is valid until the puller next suspends on anything but consuming it, or pulls again:
// use it at once, or copy. May be empty.
struct Chunk {
  std::string_view data;
  bool last = false;  // nothing follows; the body's trailers() are final
};

class Body {
 public:
  // Called once by whoever is done with the body, at its end or before it. Ending early is the owner's business: an
  // HTTP/1 upstream connection with content left is closed, an HTTP/2 stream is reset.
  virtual void release() noexcept = 0;

  // The next piece. Suspends until there is one. After `last` or an error it must not be called again.
  // Errors: reset or protocol (the sender broke off: never present it as a clean end), timeout, limit.
  virtual async::Task<Result<Chunk>> pull() = 0;

  // True when pull() will not suspend: lets a writer join head and first piece in one send.
  virtual bool ready() const { return false; }

  // Trailer fields, once a chunk said `last`; nullptr when there are none.
  virtual const http::Headers* trailers() const { return nullptr; }

 protected:
  virtual ~Body() = default;
};

struct BodyRelease {
  void operator()(Body* body) const noexcept { body->release(); }
};
// Empty means: no content.
using BodyPtr = std::unique_ptr<Body, BodyRelease>;

}  // namespace mesh::codec
