#include "http2_client.h"

#include <sys/epoll.h>

#include <string_view>

namespace mesh::bench {
namespace {

constexpr int32_t kWindow = 1 << 20;

Http2Client* self(void* user) { return static_cast<Http2Client*>(user); }

int header_callback(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                    const uint8_t* value, size_t value_size, uint8_t, void* user) {
  std::string_view key(reinterpret_cast<const char*>(name), name_size);
  std::string_view text(reinterpret_cast<const char*>(value), value_size);
  if (key == ":status") self(user)->on_status(frame->hd.stream_id, text == "200");
  return 0;
}

int close_callback(nghttp2_session*, int32_t stream, uint32_t error, void* user) {
  self(user)->on_stream_close(stream, error);
  return 0;
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

Http2Client::Http2Client(const Wiring& wiring)
    : wiring_(wiring), exchanges_(static_cast<size_t>(wiring.options->streams)) {}

bool Http2Client::open() {
  if (!transport_.connect(wiring_.port, wiring_.context, nullptr)) return false;
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, header_callback);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, close_callback);
  nghttp2_session* session = nullptr;
  int made = nghttp2_session_client_new(&session, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) return false;
  session_.reset(session);
  nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow},
                                       {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 2);
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, 16 * kWindow);
  ready_ = false;
  pending_.clear();
  return watch(wiring_.epoll, transport_.fd(), this);
}

void Http2Client::issue() {
  if (!wiring_.meter->may_issue()) return;
  if (!transport_.open() && !open()) {
    ++wiring_.meter->errors;
    transport_.close();
    return;
  }
  submit_free();
  if (ready_) flush();
}

void Http2Client::submit_free() {
  const Options& options = *wiring_.options;
  nghttp2_nv fields[] = {field(":method", "GET"),           field(":scheme", options.tls ? "https" : "http"),
                         field(":authority", options.host), field(":path", options.path),
                         field("user-agent", "bench"),      field("accept", "*/*")};
  for (Exchange& exchange : exchanges_) {
    if (exchange.stream != 0) continue;
    if (!wiring_.meter->may_issue()) return;
    int32_t stream = nghttp2_submit_request(session_.get(), nullptr, fields, std::size(fields), nullptr, nullptr);
    if (stream < 0) return;
    exchange = {stream, now(), false};
    wiring_.meter->begin();
  }
}

void Http2Client::on_status(int32_t stream, bool ok) {
  for (Exchange& exchange : exchanges_) {
    if (exchange.stream == stream) exchange.ok = ok;
  }
}

void Http2Client::on_stream_close(int32_t stream, uint32_t error) {
  for (Exchange& exchange : exchanges_) {
    if (exchange.stream != stream) continue;
    exchange.stream = 0;
    wiring_.meter->finish(exchange.started, exchange.ok && error == NGHTTP2_NO_ERROR);
  }
}

void Http2Client::on_ready(uint32_t) { drive(); }

void Http2Client::drive() {
  if (!transport_.open()) return;
  if (!ready_) {
    Io io = transport_.advance();
    if (io == Io::kWait) return;
    if (io == Io::kClosed) return abandon();
    ready_ = true;
  }
  if (!receive()) return abandon();
  submit_free();
  if (!flush()) abandon();
}

bool Http2Client::receive() {
  std::vector<char>& scratch = *wiring_.scratch;
  for (;;) {
    IoResult result = transport_.read(scratch);
    if (result.state == Io::kWait) return true;
    if (result.state == Io::kClosed) return false;
    auto used =
        nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const uint8_t*>(scratch.data()), result.bytes);
    if (used < 0) return false;
  }
}

bool Http2Client::flush() {
  for (;;) {
    const uint8_t* bytes = nullptr;
    ssize_t made = 0;
    while (pending_.size() < 64 * 1024 && (made = nghttp2_session_mem_send(session_.get(), &bytes)) > 0) {
      pending_.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(made));
    }
    if (made < 0) return false;
    if (pending_.empty()) return true;
    IoResult result = transport_.write(pending_);
    if (result.state == Io::kClosed) return false;
    if (result.state == Io::kWait) return true;
    pending_.erase(0, result.bytes);
  }
}

void Http2Client::abandon() {
  for (Exchange& exchange : exchanges_) {
    if (exchange.stream == 0) continue;
    exchange.stream = 0;
    wiring_.meter->finish(exchange.started, false);
  }
  session_.reset();
  transport_.close();
  ready_ = false;
}

}  // namespace mesh::bench
