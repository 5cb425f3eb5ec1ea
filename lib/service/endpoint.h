// One address of a service, as one worker sees it: its connections, how busy it is, and whether it answered lately.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "async/wait.h"
#include "base/duration.h"
#include "codec/client.h"
#include "config/model.h"
#include "net/address.h"
#include "net/stream.h"
#include "service/limits.h"
#include "tls/context.h"

namespace mesh::service {

// What connecting needs to know of the service; copied into the endpoint so that it survives a reload.
struct ConnectRules {
  config::UpstreamProtocol protocol = config::UpstreamProtocol::http1;
  std::shared_ptr<const tls::ClientContext> tls;  // null for plaintext
  std::string server_name;                        // SNI and the name to verify
  Duration connect_timeout = Duration::seconds(1);
  Duration idle_timeout = Duration::seconds(60);  // of a kept connection
  uint32_t max_connections = 1024;
  uint32_t max_pending = 1024;
};

// Why there is no connection.
enum class AcquireFailure : uint8_t { connect, timeout, tls, overload_connections, overload_pending, exhausted };

class Endpoint {
 public:
  class Connection;

  Endpoint(async::Loop& loop, net::Address address, uint32_t weight, std::shared_ptr<Usage> usage);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  struct Acquired {
    Connection* connection = nullptr;
    bool reused = false;
    bool http2 = false;
    AcquireFailure failure = AcquireFailure::connect;
    Error error;  // when there is no connection
  };
  // A connection that can take a request at once: a kept one unless `fresh`, else a new one. The caller calls
  // Connection::send() before it suspends again.
  async::Task<Acquired> acquire(const ConnectRules& rules, bool fresh, async::Deadline deadline);

  struct Opened {
    std::unique_ptr<net::Stream> stream;
    bool http2 = false;
    AcquireFailure failure = AcquireFailure::connect;
    Error error;  // when there is no stream
  };
  // A new connection with its TLS handshake done, outside the pool.
  async::Task<Opened> open_stream(const ConnectRules& rules, async::Deadline deadline);

  const net::Address& address() const { return address_; }
  const std::string& text() const { return text_; }
  uint32_t weight() const { return weight_; }
  void set_weight(uint32_t weight) { weight_ = weight; }
  uint32_t active() const { return active_; }
  size_t connections() const { return connections_.size(); }
  // Kept HTTP/1 connections that serve nothing.
  size_t idle() const { return idle_.size(); }
  // Closes the kept connection that was unused for the longest; false when there is none.
  bool close_idle();

  // Connecting failed so recently that others are tried first. Doubles from 100 ms to 10 s with each failure.
  bool avoided(Instant now) const { return now < avoid_until_; }
  void connect_failed(Instant now);
  void connect_succeeded() { failures_ = 0, avoid_until_ = {}; }

  // Closes what is idle and lets the rest finish; connections are not kept until resume().
  void drain();
  void resume() { draining_ = false; }
  bool unused() const { return active_ == 0 && connections_.empty() && waiting_ == 0; }

 private:
  friend class Connection;
  async::Task<Acquired> open(const ConnectRules& rules, async::Deadline deadline);
  Connection* take_idle();
  Connection* take_multiplexed();
  void settled(Connection& connection, bool reusable);
  void retire(Connection& connection);
  void sweep();

  async::Loop& loop_;
  net::Address address_;
  std::string text_;
  uint32_t weight_;
  std::shared_ptr<Usage> usage_;
  uint32_t active_ = 0;
  uint32_t failures_ = 0;
  uint32_t waiting_ = 0;
  uint32_t opening_ = 0;  // connections under construction
  Instant avoid_until_;
  Duration idle_timeout_ = Duration::seconds(60);
  std::shared_ptr<tls::ClientSessions> sessions_;
  bool draining_ = false;
  bool connecting_http2_ = false;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;                  // HTTP/1, the last used at the end
  std::vector<std::unique_ptr<Connection>> dead_;  // destroyed on a later turn
  struct Reaper;
  struct Sweeper;
  std::unique_ptr<Reaper> reaper_;
  std::unique_ptr<Sweeper> sweeper_;
  // Those who wait for a connection to become free or for an HTTP/2 session under way.
  struct Waiting;
  std::vector<Waiting*> queue_;
  void wake_waiting(size_t most);
};

// One pooled connection.
class Endpoint::Connection {
 public:
  Connection(Endpoint& owner, std::unique_ptr<codec::ClientConnection> codec, net::Stream& stream, bool http2,
             Hold hold);

  async::Task<Result<codec::Response>> send(codec::SendArgs args);
  bool http2() const { return http2_; }
  uint64_t requests() const { return requests_; }
  // The peer has closed or sent something unasked while the connection was idle: not to be used. One system call.
  bool stale() const;
  // Takes an unused connection out of the pool.
  void discard() { owner_.retire(*this); }

 private:
  friend class Endpoint;
  struct Watch : async::Waiter {
    Connection* connection = nullptr;
  };
  void watch_idle();
  void unwatch_idle();

  Endpoint& owner_;
  Hold hold_;
  net::Stream& stream_;
  std::unique_ptr<codec::ClientConnection> codec_;
  Watch watch_;
  Instant idle_since_;
  uint64_t requests_ = 0;
  uint32_t counted_ = 0;  // of codec_->active(), what active_ of the owner includes
  bool http2_;
};

}  // namespace mesh::service
