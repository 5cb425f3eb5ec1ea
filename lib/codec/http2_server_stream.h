// One request of an HTTP/2 server connection; known only to that connection.
#pragma once

#include <string>

#include "codec/http2_server.h"

namespace mesh::codec {

// One request: its head as it is decoded, its content both ways, and the handler that answers it.
class Http2ServerConnection::Stream final : public ServerStream, private Body {
 public:
  Stream(Http2ServerConnection& connection, int32_t stream_id)
      : id(stream_id),
        scope(connection.loop()),
        connection_(connection),
        memory_(connection.loop().blocks()),
        head_(memory_),
        trailers_(memory_),
        source_(connection.loop()),
        arrival_(connection.loop()),
        closure_(connection.loop()) {
    request_ = &head_;
    arena_ = &memory_;
    head_.version = http::Version::http2;
    head_.scheme = connection.scheme_;
  }

  int32_t id;
  bool closed = false;   // nghttp2 is done with it
  bool handled = false;  // the handler has ended
  bool too_large = false;
  bool other_expectation = false;
  bool bad_host = false;
  bool taken = false;    // the head is whole, and was judged
  bool refused = false;  // by us, with a status
  bool in_trailers = false;
  bool ended_by_us = false;  // END_STREAM or RST_STREAM was sent
  uint32_t fields = 0;
  uint32_t field_bytes = 0;
  async::Scope scope;  // the handler

  // While the head is decoded.
  void add_field(std::string_view name, std::string_view value);
  bool finish_head(bool ended);

  // Content that arrived.
  void arrived(std::string_view bytes) {
    input_.arrived.append(bytes);
    bytes_received_ += bytes.size();
    moved_ = connection_.loop().now();
    arrival_.set();
  }
  void content_ended() {
    input_.ended = true;
    arrival_.set();
  }
  void stream_ended(uint32_t code) {
    closed = true;
    code_ = code;
    arrival_.set();
    source_.room.set();
    closure_.set();
  }
  void response_sent() { closure_.set(); }
  uint64_t unread() const { return input_.arrived.size() + input_.handed.size(); }
  bool responded() const { return responded_; }
  std::string_view line() const { return head_.target; }
  void count_head(size_t bytes) { bytes_received_ += bytes; }

  BodyPtr take_body() override {
    if (!head_.framing.has_body() && head_.upgrade.empty()) return nullptr;
    return BodyPtr(this);
  }
  async::Task<Status> send_interim(const http::ResponseHead& head) override {
    if (closed || responded_ || interim_++ >= kMaxInterim) co_return Status{};
    std::string_view status = memory_.copy(std::to_string(head.status));
    std::vector<nghttp2_nv> fields_out{pair(":status", status)};
    add_fields(fields_out, head.headers, memory_);
    // Copied by nghttp2: the head may be gone when the frame is sent.
    for (nghttp2_nv& nv : fields_out) nv.flags = NGHTTP2_NV_FLAG_NONE;
    nghttp2_submit_headers(connection_.session(), NGHTTP2_FLAG_NONE, id, nullptr, fields_out.data(), fields_out.size(),
                           nullptr);
    connection_.flush();
    co_return Status{};
  }
  async::Task<Status> respond(http::ResponseHead& head, BodyPtr body) override;
  void close_after() override {}

  Source& source() { return source_; }

 private:
  static constexpr uint32_t kMaxInterim = 8;

  void release() noexcept override {
    // What was not read is not asked for again; the stream ends with the response.
    discard_ = true;
    take_over(input_.arrived.size() + input_.handed.size());
    input_.arrived.clear();
    input_.handed.clear();
  }
  bool ready() const override { return !input_.arrived.empty() || input_.ended; }
  const http::Headers* trailers() const override { return trailers_.empty() ? nullptr : &trailers_; }
  async::Task<Result<Chunk>> pull() override;
  // Tells the peer that `size` bytes have been dealt with.
  void take_over(size_t size) {
    // A stream that is closed was settled when it closed.
    if (size == 0 || closed) return;
    connection_.dealt_with(size);
    if (!closed) {
      nghttp2_session_consume_stream(connection_.session(), id, size);
      connection_.flush();
    }
  }
  async::Task<Status> send_content(BodyPtr body, http::Framing framing);
  async::Task<Status> wait_until_sent();

  Http2ServerConnection& connection_;
  Arena memory_;
  http::RequestHead head_;
  http::Headers trailers_;
  Http2Input input_;
  Source source_;
  async::Event arrival_;
  async::Event closure_;
  std::string cookie_;
  std::string_view host_;
  Instant moved_;  // content went, either way
  uint32_t code_ = 0;
  uint32_t interim_ = 0;
  bool has_length_ = false;
  bool responded_ = false;
  bool discard_ = false;
  bool tunnel_ = false;
};

}  // namespace mesh::codec
