// The upstream side of HTTP/2: many requests over one connection.
#pragma once

#include <memory>

#include "codec/client.h"
#include "codec/http2_session.h"

namespace mesh::codec {

class Http2ClientConnection final : public ClientConnection, private Http2Session {
 public:
  // Sends preface and SETTINGS with the first flush.
  Http2ClientConnection(std::unique_ptr<net::Stream> stream, const ClientLimits& limits);
  ~Http2ClientConnection() override;

  async::Task<Result<Response>> send(SendArgs args) override;
  bool available() const override;
  uint32_t active() const override { return active_; }
  void drain() override { draining_ = true; }

 private:
  class Stream;
  struct Guard;

  bool is_open(int32_t stream_id) override { return find(stream_id) != nullptr; }
  void data_on_closed(int32_t stream_id) override;
  void frame_begins(const nghttp2_frame_hd& header) override;
  int frame_received(const nghttp2_frame& frame) override;
  int frame_sent(const nghttp2_frame& frame) override;
  int begin_headers(const nghttp2_frame& frame) override;
  int header(const nghttp2_frame& frame, std::string_view name, std::string_view value) override;
  int data(int32_t stream_id, std::string_view bytes) override;
  void stream_closed(int32_t stream_id, uint32_t code) override;
  void settle() override {}

  async::Task<void> run();
  async::Task<void> read_loop();
  async::Task<Status> wait_for_head(Stream& stream, SendArgs& args);
  async::Task<Status> wait_for_settings(async::Deadline deadline);
  int submit(Stream& stream, SendArgs& args);
  void finish(Stream& stream);
  bool is_over(int32_t stream_id) const;
  void fail_all();
  void pass_interim(Stream& stream);
  Stream* find(int32_t id);

  std::unique_ptr<net::Stream> owned_;
  const ClientLimits& limits_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<std::unique_ptr<Stream>> orphans_;  // given up, but nghttp2 still has frames that name them
  async::Event settings_;                         // the peer's first SETTINGS have come
  EventBudget resets_;
  EventBudget controls_;
  uint32_t active_ = 0;
  uint32_t empty_frames_ = 0;
  uint32_t continuations_ = 0;
  std::array<int32_t, 256> reset_by_us_{};
  uint32_t reset_at_ = 0;
  int32_t goaway_last_ = INT32_MAX;
  bool dead_ = false;
  bool draining_ = false;
  bool peer_gone_ = false;
  async::Scope scope_;
  async::Scope reading_;
};

}  // namespace mesh::codec
