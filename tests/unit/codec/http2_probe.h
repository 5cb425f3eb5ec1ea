// The other end of an HTTP/2 connection, made of raw frames over an in-memory pipe; nothing is checked on the way out,
// so that every rule can be broken.
#pragma once

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/wait.h"
#include "codec/body.h"
#include "net/pipe.h"

namespace mesh::codec {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr uint8_t kEnd = NGHTTP2_FLAG_END_STREAM;
constexpr uint8_t kEndHeaders = NGHTTP2_FLAG_END_HEADERS;

inline std::string be32(uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}

inline std::string frame_header(size_t size, uint8_t type, uint8_t flags, int32_t id) {
  return be32(static_cast<uint32_t>(size)).substr(1) + static_cast<char>(type) + static_cast<char>(flags) +
         be32(static_cast<uint32_t>(id));
}

inline std::string raw_frame(uint8_t type, uint8_t flags, int32_t id, std::string_view payload = {}) {
  return frame_header(payload.size(), type, flags, id) + std::string(payload);
}

inline std::string setting(uint16_t id, uint32_t value) {
  return std::string{static_cast<char>(id >> 8), static_cast<char>(id)} + be32(value);
}

struct Frame {
  uint8_t type = 0;
  uint8_t flags = 0;
  int32_t id = 0;
  std::string payload;
  Fields fields;  // of a whole header block

  uint32_t word(size_t at) const {
    uint32_t n = 0;
    for (size_t i = at; i < at + 4 && i < payload.size(); ++i) n = n << 8 | static_cast<uint8_t>(payload[i]);
    return n;
  }
  // The error code of RST_STREAM and GOAWAY.
  uint32_t code() const { return word(type == NGHTTP2_GOAWAY ? 4 : 0); }
  bool ends() const { return (type == NGHTTP2_DATA || type == NGHTTP2_HEADERS) && (flags & kEnd) != 0; }
  std::string value(std::string_view name) const {
    for (const auto& [n, v] : fields)
      if (n == name) return v;
    return {};
  }
};

class RawPeer {
 public:
  RawPeer(async::Loop& loop, std::unique_ptr<net::Stream> stream) : loop_(loop), stream_(std::move(stream)) {
    nghttp2_hd_deflate_new(&deflater_, 4096);
    nghttp2_hd_inflate_new(&inflater_);
  }
  ~RawPeer() {
    nghttp2_hd_deflate_del(deflater_);
    nghttp2_hd_inflate_del(inflater_);
  }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  // Everything, or until the other end stops taking; what it answers meanwhile is read.
  void send(std::string_view bytes) {
    for (int idle = 0; !bytes.empty() && idle < 200;) {
      iovec part{const_cast<char*>(bytes.data()), bytes.size()};
      net::Io io = stream_->try_write({&part, 1});
      if (io.kind == net::Io::Kind::ok) bytes.remove_prefix(io.size);
      if (io.kind == net::Io::Kind::error) return;
      idle = io.kind == net::Io::Kind::ok ? 0 : idle + 1;
      loop_.turn(Duration{});
      receive();
    }
  }
  std::string block(const Fields& fields) {
    std::vector<nghttp2_nv> nva;
    size_t bound = 0;
    for (const auto& [name, value] : fields) {
      nva.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                     reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), 0});
      bound += name.size() + value.size() + 64;
    }
    std::string out(bound + 64, '\0');
    ssize_t n =
        nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<uint8_t*>(out.data()), out.size(), nva.data(), nva.size());
    EXPECT_GE(n, 0);
    out.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
    return out;
  }
  void headers(int32_t id, const Fields& fields, uint8_t flags = kEnd | kEndHeaders) {
    send(raw_frame(NGHTTP2_HEADERS, flags, id, block(fields)));
  }
  void data(int32_t id, std::string_view bytes, uint8_t flags = kEnd) {
    send(raw_frame(NGHTTP2_DATA, flags, id, bytes));
  }
  void window(int32_t id, uint32_t size) { send(raw_frame(NGHTTP2_WINDOW_UPDATE, 0, id, be32(size))); }
  void reset(int32_t id, uint32_t code = NGHTTP2_CANCEL) { send(raw_frame(NGHTTP2_RST_STREAM, 0, id, be32(code))); }

  // Turns the loop until both ends are quiet.
  void settle() {
    for (int quiet = 0; quiet < 12;) {
      loop_.turn(Duration{});
      quiet = receive() ? 0 : quiet + 1;
    }
  }
  bool run_until(const std::function<bool()>& done) {
    for (int i = 0; i < 4000; ++i) {
      receive();
      if (done()) return true;
      loop_.turn(Duration::milliseconds(5));
    }
    return false;
  }

  const std::vector<Frame>& frames() const { return frames_; }
  void forget() { frames_.clear(); }
  // The last of its kind, or nullptr; id < 0: on any stream.
  const Frame* find(uint8_t type, int32_t id = -1) const {
    for (size_t i = frames_.size(); i-- > 0;)
      if (frames_[i].type == type && (id < 0 || frames_[i].id == id)) return &frames_[i];
    return nullptr;
  }
  std::string status(int32_t id) const {
    for (const Frame& f : frames_)
      if (f.type == NGHTTP2_HEADERS && f.id == id && f.value(":status").size() == 3 && f.value(":status")[0] != '1')
        return f.value(":status");
    return {};
  }
  std::string content(int32_t id) const {
    std::string out;
    for (const Frame& f : frames_)
      if (f.type == NGHTTP2_DATA && f.id == id) out += f.payload;
    return out;
  }
  bool ended(int32_t id) const {
    return std::any_of(frames_.begin(), frames_.end(), [id](const Frame& f) { return f.id == id && f.ends(); });
  }
  // The error code with which the stream was reset; -1: it was not.
  int64_t reset_code(int32_t id) const {
    const Frame* f = find(NGHTTP2_RST_STREAM, id);
    return f == nullptr ? -1 : int64_t{f->code()};
  }
  // The error code of the last GOAWAY; -1: none came.
  int64_t goaway_code() const {
    const Frame* f = find(NGHTTP2_GOAWAY);
    return f == nullptr ? -1 : int64_t{f->code()};
  }
  bool connection_ended() const { return eof_; }
  net::Stream& stream() { return *stream_; }
  void close() { stream_.reset(); }

  // Takes what has come; true when there was something.
  bool receive() {
    bool any = false;
    char buffer[16384];
    while (stream_ && !eof_) {
      net::Io io = stream_->try_read(buffer);
      if (io.kind == net::Io::Kind::block) break;
      any = true;
      if (io.kind != net::Io::Kind::ok) {
        eof_ = true;
        break;
      }
      in_.append(buffer, io.size);
    }
    in_.erase(0, preface_ < in_.size() ? std::exchange(preface_, 0) : 0);
    while (in_.size() >= 9 && take_frame()) {
    }
    return any;
  }
  // The client's preface comes first.
  void expect_preface() { preface_ = NGHTTP2_CLIENT_MAGIC_LEN; }

 private:
  bool take_frame() {
    auto byte = [&](size_t i) { return static_cast<uint8_t>(in_[i]); };
    size_t size = size_t{byte(0)} << 16 | size_t{byte(1)} << 8 | byte(2);
    if (in_.size() < 9 + size) return false;
    Frame f{byte(3), byte(4), 0, in_.substr(9, size), {}};
    f.id = static_cast<int32_t>(uint32_t{byte(5)} << 24 | uint32_t{byte(6)} << 16 | uint32_t{byte(7)} << 8 | byte(8));
    in_.erase(0, 9 + size);
    if (f.type == NGHTTP2_HEADERS || f.type == NGHTTP2_CONTINUATION) {
      block_ += f.payload;
      if (f.type == NGHTTP2_HEADERS) head_ = f;
      if ((f.flags & kEndHeaders) == 0) return true;
      f = head_;
      inflate(f.fields);
    }
    frames_.push_back(std::move(f));
    return true;
  }
  void inflate(Fields& fields) {
    const auto* at = reinterpret_cast<const uint8_t*>(block_.data());
    const uint8_t* end = at + block_.size();
    for (;;) {
      nghttp2_nv nv;
      int flags = 0;
      ssize_t n = nghttp2_hd_inflate_hd2(inflater_, &nv, &flags, at, static_cast<size_t>(end - at), 1);
      ASSERT_GE(n, 0) << "a header block that does not decode";
      at += n;
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
        fields.emplace_back(std::string(reinterpret_cast<char*>(nv.name), nv.namelen),
                            std::string(reinterpret_cast<char*>(nv.value), nv.valuelen));
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
    block_.clear();
  }

  async::Loop& loop_;
  std::unique_ptr<net::Stream> stream_;
  nghttp2_hd_deflater* deflater_ = nullptr;
  nghttp2_hd_inflater* inflater_ = nullptr;
  std::string in_;
  std::string block_;
  Frame head_;
  std::vector<Frame> frames_;
  size_t preface_ = 0;
  bool eof_ = false;
};

// Content made of given pieces; may wait at a gate, carry trailers, or fail at its end.
class PieceBody final : public Body {
 public:
  struct Seen {
    size_t pulls = 0;
    bool released = false;
  };
  PieceBody(std::vector<std::string> pieces, Seen* seen = nullptr) : pieces_(std::move(pieces)), seen_(seen) {}
  PieceBody& with_trailers(const http::Headers* trailers) {
    trailers_ = trailers;
    return *this;
  }
  PieceBody& failing(Errc code) {
    fails_ = true;
    code_ = code;
    return *this;
  }
  // Waits there before the last piece.
  PieceBody& waiting_at(async::Event& gate) {
    gate_ = &gate;
    return *this;
  }

  void release() noexcept override {
    if (seen_ != nullptr) seen_->released = true;
    delete this;
  }
  async::Task<Result<Chunk>> pull() override {
    if (seen_ != nullptr) ++seen_->pulls;
    bool last = at_ + 1 >= pieces_.size();
    if (last && gate_ != nullptr) (void)co_await gate_->wait();
    if (last && fails_) co_return fail(code_, "broken on purpose");
    if (pieces_.empty()) co_return Chunk{{}, true};
    co_return Chunk{pieces_[at_++], last};
  }
  const http::Headers* trailers() const override { return trailers_; }

 private:
  std::vector<std::string> pieces_;
  Seen* seen_;
  const http::Headers* trailers_ = nullptr;
  async::Event* gate_ = nullptr;
  size_t at_ = 0;
  bool fails_ = false;
  Errc code_ = Errc::reset;
};

}  // namespace mesh::codec
