#include "codec/http2_session.h"

#include <algorithm>

#include "base/text.h"

namespace mesh::codec {

namespace {
constexpr size_t kGather = 128 * 1024;
constexpr size_t kMaxQueued = 1000;  // frames waiting to be sent
}  // namespace

bool EventBudget::take(Instant now) {
  double seconds = last_.ns == 0 ? 0 : (now - last_).to_seconds();
  last_ = now;
  tokens_ = std::min(burst_, tokens_ + seconds * per_second_);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

struct Http2Session::Callbacks {
  static Http2Session& of(void* user) { return *static_cast<Http2Session*>(user); }
  static std::string_view text(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* hd, void* user) {
    of(user).frame_begins(*hd);
    return of(user).doomed_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
  }
  static int frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    int result = of(user).frame_received(*frame);
    return of(user).doomed_ ? NGHTTP2_ERR_CALLBACK_FAILURE : result;
  }
  static int frame_send(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) of(user).blamed_ = true;
    return of(user).frame_sent(*frame);
  }
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return of(user).begin_headers(*frame);
  }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                    const uint8_t* value, size_t value_size, uint8_t, void* user) {
    return of(user).header(*frame, text(name, name_size), text(value, value_size));
  }
  static int data_chunk(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size, void* user) {
    return of(user).data(id, text(data, size));
  }
  static int stream_close(nghttp2_session*, int32_t id, uint32_t code, void* user) {
    of(user).stream_closed(id, code);
    return 0;
  }
  static ssize_t read_source(nghttp2_session*, int32_t id, uint8_t* buffer, size_t size, uint32_t* flags,
                             nghttp2_data_source* from, void* user) {
    auto& source = *static_cast<Source*>(from->ptr);
    Http2Output& out = source.output;
    size_t n = std::min(size, out.size());
    if (n == 0 && !out.ended) {
      out.waiting = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    std::copy_n(out.bytes.data() + out.taken, n, buffer);
    out.taken += n;
    source.sent += n;
    if (out.size() < Http2Output::kHigh) source.room.set();
    if (out.ended && out.size() == 0) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (out.trailers != nullptr && !out.trailers->empty()) {
        std::vector<nghttp2_nv> fields;
        add_fields(fields, *out.trailers, *out.trailers->arena());
        // Copied: whoever gave them may be gone when the frame is sent.
        for (nghttp2_nv& nv : fields) nv.flags = NGHTTP2_NV_FLAG_NONE;
        if (nghttp2_submit_trailer(of(user).session_, id, fields.data(), fields.size()) == 0)
          *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      }
    }
    return static_cast<ssize_t>(n);
  }
};

Http2Session::Http2Session(net::Stream& stream, bool server)
    : stream_(stream),
      flush_(stream.loop()),
      over_(stream.loop()),
      written_(stream.loop()),
      scanner_(server ? NGHTTP2_CLIENT_MAGIC_LEN : 0) {}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

void Http2Session::configure(nghttp2_option* option) {
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_max_outbound_ack(option, 256);
  nghttp2_option_set_max_settings(option, 32);
  nghttp2_option_set_no_closed_streams(option, 1);
}

void Http2Session::open(bool server, nghttp2_option* option) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, Callbacks::begin_frame);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::frame_recv);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Callbacks::frame_send);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data_chunk);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::stream_close);
  if (server) {
    nghttp2_session_server_new2(&session_, callbacks, this, option);
  } else {
    nghttp2_session_client_new2(&session_, callbacks, this, option);
  }
  nghttp2_session_callbacks_del(callbacks);
}

nghttp2_data_provider Http2Session::provider(Source& source) {
  nghttp2_data_provider provider;
  provider.source.ptr = &source;
  provider.read_callback = Callbacks::read_source;
  return provider;
}

bool Http2Session::feed(std::string_view bytes) {
  if (doomed_) return false;
  size_t start = 0;
  bool alive = true;
  scanner_.scan(bytes, [&](int32_t id, size_t offset, bool after_end) {
    if (!alive || (is_open(id) && !after_end)) return;
    // What stands before may open or close it.
    alive = offset <= start || hand_over(bytes.substr(start, offset - start));
    start = std::max(start, offset);
    if (alive && !is_open(id)) data_on_closed(id);
  });
  return alive && hand_over(bytes.substr(start));
}

bool Http2Session::hand_over(std::string_view bytes) {
  ssize_t n = 0;
  if (!doomed_) n = nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  settle();
  if (doomed_) {
    nghttp2_session_terminate_session(session_, doom_code_);
    flush();
    return false;
  }
  if (n < 0) {
    doomed_ = true;
    // Bytes that are no HTTP/2 at all, or too much: answers in the queue, entries of SETTINGS, parts of a header block.
    bool greeting = n == NGHTTP2_ERR_BAD_CLIENT_MAGIC;
    nghttp2_session_terminate_session(session_, greeting ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
    flush();
    return false;
  }
  if (nghttp2_session_get_outbound_queue_size(session_) > kMaxQueued) {
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
    doomed_ = true;
    flush();
    return false;
  }
  flush();
  return nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0;
}

void Http2Session::doom(uint32_t code, const char* why) {
  if (doomed_) return;
  doomed_ = true;
  doom_code_ = code;
  doom_reason_ = why;
}

// Moves frames into out_; returns how many bytes wait there.
size_t Http2Session::gather() {
  out_.clear();
  while (out_.size() < kGather) {
    const uint8_t* data = nullptr;
    ssize_t n = nghttp2_session_mem_send(session_, &data);
    if (n <= 0) break;
    out_.append(reinterpret_cast<const char*>(data), static_cast<size_t>(n));
  }
  settle();
  return out_.size();
}

async::Task<void> Http2Session::write_loop(Duration patience) {
  for (;;) {
    (void)co_await flush_.wait();
    flush_.reset();
    while (gather() > 0) {
      auto sent = co_await stream_.write({out_}, async::Deadline::in(loop().now(), patience));
      if (!sent) {
        write_dead_ = true;
        stopping_ = true;
        break;
      }
    }
    // Told to stop, or GOAWAY is out and nothing is left to be done.
    if (stopping_ || (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0)) {
      written_.set();
      end();
      co_return;
    }
    if (out_.capacity() > 16 * 1024) std::string().swap(out_);
  }
}

async::Task<void> Http2Session::write_last(Duration patience) {
  stopping_ = true;
  flush();
  (void)co_await written_.wait(async::Deadline::in(loop().now(), patience));
}

async::Task<Status> Http2Session::wait_for_room(Source& source, Duration patience) {
  while (source.output.size() >= Http2Output::kHigh) {
    source.room.reset();
    uint64_t before = source.sent;
    auto woken = co_await source.room.wait(async::Deadline::in(loop().now(), patience));
    if (!woken && source.sent == before) co_return fail(Errc::timeout, "no window for too long");
  }
  co_return Status{};
}

void Http2Session::resume(int32_t stream_id, Source& source) {
  if (source.output.waiting) {
    source.output.waiting = false;
    nghttp2_session_resume_data(session_, stream_id);
  }
  flush();
}

nghttp2_nv Http2Session::pair(std::string_view name, std::string_view value) {
  auto bytes = [](std::string_view text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

void Http2Session::add_fields(std::vector<nghttp2_nv>& out, const http::Headers& headers, Arena& arena) {
  for (const http::Field& field : headers) {
    std::string_view name = field.name;
    if (field.id != http::HeaderId::other) {
      name = http::name_of(field.id);
    } else if (std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
      char* lower = arena.allocate(name.size());
      std::transform(name.begin(), name.end(), lower, ascii_lower);
      name = {lower, name.size()};
    }
    out.push_back(pair(name, field.value));
  }
}

}  // namespace mesh::codec
