#include "proxy/http_connection.h"

#include "codec/http1_server.h"
#include "codec/http2_server.h"
#include "proxy/reply.h"
#include "tls/stream.h"

namespace mesh::proxy {

using exchange::EndReason;
using exchange::Exchange;

// Passes 1xx responses on to the client.
class HttpConnection::Interim final : public codec::InterimSink {
 public:
  explicit Interim(codec::ServerStream& stream) : stream_(stream) {}
  async::Task<Status> interim(const http::ResponseHead& head) override { return stream_.send_interim(head); }

 private:
  codec::ServerStream& stream_;
};

// Closes the record however the exchange ends: answered, failed, or cancelled because the client went.
struct HttpConnection::Finish {
  HttpConnection& connection;
  Exchange& exchange;
  codec::ServerStream& stream;
  bool ended = false;

  Finish(HttpConnection& c, Exchange& x, codec::ServerStream& s) : connection(c), exchange(x), stream(s) {
    connection.worker_.shared().exchanges.fetch_add(1, std::memory_order_relaxed);
  }
  ~Finish() {
    exchange::Record& record = exchange.record;
    if (!ended && record.reason == EndReason::ok) record.reason = EndReason::downstream_reset;
    record.bytes_in = stream.bytes_received();
    record.bytes_out = stream.bytes_sent();
    record.ended = exchange.loop.now();
    connection.worker_.shared().exchanges.fetch_sub(1, std::memory_order_relaxed);
    connection.worker_.telemetry().finish(connection.worker_.index(), record);
  }
};

HttpConnection::HttpConnection(Worker& worker, Worker::ListenerState& listener, net::Address peer)
    : worker_(worker), listener_(listener) {
  facts_.peer = peer;
  facts_.client_ip = peer.ip();
  facts_.peer_is_trusted_proxy = is_trusted_proxy(listener.plan->config, peer);
  worker_.connection_opened(*this);
}

HttpConnection::~HttpConnection() { worker_.connection_closed(*this); }

async::Task<void> HttpConnection::run(std::unique_ptr<net::Stream> socket) {
  // The listener's plan may be replaced by a reload; what this connection was accepted under stays with it.
  std::shared_ptr<const Snapshot> snapshot = listener_.snapshot;
  const ListenerPlan& plan = *listener_.plan;
  bool http2 = false;
  if (plan.tls) {
    auto secured = tls::TlsStream::accept(plan.tls, std::move(socket));
    if (!secured) co_return;
    tls::TlsStream& tls = **secured;
    stream_ = std::move(*secured);
    auto shaken =
        co_await tls.handshake(async::Deadline::in(worker_.loop().now(), plan.config.limits.handshake_timeout));
    if (!shaken) {
      worker_.telemetry().handshake_failed(worker_.index(), listener_.name, shaken.error().message);
      co_return;
    }
    tls::TlsFacts facts = tls.facts();
    facts_.scheme = http::Scheme::https;
    facts_.sni = std::move(facts.sni);
    facts_.tls_version = facts.version;
    facts_.tls_cipher = facts.cipher;
    if (facts.peer) facts_.peer_identity = facts.peer->uris.empty() ? facts.peer->subject : facts.peer->uris.front();
    http2 = facts.alpn == "h2";
  } else {
    stream_ = std::move(socket);
  }
  std::string received;
  if (!http2) {
    bool h2_allowed = !plan.tls && codec_allowed(plan, config::ListenerProtocol::h2);
    codec::Http1ServerConnection http1(*stream_, *this, plan.limits, facts_.scheme);
    http1_ = &http1;
    auto end = co_await http1.run(h2_allowed);
    http1_ = nullptr;
    if (end == codec::Http1ServerConnection::End::closed) co_return;
    received = http1.received();
  }
  codec::Http2ServerConnection session(*stream_, *this, plan.limits, facts_.scheme);
  http2_ = &session;
  co_await session.run(received);
  http2_ = nullptr;
}

bool HttpConnection::codec_allowed(const ListenerPlan& plan, config::ListenerProtocol protocol) {
  for (auto allowed : plan.config.protocols)
    if (allowed == protocol) return true;
  return false;
}

void HttpConnection::drain() {
  if (http1_ != nullptr) http1_->drain();
  if (http2_ != nullptr) http2_->drain();
}

void HttpConnection::begin_record(Exchange& exchange) const {
  exchange::Record& record = exchange.record;
  const http::RequestHead& request = exchange.request;
  record.started = exchange.loop.now();
  record.wall_ns = exchange.loop.wall_ns();
  record.listener = listener_.name;
  record.method = request.method_text;
  record.target = request.target;
  record.version = request.version;
  record.client = facts_.client_ip;
  record.user_agent = request.headers.value(http::HeaderId::user_agent);
  record.sni = facts_.sni;
  record.tls_version = facts_.tls_version;
  record.peer_identity = facts_.peer_identity;
}

// The life of a request, in order.
async::Task<void> HttpConnection::serve(codec::ServerStream& stream) {
  std::shared_ptr<const Snapshot> snapshot = listener_.snapshot;
  const ListenerPlan& listener = *listener_.plan;
  Exchange exchange(worker_.loop(), stream.arena(), worker_.random(), stream.request(), facts_);
  Finish finish(*this, exchange, stream);
  begin_record(exchange);

  Plan plan = plan_request(*snapshot, listener, exchange);
  codec::Response response = co_await answer(exchange, stream, plan);
  for (size_t i = plan.filters_passed; i-- > 0;) plan.route->filters[i]->on_response(exchange, response);

  if (exchange.record.reason == EndReason::bad_request) stream.close_after();
  exchange.record.status = response.head.status;
  exchange.record.responded = exchange.loop.now();
  auto sent = co_await stream.respond(response.head, std::move(response.body));
  if (!sent && exchange.record.reason == EndReason::ok) {
    // Who broke off: the client's stream ends with an I/O error, everything else came from the body.
    exchange.record.reason = stream.downstream_failed()           ? EndReason::downstream_reset
                             : sent.error().code == Errc::timeout ? EndReason::upstream_timeout
                                                                  : EndReason::upstream_reset;
  }
  finish.ended = true;
}

async::Task<codec::Response> HttpConnection::answer(Exchange& exchange, codec::ServerStream& stream, Plan& plan) {
  if (plan.answer) co_return std::move(*plan.answer);
  Interim interim(stream);
  auto result = co_await worker_.service(*listener_.snapshot, plan.backend->service)
                    .send(exchange, plan.backend->policy, stream.take_body(), &interim);
  if (result) co_return std::move(*result);
  exchange.record.detail = exchange.arena.copy(result.error().message);
  // The client's own content was at fault, not the upstream.
  if (auto failure = stream.body_failure()) {
    exchange.record.reason = *failure == Errc::timeout ? EndReason::downstream_timeout
                             : *failure == Errc::limit ? EndReason::payload_too_large
                             : *failure == Errc::reset ? EndReason::downstream_reset
                                                       : EndReason::bad_request;
  }
  co_return make_reply(exchange, exchange.record.reason);
}

void HttpConnection::rejected(const codec::Rejection& rejection) {
  worker_.telemetry().rejected(worker_.index(), listener_.name, facts_.client_ip, rejection, worker_.loop().wall_ns());
}

}  // namespace mesh::proxy
