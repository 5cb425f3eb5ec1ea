// One connection of the echo upstream: TLS if the listener has it, then HTTP/1.1 or HTTP/2 by what the client speaks.
#pragma once

#include <memory>
#include <string>

#include "async/loop.h"
#include "base/random.h"
#include "cmd/echo/wishes.h"
#include "codec/server.h"
#include "document/json.h"
#include "http/date.h"
#include "net/address.h"
#include "net/stream.h"
#include "tls/context.h"

namespace mesh::echo {

// What all connections of the process share; outlives them.
struct Instance {
  async::Loop& loop;
  Random random;
  http::DateCache dates;
  std::string name;
  Wishes wishes;  // of the flags
  codec::ServerLimits limits;
  std::shared_ptr<const tls::ServerContext> tls;  // null for plaintext
  bool tcp = false;                               // bytes come back as they are
};

class Connection final : public codec::ServerHandler {
 public:
  Connection(Instance& instance, net::Address peer) : instance_(instance), peer_(peer) {}

  // Serves the connection to its end.
  async::Task<void> run(std::unique_ptr<net::Stream> stream);

  // codec::ServerHandler
  async::Task<void> serve(codec::ServerStream& stream) override;
  void rejected(const codec::Rejection&) override {}
  std::string_view date() override { return instance_.dates.at(instance_.loop.wall_ns()); }

 private:
  // What came of a request's content, read to its end.
  struct Arrived {
    uint64_t size = 0;
    std::string sha256;
    std::string text;  // while it is short
    document::Json trailers;
  };
  async::Task<Result<Arrived>> read_content(codec::BodyPtr body);
  async::Task<void> serve_grpc(codec::ServerStream& stream, Wishes wishes);
  async::Task<void> serve_websocket(codec::ServerStream& stream);
  async::Task<void> serve_http(codec::ServerStream& stream, Wishes wishes);
  async::Task<void> refuse(codec::ServerStream& stream, int status, std::string message);
  std::string describe(const http::RequestHead& request, const Arrived& arrived) const;

  Instance& instance_;
  net::Address peer_;
  http::Scheme scheme_ = http::Scheme::http;
  std::string sni_, tls_version_, alpn_, client_certificate_;
};

}  // namespace mesh::echo
