// The downstream side of HTTP/2 (RFC 9113), with WebSocket tunnels (RFC 8441).
#pragma once

#include <string_view>

#include "codec/http2_session.h"
#include "codec/server.h"

namespace mesh::codec {

class Http2ServerConnection final : private Http2Session {
 public:
  // `stream`, `handler` and `limits` outlive the connection.
  Http2ServerConnection(net::Stream& stream, ServerHandler& handler, const ServerLimits& limits, http::Scheme scheme);
  ~Http2ServerConnection() override;

  // Serves until the connection ends. `received` was read before, beginning with the preface.
  async::Task<void> run(std::string_view received);
  // GOAWAY: what is under way may finish, nothing new is taken.
  void drain();

 private:
  class Stream;
  struct Reaper : async::Waiter {
    Http2ServerConnection* connection = nullptr;
  };

  bool is_open(int32_t stream_id) override { return find(stream_id) != nullptr; }
  void data_on_closed(int32_t stream_id) override;
  void frame_begins(const nghttp2_frame_hd& header) override;
  int frame_received(const nghttp2_frame& frame) override;
  int frame_sent(const nghttp2_frame& frame) override;
  int begin_headers(const nghttp2_frame& frame) override;
  int header(const nghttp2_frame& frame, std::string_view name, std::string_view value) override;
  int data(int32_t stream_id, std::string_view bytes) override;
  void stream_closed(int32_t stream_id, uint32_t code) override;
  void settle() override;

  async::Task<void> read_loop(std::string_view received);
  void watch_block();
  void check_closed_stream(const nghttp2_frame_hd& header);
  void check_floods(const nghttp2_frame_hd& header);
  void dealt_with(uint64_t size);
  void take_request(Stream& stream, bool ended);
  void refuse(Stream& stream, int status, std::string_view reason, std::string_view detail);
  async::Task<void> run_stream(Stream& stream);
  async::Task<void> finish_drain();
  async::Deadline read_deadline();
  Stream* find(int32_t id);

  ServerHandler& handler_;
  const ServerLimits& limits_;
  http::Scheme scheme_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<Stream*> begun_;   // requests whose handler is to be started
  std::vector<Stream*> broken_;  // streams whose handler is to be cancelled
  Reaper reaper_;
  async::Scope scope_;  // the writer
  async::Scope reading_;
  EventBudget resets_;
  EventBudget controls_;
  Instant block_since_;  // when an unfinished header block began; 0: none
  uint64_t block_ = 0;   // which one
  Instant idle_since_;
  uint32_t served_ = 0;
  int32_t last_id_ = 0;
  std::array<int32_t, 128> opened_{};  // recent stream ids, to tell closed ones from skipped ones
  std::array<int32_t, 256> reset_by_us_{};
  uint32_t opened_at_ = 0, reset_at_ = 0;
  uint32_t continuations_ = 0;
  uint32_t header_bytes_ = 0;
  uint32_t empty_frames_ = 0;
  uint64_t priorities_ = 0, window_updates_ = 0, data_frames_ = 0;
  uint64_t buffered_ = 0;  // request content that was not pulled yet
  uint64_t owed_ = 0;      // of the connection's window, until content is read
  bool draining_ = false;
  bool peer_gone_ = false;
};

}  // namespace mesh::codec
