#include "proxy/worker.h"

#include <pthread.h>

#include <algorithm>

#include "base/log.h"
#include "proxy/http_connection.h"
#include "proxy/tcp_tunnel.h"
#include "tls/stream.h"

namespace mesh::proxy {

namespace {
// Pause after running out of descriptors, so that accepting does not spin (threats FT-14).
constexpr Duration kAcceptPause = Duration::milliseconds(50);
// Tunnels of raw bytes may be silent for long; peers that are gone are found by TCP itself.
constexpr Duration kTunnelIdle = Duration::seconds(3600);
}  // namespace

Worker::Worker(uint32_t index, std::unique_ptr<async::Loop> loop, SharedState& shared, telemetry::Telemetry& telemetry)
    : index_(index),
      loop_(std::move(loop)),
      shared_(shared),
      telemetry_(telemetry),
      random_(Random::from_system()),
      scope_(std::make_unique<async::Scope>(*loop_)) {}

Worker::~Worker() = default;

void Worker::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), ("worker-" + std::to_string(index_)).c_str());
    loop_->run();
    // What belongs to the loop ends on its thread: tasks first, then what they used.
    scope_->cancel();
    listeners_.clear();
    by_index_.clear();
    services_.clear();
  });
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::stop() { loop_->stop(); }

void Worker::apply(std::shared_ptr<const Snapshot> snapshot, std::vector<std::shared_ptr<service::Usage>> usage,
                   std::vector<Socket> sockets) {
  snapshot_ = std::move(snapshot);
  by_index_.clear();
  for (size_t i = 0; i < snapshot_->services.size(); ++i) {
    const auto& spec = snapshot_->services[i];
    auto& service = services_[spec->config.name];
    if (!service) service = std::make_unique<service::Service>(*loop_, random_, spec->config.name, usage[i]);
    service->apply(spec);
    by_index_.push_back(service.get());
  }
  for (auto& [name, service] : services_)
    if (std::find(by_index_.begin(), by_index_.end(), service.get()) == by_index_.end()) service->drain();
  for (auto& listener : listeners_) listener->plan = nullptr;
  for (const ListenerPlan& plan : snapshot_->listeners) {
    for (auto& listener : listeners_) {
      if (listener->name != plan.config.name || listener->socket == nullptr) continue;
      bool moved =
          std::any_of(sockets.begin(), sockets.end(), [&](const Socket& s) { return s.listener == listener->name; });
      if (moved) continue;
      listener->plan = &plan;
      listener->snapshot = snapshot_;
    }
  }
  // Gone, or moved to another address: what is connected goes on under the last plan it had.
  for (auto& listener : listeners_) {
    if (listener->plan != nullptr) continue;
    for (const ListenerPlan& plan : listener->snapshot->listeners)
      if (plan.config.name == listener->name) listener->plan = &plan;
    if (listener->socket != nullptr) listener->socket->stop();
  }
  for (Socket& socket : sockets) {
    for (const ListenerPlan& plan : snapshot_->listeners) {
      if (plan.config.name != socket.listener) continue;
      auto bound = net::Listener::create(*loop_, std::move(socket.fd));
      if (!bound) {
        log::error("listener cannot be watched", {{"listener", socket.listener}, {"error", bound.error().message}});
        break;
      }
      auto state = std::make_unique<ListenerState>(*this, socket.listener, &plan, snapshot_, std::move(*bound));
      listeners_.push_back(std::move(state));
      scope_->spawn(accept_loop(*listeners_.back()));
      break;
    }
  }
  std::erase_if(listeners_, [](const auto& l) { return l->socket == nullptr && l->connections == 0; });
}

void Worker::resolved(const service::Resolved& resolved) {
  for (auto& [name, service] : services_) service->resolved(resolved);
}

void Worker::drain() {
  draining_ = true;
  for (auto& listener : listeners_)
    if (listener->socket) listener->socket->stop();
  for (HttpConnection* connection = open_; connection != nullptr;) {
    HttpConnection* next = connection->next_;
    connection->drain();
    connection = next;
  }
}

void Worker::connection_opened(HttpConnection& connection) {
  connection.next_ = open_;
  if (open_ != nullptr) open_->prev_ = &connection;
  open_ = &connection;
}

void Worker::connection_closed(HttpConnection& connection) {
  if (connection.prev_ != nullptr) {
    connection.prev_->next_ = connection.next_;
  } else {
    open_ = connection.next_;
  }
  if (connection.next_ != nullptr) connection.next_->prev_ = connection.prev_;
}

async::Task<void> Worker::accept_loop(ListenerState& listener) {
  for (;;) {
    auto accepted = co_await listener.socket->accept();
    if (!accepted) {
      if (accepted.error().code == Errc::cancelled) break;
      log::warn("cannot accept", {{"listener", listener.name}, {"error", accepted.error().message}});
      co_await async::sleep_for(*loop_, kAcceptPause);
      continue;
    }
    if (shared_.connections.load(std::memory_order_relaxed) >= shared_.max_connections) {
      telemetry_.connection_refused(index_, listener.name);
      continue;
    }
    scope_->spawn(serve_connection(listener, std::move(*accepted)));
  }
  listener.socket.reset();
}

namespace {

// Counts a connection for as long as it lives.
struct Counted {
  SharedState& shared;
  uint32_t& count;
  Counted(SharedState& s, uint32_t& c) : shared(s), count(c) {
    shared.connections.fetch_add(1, std::memory_order_relaxed);
    ++count;
  }
  ~Counted() {
    shared.connections.fetch_sub(1, std::memory_order_relaxed);
    --count;
  }
};

}  // namespace

async::Task<void> Worker::serve_connection(ListenerState& listener, net::Listener::Accepted accepted) {
  Counted counted(shared_, listener.connections);
  auto socket = net::SocketStream::create(*loop_, std::move(accepted.fd));
  if (!socket) co_return;
  if (listener.plan->tcp_service != UINT32_MAX) {
    co_await serve_tcp(listener, std::move(*socket), accepted.peer);
    co_return;
  }
  HttpConnection connection(*this, listener, accepted.peer);
  co_await connection.run(std::move(*socket));
}

// A connection of a tcp listener: TLS if the listener has it, then bytes both ways.
async::Task<void> Worker::serve_tcp(ListenerState& listener, std::unique_ptr<net::Stream> stream, net::Address peer) {
  std::shared_ptr<const Snapshot> snapshot = listener.snapshot;
  const ListenerPlan& plan = *listener.plan;
  exchange::Record record;
  record.started = loop_->now();
  record.wall_ns = loop_->wall_ns();
  record.listener = listener.name;
  record.method = "TCP";
  std::string client = peer.ip(), endpoint;
  record.client = client;
  record.service = snapshot->services[plan.tcp_service]->config.name;
  record.service_index = plan.tcp_service;
  TunnelCounts counts;
  struct Finish {
    Worker& worker;
    exchange::Record& record;
    TunnelCounts& counts;
    ~Finish() {
      record.bytes_in = counts.to_upstream;
      record.bytes_out = counts.to_downstream;
      record.ended = worker.loop().now();
      worker.telemetry().finish(worker.index(), record);
    }
  } finish{*this, record, counts};
  if (plan.tls) {
    auto secured = tls::TlsStream::accept(plan.tls, std::move(stream));
    if (!secured) co_return;
    auto shaken = co_await (*secured)->handshake({});
    if (!shaken) {
      telemetry_.handshake_failed(index_, listener.name, shaken.error().message);
      co_return;
    }
    stream = std::move(*secured);
  }
  auto upstream = co_await service(*snapshot, plan.tcp_service).open_stream(record.reason, endpoint);
  record.endpoint = endpoint;
  if (!upstream) {
    stream->abort_on_close();
    co_return;
  }
  auto ended = co_await run_tunnel(*stream, **upstream, kTunnelIdle, counts);
  if (!ended)
    record.reason =
        ended.error().code == Errc::timeout ? exchange::EndReason::idle_timeout : exchange::EndReason::tunnel_reset;
}

}  // namespace mesh::proxy
