// Raw TCP listeners: bytes both ways between a client and an endpoint, each direction with its own end.
#pragma once

#include <memory>

#include "async/task.h"
#include "base/duration.h"
#include "net/stream.h"

namespace mesh::proxy {

struct TunnelCounts {
  uint64_t to_upstream = 0;
  uint64_t to_downstream = 0;
};

// Copies until both directions have ended, or one fails, or neither moves for `idle`. The end of one direction is
// passed on as a half-close. After a failure both streams reset their peers when they are destroyed; the counts hold.
async::Task<Status> run_tunnel(net::Stream& downstream, net::Stream& upstream, Duration idle, TunnelCounts& counts);

}  // namespace mesh::proxy
