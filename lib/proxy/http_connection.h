// One downstream connection that speaks HTTP: from the accepted socket through TLS and the choice of protocol to the
// life of each request. See docs/life-of-a-request.md.
#pragma once

#include <memory>

#include "codec/server.h"
#include "exchange/exchange.h"
#include "net/stream.h"
#include "proxy/plan.h"
#include "proxy/worker.h"

namespace mesh::codec {
class Http1ServerConnection;
class Http2ServerConnection;
}  // namespace mesh::codec

namespace mesh::proxy {

class HttpConnection final : public codec::ServerHandler {
 public:
  HttpConnection(Worker& worker, Worker::ListenerState& listener, net::Address peer);
  ~HttpConnection() override;

  // Serves the connection to its end.
  async::Task<void> run(std::unique_ptr<net::Stream> socket);
  // Finishes what is under way and takes no more.
  void drain();

  // codec::ServerHandler
  async::Task<void> serve(codec::ServerStream& stream) override;
  void rejected(const codec::Rejection& rejection) override;
  std::string_view date() override { return worker_.date(); }
  bool keep_alive() const override { return !worker_.draining() && listener_.socket != nullptr; }

 private:
  friend class Worker;
  class Interim;
  struct Finish;

  async::Task<codec::Response> answer(exchange::Exchange& exchange, codec::ServerStream& stream, Plan& plan);
  static bool codec_allowed(const ListenerPlan& plan, config::ListenerProtocol protocol);
  void begin_record(exchange::Exchange& exchange) const;

  Worker& worker_;
  Worker::ListenerState& listener_;
  exchange::ConnectionFacts facts_;
  std::unique_ptr<net::Stream> stream_;
  codec::Http1ServerConnection* http1_ = nullptr;
  codec::Http2ServerConnection* http2_ = nullptr;
  HttpConnection* prev_ = nullptr;
  HttpConnection* next_ = nullptr;
};

}  // namespace mesh::proxy
