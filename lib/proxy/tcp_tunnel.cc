#include "proxy/tcp_tunnel.h"

#include <algorithm>

#include "async/wait.h"

namespace mesh::proxy {

namespace {

struct Tunnel {
  Duration idle;
  Instant active;
  net::Stream* ends[2];
  async::Event over;
  Status failure;
  int ended = 0;  // directions that came to an end in good order
};

async::Task<void> copy(Tunnel& tunnel, int from, uint64_t& count) {
  net::Stream& source = *tunnel.ends[from];
  net::Stream& sink = *tunnel.ends[1 - from];
  async::Loop& loop = source.loop();
  for (;;) {
    Instant since = std::max(tunnel.active, loop.now() + Duration{-1});
    auto n = co_await source.read(loop.bulk(), async::Deadline::in(since, tunnel.idle));
    // Silence one way is no fault while the other way moves.
    if (!n && n.error().code == Errc::timeout && tunnel.active + tunnel.idle > loop.now()) continue;
    Status sent;
    if (n && *n > 0) {
      count += *n;
      tunnel.active = loop.now();
      sent =
          co_await sink.write({std::string_view(loop.bulk().data(), *n)}, async::Deadline::in(loop.now(), tunnel.idle));
      if (sent) continue;
    }
    if (n && *n == 0) {
      sink.shutdown_write();
      if (++tunnel.ended == 2) tunnel.over.set();
      co_return;
    }
    // What broke off must not look ended to the other side: no FIN, but a reset when the owner closes.
    tunnel.failure = n ? std::move(sent) : Status(fail(n.error()));
    source.abort_on_close();
    sink.abort_on_close();
    tunnel.over.set();
    co_return;
  }
}

}  // namespace

async::Task<Status> run_tunnel(net::Stream& downstream, net::Stream& upstream, Duration idle, TunnelCounts& counts) {
  async::Loop& loop = downstream.loop();
  Tunnel tunnel{idle, loop.now(), {&downstream, &upstream}, async::Event(loop)};
  async::Scope scope(loop);
  scope.spawn(copy(tunnel, 0, counts.to_upstream));
  scope.spawn(copy(tunnel, 1, counts.to_downstream));
  (void)co_await tunnel.over.wait();
  scope.cancel();
  co_return tunnel.failure;
}

}  // namespace mesh::proxy
