// A response's content that must be over in time: `timeouts.total` runs to its last byte.
#pragma once

#include "async/timer.h"
#include "base/arena.h"
#include "codec/body.h"

namespace mesh::async {
class Loop;
}

namespace mesh::service {

// `body` as it is, but a pull that waits for longer than `deadline` fails with timeout. Lives in the arena.
codec::BodyPtr timed_body(async::Loop& loop, Arena& arena, codec::BodyPtr body, async::Deadline deadline);

}  // namespace mesh::service
