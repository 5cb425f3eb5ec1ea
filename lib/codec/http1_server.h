// The downstream side of HTTP/1: reads requests from a stream one after the other and answers them in order. While a
// connection idles it holds no buffer.
#pragma once

#include <string>
#include <string_view>

#include "async/loop.h"
#include "async/task.h"
#include "codec/server.h"
#include "http/head.h"
#include "net/stream.h"

namespace mesh::codec {

class Http1ServerConnection {
 public:
  // `stream` and `handler` outlive the connection.
  Http1ServerConnection(net::Stream& stream, ServerHandler& handler, const ServerLimits& limits, http::Scheme scheme)
      : stream_(stream), handler_(handler), limits_(limits), scheme_(scheme) {}

  enum class End : uint8_t {
    closed,  // the stream is done with
    http2,   // the client opened with the HTTP/2 preface: received() must be handed to an Http2ServerConnection
  };
  // Serves until the connection ends. `accept_http2`: look for the HTTP/2 preface instead of refusing it.
  async::Task<End> run(bool accept_http2);
  // Bytes received but not used, after End::http2.
  std::string_view received() const { return carry_; }

  // Closes an idle connection now, a busy one after the response under way. Safe to call at any time.
  void drain();

 private:
  class Stream;
  enum class Next : uint8_t { keep_alive, close, http2 };

  async::Task<Next> serve_one();
  async::Task<Next> finish_request(Stream& request);
  async::Task<void> incomplete(Errc why, size_t received);
  async::Task<void> refuse(Rejection rejection);
  async::Task<void> linger();
  bool may_keep_alive() const {
    return !draining_ && handler_.keep_alive() && served_ < limits_.requests_per_connection;
  }

  net::Stream& stream_;
  ServerHandler& handler_;
  const ServerLimits& limits_;
  std::string carry_;  // bytes of the next request that came with the last one
  uint32_t served_ = 0;
  http::Scheme scheme_;
  bool accept_http2_ = false;
  bool draining_ = false;
  bool idle_ = false;
};

}  // namespace mesh::codec
