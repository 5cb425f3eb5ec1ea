#include "codec/http2_server_stream.h"

#include <algorithm>

#include "base/text.h"
#include "codec/http1_parse.h"
#include "http/chars.h"

namespace mesh::codec {

namespace {

constexpr uint32_t kMaxContinuations = 8;
constexpr uint32_t kMaxHeaderBlock = 32 * 1024;  // encoded
constexpr uint32_t kMaxEmptyFrames = 8;
constexpr uint32_t kControlBurst = 10'000;
constexpr uint32_t kControlsPerSecond = 100;
constexpr uint32_t kFieldOverhead = 32;
constexpr uint64_t kMaxBuffered = 2 * 1024 * 1024;
constexpr Duration kGoawayPause = Duration::milliseconds(100);
constexpr Duration kLastWrite = Duration::seconds(2);
constexpr Duration kLinger = Duration::seconds(1);
constexpr uint64_t kMaxLingering = 1024 * 1024;

}  // namespace

Http2ServerConnection::Http2ServerConnection(net::Stream& stream, ServerHandler& handler, const ServerLimits& limits,
                                             http::Scheme scheme)
    : Http2Session(stream, true),
      handler_(handler),
      limits_(limits),
      scheme_(scheme),
      scope_(stream.loop()),
      reading_(stream.loop()),
      resets_(limits.h2_reset_burst, limits.h2_reset_per_second),
      controls_(kControlBurst, kControlsPerSecond) {
  reaper_.connection = this;
  reaper_.set_fire([](async::Waiter& w) {
    Http2ServerConnection& self = *static_cast<Reaper&>(w).connection;
    std::erase_if(self.streams_, [](const auto& s) { return s->closed && s->handled; });
    if (self.streams_.empty()) self.idle_since_ = self.loop().now();
  });
}

Http2ServerConnection::~Http2ServerConnection() {
  // Handlers first: they use the session.
  reading_.cancel();
  scope_.cancel();
  for (auto& stream : streams_) stream->scope.cancel();
}

async::Task<void> Http2ServerConnection::run(std::string_view received) {
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  configure(option);
  open(true, option);
  nghttp2_option_del(option);
  std::array<nghttp2_settings_entry, 4> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.h2_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits_.h2_stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits_.head_bytes},
      {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
  }};
  nghttp2_submit_settings(session(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session(), NGHTTP2_FLAG_NONE, 0,
                                        static_cast<int32_t>(limits_.h2_connection_window));
  idle_since_ = loop().now();
  scope_.spawn(write_loop(limits_.write_idle));
  reading_.spawn(read_loop(received));
  (void)co_await ended();
  reading_.cancel();
  for (auto& stream : streams_) stream->scope.cancel();
  if (!peer_gone_ && !write_dead_) co_await write_last(kLastWrite);
  scope_.cancel();
  stream_.shutdown_write();
  if (!blamed() || peer_gone_ || write_dead_) co_return;
  // The client may still be sending: let it see GOAWAY before the connection is cut.
  async::Deadline linger = async::Deadline::in(loop().now(), kLinger);
  for (uint64_t drained = 0; drained < kMaxLingering;) {
    auto n = co_await stream_.read(loop().bulk(), linger);
    if (!n || *n == 0) break;
    drained += *n;
  }
}

async::Task<void> Http2ServerConnection::read_loop(std::string_view received) {
  bool alive = received.empty() ? (flush(), true) : feed(received);
  while (alive) {
    watch_block();
    auto n = co_await stream_.read(loop().bulk(), read_deadline());
    if (!n && n.error().code == Errc::timeout) {
      if (read_deadline().at > loop().now()) continue;
      // Idle for too long, or a header block that does not end.
      uint32_t code = block_since_.ns != 0 ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR;
      doom(code, "idle");
      nghttp2_session_terminate_session(session(), code);
      break;
    }
    peer_gone_ = !n || *n == 0;
    if (peer_gone_) break;
    alive = feed({loop().bulk().data(), *n});
  }
  end();
}

// How long the header block that is being received has taken so far (threats RS-01).
void Http2ServerConnection::watch_block() {
  if (!scanner().block_open()) {
    block_since_ = {};
  } else if (block_since_.ns == 0 || block_ != scanner().blocks()) {
    block_since_ = loop().now();
    block_ = scanner().blocks();
  }
}

async::Deadline Http2ServerConnection::read_deadline() {
  if (block_since_.ns != 0) return async::Deadline::in(block_since_, limits_.head_timeout);
  if (streams_.empty()) return async::Deadline::in(idle_since_, limits_.keep_alive_idle);
  return {};
}

void Http2ServerConnection::drain() {
  if (draining_ || session() == nullptr) return;
  draining_ = true;
  nghttp2_submit_shutdown_notice(session());
  flush();
  scope_.spawn(finish_drain());
}

// Streams that were opened before the client saw the notice are still taken (RFC 9113 §6.8).
async::Task<void> Http2ServerConnection::finish_drain() {
  co_await async::sleep_for(loop(), kGoawayPause);
  nghttp2_submit_goaway(session(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session()),
                        NGHTTP2_NO_ERROR, nullptr, 0);
  flush();
}

Http2ServerConnection::Stream* Http2ServerConnection::find(int32_t id) {
  return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session(), id));
}

// Frames for streams that are over: nghttp2 passes over them in silence, RFC 9113 §5.1 does not. What was on its way
// when we reset the stream is no fault of the client.
void Http2ServerConnection::data_on_closed(int32_t id) {
  if (id % 2 == 0 || id > last_id_) return;
  if (std::find(reset_by_us_.begin(), reset_by_us_.end(), id) != reset_by_us_.end()) return;
  doom(NGHTTP2_STREAM_CLOSED, "DATA on a closed stream");
}

void Http2ServerConnection::check_closed_stream(const nghttp2_frame_hd& header) {
  int32_t id = header.stream_id;
  if (header.type != NGHTTP2_HEADERS || id % 2 == 0 || id > last_id_ || find(id) != nullptr) return;
  if (std::find(reset_by_us_.begin(), reset_by_us_.end(), id) != reset_by_us_.end()) return;
  bool was_open = std::find(opened_.begin(), opened_.end(), id) != opened_.end();
  doom(was_open ? NGHTTP2_STREAM_CLOSED : NGHTTP2_PROTOCOL_ERROR, "HEADERS on a closed stream");
}

void Http2ServerConnection::check_floods(const nghttp2_frame_hd& header) {
  bool empty = header.length == 0 && (header.type == NGHTTP2_HEADERS || header.type == NGHTTP2_CONTINUATION ||
                                      (header.type == NGHTTP2_DATA && (header.flags & NGHTTP2_FLAG_END_STREAM) == 0));
  // A frame with padding is looked at when it has come: it may hold nothing else.
  bool padded = header.type == NGHTTP2_DATA && (header.flags & NGHTTP2_FLAG_PADDED) != 0;
  if (empty) {
    ++empty_frames_;
  } else if (header.length > 0 && !padded) {
    empty_frames_ = 0;
  }
  if (empty_frames_ > kMaxEmptyFrames) doom(NGHTTP2_ENHANCE_YOUR_CALM, "empty frames");
  uint64_t streams = served_ + 1;
  switch (header.type) {
    case NGHTTP2_HEADERS:
      continuations_ = 0;
      header_bytes_ = static_cast<uint32_t>(header.length);
      break;
    case NGHTTP2_CONTINUATION:
      header_bytes_ += static_cast<uint32_t>(header.length);
      if (++continuations_ > kMaxContinuations || header_bytes_ > kMaxHeaderBlock)
        doom(NGHTTP2_ENHANCE_YOUR_CALM, "header block");
      break;
    case NGHTTP2_PRIORITY:
      if (++priorities_ > 100 * (1 + streams)) doom(NGHTTP2_ENHANCE_YOUR_CALM, "priority frames");
      break;
    case NGHTTP2_WINDOW_UPDATE:
      if (++window_updates_ > 5 + 2 * (streams + 10 * data_frames_) + 1000)
        doom(NGHTTP2_ENHANCE_YOUR_CALM, "window updates");
      break;
    case NGHTTP2_DATA:
      controls_.earn();
      break;
    case NGHTTP2_RST_STREAM:
      if (!resets_.take(loop().now())) doom(NGHTTP2_ENHANCE_YOUR_CALM, "resets");
      break;
    default:
      // PING, SETTINGS, and kinds that nobody knows.
      if (!controls_.take(loop().now())) doom(NGHTTP2_ENHANCE_YOUR_CALM, "control frames");
      break;
  }
}

void Http2ServerConnection::frame_begins(const nghttp2_frame_hd& header) {
  check_closed_stream(header);
  check_floods(header);
}

int Http2ServerConnection::begin_headers(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_HEADERS) return 0;
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) {
    if (Stream* stream = find(frame.hd.stream_id)) {
      stream->in_trailers = true;
      stream->fields = stream->field_bytes = 0;
    }
    return 0;
  }
  streams_.push_back(std::make_unique<Stream>(*this, frame.hd.stream_id));
  Stream* stream = streams_.back().get();
  stream->handled = true;  // until a handler is started
  nghttp2_session_set_stream_user_data(session(), frame.hd.stream_id, stream);
  last_id_ = frame.hd.stream_id;
  opened_[opened_at_++ % opened_.size()] = last_id_;
  ++served_;
  return 0;
}

int Http2ServerConnection::header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  stream->field_bytes += static_cast<uint32_t>(name.size() + value.size()) + kFieldOverhead;
  if (++stream->fields > limits_.head_fields + 4 || stream->field_bytes > limits_.head_bytes) {
    // Decoded on, so that the compression state stays in step, but no longer kept (threats H2-04).
    stream->too_large = true;
    return 0;
  }
  if (!stream->too_large) stream->add_field(name, value);
  return 0;
}

int Http2ServerConnection::frame_received(const nghttp2_frame& frame) {
  bool ended = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.hd.type == NGHTTP2_HEADERS) {
    Stream* stream = find(frame.hd.stream_id);
    if (stream == nullptr) return 0;
    if (stream->in_trailers) {
      if (stream->too_large) {
        nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_ENHANCE_YOUR_CALM);
      } else if (ended) {
        stream->content_ended();
      }
      return 0;
    }
    take_request(*stream, ended);
  } else if (frame.hd.type == NGHTTP2_DATA) {
    if ((frame.hd.flags & NGHTTP2_FLAG_PADDED) != 0)
      empty_frames_ = frame.hd.length > frame.data.padlen || ended ? 0 : empty_frames_ + 1;
    if (empty_frames_ > kMaxEmptyFrames) doom(NGHTTP2_ENHANCE_YOUR_CALM, "empty frames");
    Stream* stream = ended ? find(frame.hd.stream_id) : nullptr;
    if (stream != nullptr) stream->content_ended();
  }
  return 0;
}

void Http2ServerConnection::take_request(Stream& stream, bool ended) {
  http::RequestHead& head = stream.request();
  stream.taken = true;
  stream.count_head(stream.field_bytes);
  if (stream.too_large) {
    refuse(stream, 431, "header_too_large", "the fields are too large or too many");
  } else if (head.target.size() > limits_.target_bytes) {
    refuse(stream, 414, "uri_too_long", "the target is too long");
  } else if (!stream.finish_head(ended)) {
    refuse(stream, 400, "bad_request", "the request head contradicts itself");
  } else if (stream.other_expectation) {
    refuse(stream, 417, "expectation_failed", "the expectation is not 100-continue");
  } else if (head.extended_connect && head.upgrade != "websocket") {
    refuse(stream, 501, "not_implemented", "only websocket may be asked for");
  } else {
    stream.handled = false;
    begun_.push_back(&stream);
  }
  if (served_ >= limits_.requests_per_connection && !draining_) drain();
}

void Http2ServerConnection::refuse(Stream& stream, int status, std::string_view reason, std::string_view detail) {
  stream.refused = true;
  std::string code = std::to_string(status);
  nghttp2_nv field = pair(":status", code);
  field.flags = NGHTTP2_NV_FLAG_NONE;
  nghttp2_submit_response(session(), stream.id, &field, 1, nullptr);
  Rejection rejection{status, reason, detail, stream.line(), http::Version::http2, stream.bytes_received(), 0};
  handler_.rejected(rejection);
}

int Http2ServerConnection::data(int32_t id, std::string_view bytes) {
  Stream* stream = find(id);
  if (stream == nullptr || stream->handled) {
    nghttp2_session_consume_connection(session(), bytes.size());
    if (stream != nullptr) nghttp2_session_consume_stream(session(), id, bytes.size());
    return 0;
  }
  // The connection's window is kept open while little waits, so that one slow reader does not stop the others; above
  // that it opens again only as content is read.
  buffered_ += bytes.size();
  if (buffered_ <= kMaxBuffered) {
    nghttp2_session_consume_connection(session(), bytes.size());
  } else {
    owed_ += bytes.size();
  }
  stream->arrived(bytes);
  return 0;
}

// Content that waited was read, or is of no interest any more.
void Http2ServerConnection::dealt_with(uint64_t size) {
  buffered_ -= std::min(buffered_, size);
  uint64_t paid = std::min(owed_, size);
  if (paid == 0) return;
  owed_ -= paid;
  nghttp2_session_consume_connection(session(), paid);
  flush();
}

int Http2ServerConnection::frame_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_DATA) {
    ++data_frames_;
    controls_.earn();  // some clients answer content with PING, to measure the way
  }
  bool ends =
      frame.hd.type == NGHTTP2_RST_STREAM || ((frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS) &&
                                              (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0);
  if (ends) {
    if (Stream* stream = find(frame.hd.stream_id)) {
      stream->ended_by_us = frame.hd.type != NGHTTP2_RST_STREAM;
      if (stream->ended_by_us) stream->response_sent();
      // Refused, and its content is still on its way: nobody reads it (RFC 9113 §8.1).
      if (stream->ended_by_us && stream->refused && nghttp2_session_get_stream_remote_close(session(), stream->id) == 0)
        nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
    }
  }
  if (frame.hd.type == NGHTTP2_RST_STREAM) {
    reset_by_us_[reset_at_++ % reset_by_us_.size()] = frame.hd.stream_id;
    // Resets that the client provokes count like its own (threats H2-02).
    bool harmless = frame.rst_stream.error_code == NGHTTP2_NO_ERROR || frame.rst_stream.error_code == NGHTTP2_CANCEL;
    if (!harmless && !resets_.take(loop().now())) {
      nghttp2_session_terminate_session(session(), NGHTTP2_ENHANCE_YOUR_CALM);
    }
  }
  return 0;
}

void Http2ServerConnection::stream_closed(int32_t id, uint32_t code) {
  Stream* stream = find(id);
  if (stream == nullptr) return;
  nghttp2_session_set_stream_user_data(session(), id, nullptr);
  dealt_with(stream->unread());
  if (!stream->taken) {
    // nghttp2 found the head malformed and reset the stream.
    handler_.rejected({400, "bad_request", "the request head breaks the rules of HTTP/2", stream->line(),
                       http::Version::http2, stream->field_bytes, 0});
  }
  bool clean = stream->ended_by_us;
  stream->stream_ended(code);
  // The client gave up, or broke the rules: nobody waits for the handler's work any more.
  if (!clean && !stream->handled) broken_.push_back(stream);
  loop().schedule(reaper_);
}

void Http2ServerConnection::settle() {
  while (!broken_.empty()) {
    Stream* stream = broken_.back();
    broken_.pop_back();
    std::erase(begun_, stream);
    stream->scope.cancel();
    stream->handled = true;
  }
  for (Stream* stream : std::exchange(begun_, {})) {
    if (stream->closed) {
      stream->handled = true;
      continue;
    }
    stream->scope.spawn(run_stream(*stream));
  }
}

async::Task<void> Http2ServerConnection::run_stream(Stream& stream) {
  co_await handler_.serve(stream);
  if (!stream.closed && !stream.responded()) {
    nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_INTERNAL_ERROR);
  } else if (!stream.closed && stream.ended_by_us) {
    // The answer is complete and the request's rest is of no interest (RFC 9113 §8.1).
    nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_NO_ERROR);
  }
  flush();
  stream.handled = true;
  if (!handler_.keep_alive() && !draining_) drain();
  loop().schedule(reaper_);
}

}  // namespace mesh::codec
