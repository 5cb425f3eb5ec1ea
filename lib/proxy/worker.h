// One worker: a thread with its loop, its share of every listener, its pools. Everything here runs on that thread; the
// control side talks to it by posting.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "async/loop.h"
#include "async/wait.h"
#include "base/random.h"
#include "http/date.h"
#include "net/tcp.h"
#include "proxy/snapshot.h"
#include "service/service.h"
#include "telemetry/telemetry.h"

namespace mesh::proxy {

// Counts that all workers share.
struct SharedState {
  std::map<std::string, std::shared_ptr<service::Usage>> usage;  // by service; touched only by the control thread
  std::atomic<uint32_t> connections{0};
  std::atomic<uint32_t> exchanges{0};
  uint32_t max_connections = 10'000;
};

class HttpConnection;

class Worker {
 public:
  Worker(uint32_t index, std::unique_ptr<async::Loop> loop, SharedState& shared, telemetry::Telemetry& telemetry);
  ~Worker();

  void start();  // the thread
  void join();

  // The calls below run on the worker's thread.

  // A socket for a listener of the snapshot that is applied next.
  struct Socket {
    std::string listener;
    net::Fd fd;
  };
  // `usage`: by service of the snapshot, in its order.
  void apply(std::shared_ptr<const Snapshot> snapshot, std::vector<std::shared_ptr<service::Usage>> usage,
             std::vector<Socket> sockets);
  void resolved(const service::Resolved& resolved);
  // Stops accepting and tells connections to end; stop() follows when they have, or at the deadline.
  void drain();
  // Ends the thread now; what is open is cut.
  void stop();

  async::Loop& loop() { return *loop_; }
  uint32_t index() const { return index_; }
  bool draining() const { return draining_; }

  // For connections and exchanges.
  struct ListenerState {
    Worker& worker;
    std::string name;
    const ListenerPlan* plan = nullptr;        // of `snapshot`
    std::shared_ptr<const Snapshot> snapshot;  // the last one that had this listener
    std::unique_ptr<net::Listener> socket;     // null once removed
    uint32_t connections = 0;
  };
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  // The live side of a service of `snapshot`, which may be older than the one applied last: what a connection was
  // accepted under goes on when its listener is gone.
  service::Service& service(const Snapshot& snapshot, uint32_t index) {
    if (&snapshot == snapshot_.get()) return *by_index_[index];
    return *services_.at(snapshot.services[index]->config.name);
  }
  Random& random() { return random_; }
  telemetry::Telemetry& telemetry() { return telemetry_; }
  std::string_view date() { return dates_.at(loop_->wall_ns()); }
  SharedState& shared() { return shared_; }
  void connection_opened(HttpConnection& connection);
  void connection_closed(HttpConnection& connection);
  const std::map<std::string, std::unique_ptr<service::Service>>& services() const { return services_; }

 private:
  async::Task<void> accept_loop(ListenerState& listener);
  async::Task<void> serve_tcp(ListenerState& listener, std::unique_ptr<net::Stream> stream, net::Address peer);
  async::Task<void> serve_connection(ListenerState& listener, net::Listener::Accepted accepted);

  uint32_t index_;
  std::unique_ptr<async::Loop> loop_;
  SharedState& shared_;
  telemetry::Telemetry& telemetry_;
  Random random_;
  http::DateCache dates_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::map<std::string, std::unique_ptr<service::Service>> services_;
  std::vector<service::Service*> by_index_;
  std::vector<std::unique_ptr<ListenerState>> listeners_;
  HttpConnection* open_ = nullptr;  // list of HTTP connections, for drain
  bool draining_ = false;
  std::unique_ptr<async::Scope> scope_;
  std::thread thread_;
};

}  // namespace mesh::proxy
