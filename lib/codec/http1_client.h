// The upstream side of HTTP/1: one request at a time over a kept-alive stream.
#pragma once

#include <memory>
#include <optional>

#include "async/wait.h"
#include "codec/client.h"
#include "codec/http1_body.h"
#include "net/stream.h"

namespace mesh::codec {

class Http1ClientConnection final : public ClientConnection {
 public:
  Http1ClientConnection(std::unique_ptr<net::Stream> stream, const ClientLimits& limits);
  ~Http1ClientConnection() override;

  async::Task<Result<Response>> send(SendArgs args) override;
  bool available() const override { return active_ == 0 && reusable_ && !draining_; }
  uint32_t active() const override { return active_; }
  void drain() override { draining_ = true; }

  net::Stream& stream() { return *stream_; }

 private:
  class ResponseBody;
  struct Guard;

  async::Task<Status> start(SendArgs& args);
  async::Task<Status> write_content(Chunk chunk, std::string_view head);
  async::Task<void> pump(SendProgress* progress);
  async::Task<Result<size_t>> receive(const SendArgs& args, std::span<char> into);
  async::Task<Status> receive_head(SendArgs& args, Response& response, std::span<char>& rest);
  void finish(bool clean);

  std::unique_ptr<net::Stream> stream_;
  const ClientLimits& limits_;
  std::unique_ptr<ResponseBody> response_;  // of the exchange under way, when its response has content
  BodyPtr request_body_;
  http::Framing request_framing_;
  uint64_t request_left_ = 0;
  std::optional<Error> request_error_;  // the request's own body failed: the exchange is over
  Instant last_sent_;
  Duration idle_;
  uint32_t active_ = 0;
  bool pumping_ = false;
  bool reusable_ = true;
  bool draining_ = false;
  bool trailers_wanted_ = false;
  async::Scope scope_;
};

}  // namespace mesh::codec
