#include "service/endpoint.h"

#include <sys/socket.h>

#include <algorithm>

#include "codec/http1_client.h"
#include "codec/http2_client.h"
#include "net/tcp.h"
#include "tls/stream.h"

namespace mesh::service {

namespace {
const codec::ClientLimits kClientLimits;
constexpr Duration kSweep = Duration::seconds(5);
}  // namespace

struct Endpoint::Reaper : async::Waiter {
  explicit Reaper(Endpoint& owner) : endpoint(owner) {
    set_fire([](async::Waiter& w) {
      auto dead = std::exchange(static_cast<Reaper&>(w).endpoint.dead_, {});
      dead.clear();
    });
  }
  Endpoint& endpoint;
};

struct Endpoint::Sweeper : async::Timer {
  explicit Sweeper(Endpoint& owner) : endpoint(owner) {
    set_fire([](async::Timer& t) { static_cast<Sweeper&>(t).endpoint.sweep(); });
  }
  Endpoint& endpoint;
};

struct Endpoint::Waiting {
  explicit Waiting(Endpoint& owner) : endpoint(owner), event(owner.loop_) {
    endpoint.queue_.push_back(this);
    ++endpoint.waiting_;
  }
  ~Waiting() {
    std::erase(endpoint.queue_, this);
    --endpoint.waiting_;
  }
  Endpoint& endpoint;
  async::Event event;
};

Endpoint::Connection::Connection(Endpoint& owner, std::unique_ptr<codec::ClientConnection> codec, net::Stream& stream,
                                 bool http2, Hold hold)
    : owner_(owner), hold_(std::move(hold)), stream_(stream), codec_(std::move(codec)), http2_(http2) {
  watch_.connection = this;
  watch_.set_fire([](async::Waiter& w) {
    // An idle HTTP/1 connection that becomes readable was closed, or spoke out of turn.
    Connection& self = *static_cast<Watch&>(w).connection;
    std::erase(self.owner_.idle_, &self);
    self.owner_.retire(self);
  });
  codec_->on_idle = [this](bool reusable) { owner_.settled(*this, reusable); };
}

async::Task<Result<codec::Response>> Endpoint::Connection::send(codec::SendArgs args) {
  ++requests_;
  ++counted_;
  ++owner_.active_;
  owner_.usage_->requests.fetch_add(1, std::memory_order_relaxed);
  return codec_->send(std::move(args));
}

void Endpoint::Connection::watch_idle() { stream_.readiness().reader = &watch_; }

void Endpoint::Connection::unwatch_idle() {
  auto& readiness = stream_.readiness();
  if (readiness.reader == &watch_) readiness.reader = nullptr;
}

bool Endpoint::Connection::stale() const {
  if (http2_) return false;
  char byte;
  ssize_t n = recv(stream_.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n >= 0 || errno != EAGAIN;
}

Endpoint::Endpoint(async::Loop& loop, net::Address address, uint32_t weight, std::shared_ptr<Usage> usage)
    : loop_(loop),
      address_(address),
      text_(address.to_string()),
      weight_(weight),
      usage_(std::move(usage)),
      reaper_(std::make_unique<Reaper>(*this)),
      sweeper_(std::make_unique<Sweeper>(*this)) {}

Endpoint::~Endpoint() {
  for (auto& connection : connections_) {
    connection->unwatch_idle();
    connection->codec_->on_idle = nullptr;
    usage_->requests.fetch_sub(connection->counted_, std::memory_order_relaxed);
  }
}

void Endpoint::connect_failed(Instant now) {
  Duration pause = Duration::milliseconds(100) * (int64_t{1} << std::min<uint32_t>(failures_, 7));
  avoid_until_ = now + std::min(pause, Duration::seconds(10));
  ++failures_;
}

Endpoint::Connection* Endpoint::take_idle() {
  while (!idle_.empty()) {
    Connection* connection = idle_.back();
    idle_.pop_back();
    connection->unwatch_idle();
    if (connection->codec_->available() && !connection->stream_.readiness().hangup) return connection;
    retire(*connection);
  }
  return nullptr;
}

Endpoint::Connection* Endpoint::take_multiplexed() {
  Connection* best = nullptr;
  for (auto& connection : connections_) {
    if (!connection->http2_ || !connection->codec_->available()) continue;
    if (best == nullptr || connection->codec_->active() < best->codec_->active()) best = connection.get();
  }
  return best;
}

async::Task<Endpoint::Acquired> Endpoint::acquire(const ConnectRules& rules, bool fresh, async::Deadline deadline) {
  idle_timeout_ = rules.idle_timeout;
  Hold pending;
  bool queued = false;
  for (;;) {
    if (!fresh) {
      Connection* shared_session = rules.protocol == config::UpstreamProtocol::http1 ? nullptr : take_multiplexed();
      if (Connection* connection = shared_session) co_return Acquired{connection, true, connection->http2()};
      if (Connection* connection = take_idle()) co_return Acquired{connection, true, connection->http2()};
    }
    bool full = usage_->connections.load(std::memory_order_relaxed) >= rules.max_connections;
    // One session under construction serves all who come meanwhile.
    bool shared = connecting_http2_ && rules.protocol != config::UpstreamProtocol::http1;
    if (!full && !shared) break;
    if (full && connections_.empty() && opening_ == 0)
      co_return Acquired{
          nullptr, false, false, AcquireFailure::overload_connections, {Errc::limit, 0, "too many connections"}};
    // Who was woken too late for the connection waits on in the place it has.
    queued = queued || Hold::take(usage_->pending, rules.max_pending, pending);
    if (!queued)
      co_return Acquired{
          nullptr, false, false, AcquireFailure::overload_pending, {Errc::limit, 0, "too many pending requests"}};
    Waiting waiting(*this);
    async::Deadline patience = async::Deadline::in(loop_.now(), rules.connect_timeout).sooner(deadline);
    auto woken = co_await waiting.event.wait(patience);
    if (!woken) {
      AcquireFailure why = full ? AcquireFailure::overload_connections : AcquireFailure::timeout;
      co_return Acquired{nullptr, false, false, why, {Errc::timeout, 0, "no connection became free in time"}};
    }
    fresh = false;
  }
  pending.release();
  co_return co_await open(rules, deadline);
}

async::Task<Endpoint::Acquired> Endpoint::open(const ConnectRules& rules, async::Deadline deadline) {
  Hold hold(usage_->connections);
  ++waiting_;
  ++opening_;
  struct Leave {
    Endpoint& endpoint;
    bool multiplexed;
    bool opened = false;
    ~Leave() {
      --endpoint.waiting_;
      --endpoint.opening_;
      if (multiplexed) {
        endpoint.connecting_http2_ = false;
        endpoint.wake_waiting(SIZE_MAX);
      } else if (!opened) {
        // Nothing came of it: the room it took is another's.
        endpoint.wake_waiting(1);
      }
    }
  } leave{*this, rules.protocol != config::UpstreamProtocol::http1};
  if (leave.multiplexed) connecting_http2_ = true;
  Opened opened = co_await open_stream(rules, deadline);
  if (!opened.stream) co_return Acquired{nullptr, false, false, opened.failure, std::move(opened.error)};
  net::Stream& raw = *opened.stream;
  std::unique_ptr<codec::ClientConnection> codec;
  if (opened.http2) {
    codec = std::make_unique<codec::Http2ClientConnection>(std::move(opened.stream), kClientLimits);
  } else {
    codec = std::make_unique<codec::Http1ClientConnection>(std::move(opened.stream), kClientLimits);
  }
  connections_.push_back(std::make_unique<Connection>(*this, std::move(codec), raw, opened.http2, std::move(hold)));
  leave.opened = true;
  co_return Acquired{connections_.back().get(), false, opened.http2};
}

async::Task<Endpoint::Opened> Endpoint::open_stream(const ConnectRules& rules, async::Deadline deadline) {
  deadline = async::Deadline::in(loop_.now(), rules.connect_timeout).sooner(deadline);
  Opened opened;
  auto connected = co_await net::connect(loop_, address_, deadline);
  if (!connected) {
    Errc code = connected.error().code;
    opened.failure = code == Errc::timeout     ? AcquireFailure::timeout
                     : code == Errc::exhausted ? AcquireFailure::exhausted
                                               : AcquireFailure::connect;
    if (opened.failure != AcquireFailure::exhausted) connect_failed(loop_.now());
    opened.error = std::move(connected.error());
    co_return opened;
  }
  opened.http2 = rules.protocol == config::UpstreamProtocol::h2;
  if (!rules.tls) {
    connect_succeeded();
    opened.stream = std::move(*connected);
    co_return opened;
  }
  if (!sessions_) sessions_ = std::make_shared<tls::ClientSessions>(16);
  tls::TlsStream::Target target{rules.server_name, text_, sessions_};
  auto secured = tls::TlsStream::connect(rules.tls, std::move(*connected), target);
  Status shaken;
  if (secured) {
    shaken = co_await (*secured)->handshake(deadline);
  } else {
    shaken = fail(std::move(secured.error()));
  }
  if (!shaken) {
    connect_failed(loop_.now());
    opened.failure = shaken.error().code == Errc::timeout ? AcquireFailure::timeout : AcquireFailure::tls;
    opened.error = std::move(shaken.error());
    co_return opened;
  }
  connect_succeeded();
  if (rules.protocol == config::UpstreamProtocol::automatic) opened.http2 = (*secured)->alpn() == "h2";
  opened.stream = std::move(*secured);
  co_return opened;
}

// A request on the connection has ended, or an HTTP/2 session has.
void Endpoint::settled(Connection& connection, bool reusable) {
  uint32_t now_active = connection.codec_->active();
  if (connection.counted_ > now_active) {
    active_ -= connection.counted_ - now_active;
    usage_->requests.fetch_sub(connection.counted_ - now_active, std::memory_order_relaxed);
    connection.counted_ = now_active;
  }
  if (connection.http2_) {
    if (!reusable && now_active == 0) retire(connection);
    wake_waiting(1);
    return;
  }
  if (!reusable || draining_) {
    retire(connection);
    return;
  }
  connection.idle_since_ = loop_.now();
  connection.watch_idle();
  idle_.push_back(&connection);
  if (!static_cast<async::Timer&>(*sweeper_).armed()) loop_.arm(*sweeper_, loop_.now() + kSweep);
  wake_waiting(1);
}

void Endpoint::retire(Connection& connection) {
  auto at = std::find_if(connections_.begin(), connections_.end(), [&](auto& c) { return c.get() == &connection; });
  if (at == connections_.end()) return;
  connection.unwatch_idle();
  connection.hold_.release();
  connection.codec_->on_idle = nullptr;
  dead_.push_back(std::move(*at));
  *at = std::move(connections_.back());
  connections_.pop_back();
  loop_.schedule(*reaper_);
  wake_waiting(1);
}

bool Endpoint::close_idle() {
  if (idle_.empty()) return false;
  Connection& oldest = *idle_.front();
  idle_.erase(idle_.begin());
  retire(oldest);
  return true;
}

void Endpoint::sweep() {
  Instant now = loop_.now();
  size_t expired = 0;
  while (expired < idle_.size() && idle_[expired]->idle_since_ + idle_timeout_ <= now) ++expired;
  std::vector<Connection*> gone(idle_.begin(), idle_.begin() + static_cast<ptrdiff_t>(expired));
  idle_.erase(idle_.begin(), idle_.begin() + static_cast<ptrdiff_t>(expired));
  for (Connection* connection : gone) retire(*connection);
  if (!idle_.empty()) loop_.arm(*sweeper_, now + kSweep);
}

void Endpoint::drain() {
  draining_ = true;
  for (Connection* connection : std::exchange(idle_, {})) retire(*connection);
  for (size_t i = connections_.size(); i-- > 0;) {
    Connection& connection = *connections_[i];
    connection.codec_->drain();
    if (connection.codec_->active() == 0) retire(connection);
  }
}

void Endpoint::wake_waiting(size_t most) {
  for (Waiting* waiting : queue_) {
    if (waiting->event.is_set()) continue;
    if (most-- == 0) return;
    waiting->event.set();
  }
}

}  // namespace mesh::service
