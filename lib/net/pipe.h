// Two connected streams in memory, for tests: bounded, with the same readiness rules as sockets.
#pragma once

#include <memory>
#include <utility>

#include "net/stream.h"

namespace mesh::net {

// What is written to one end is read from the other; at most `capacity` bytes wait on each side. Closing one end is
// the end of the stream for the other; abort_on_close() makes it a reset.
std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_pipe(async::Loop& loop, size_t capacity = 64 * 1024);

}  // namespace mesh::net
