// What both ends of HTTP/2 share: an nghttp2 session over a stream, with receiving, gathered sending, and the budgets
// that nghttp2 does not have (threats 1.2 and 2.3). The only includer of nghttp2 beside the two ends.
#pragma once

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/wait.h"
#include "codec/body.h"
#include "http/head.h"
#include "net/stream.h"

namespace mesh::codec {

// Content on its way out: filled by whoever pulls a body, emptied by nghttp2 frame by frame.
struct Http2Output {
  static constexpr size_t kHigh = 64 * 1024;  // above it the filler waits

  std::string bytes;
  size_t taken = 0;
  bool ended = false;
  bool waiting = false;  // nghttp2 was told that there is nothing for now
  const http::Headers* trailers = nullptr;

  size_t size() const { return bytes.size() - taken; }
  void append(std::string_view data) {
    if (taken > 0 && taken == bytes.size()) bytes.clear(), taken = 0;
    bytes.append(data);
  }
};

// Content that has arrived: the reader takes it whole, and only then is more asked for.
struct Http2Input {
  std::string arrived;
  std::string handed;  // what the reader looks at now
  bool ended = false;
};

// A token bucket of rare events: `burst` at once, then `per_second`.
class EventBudget {
 public:
  EventBudget(uint32_t burst, uint32_t per_second) : tokens_(burst), burst_(burst), per_second_(per_second) {}
  bool take(Instant now);
  // Something useful was done, which such events come with.
  void earn() { tokens_ = std::min(burst_, tokens_ + 1); }

 private:
  double tokens_;
  double burst_;
  double per_second_;
  Instant last_;
};

// Finds the headers of DATA frames in the bytes of a connection; nghttp2 does not announce those it passes over. Knows
// also whether a header block has begun and not ended, which nghttp2 does not tell.
class FrameScanner {
 public:
  explicit FrameScanner(size_t preface) : skip_(preface) {}
  // Calls `visit(stream_id, offset, after_end)` for each DATA frame whose header ends in `bytes`, in order; `offset` is
  // where the header begins, or 0 when it began in an earlier call; `after_end`: an earlier frame in `bytes` has ended
  // or reset the stream.
  template <class Visit>
  void scan(std::string_view bytes, Visit visit) {
    size_t at = 0;
    ended_.fill(0);
    while (at < bytes.size()) {
      if (skip_ > 0) {
        size_t n = skip_ < bytes.size() - at ? skip_ : bytes.size() - at;
        skip_ -= n;
        at += n;
        continue;
      }
      size_t begin = have_ == 0 ? at : 0;
      while (have_ < sizeof head_ && at < bytes.size()) head_[have_++] = static_cast<uint8_t>(bytes[at++]);
      if (have_ < sizeof head_) return;
      have_ = 0;
      skip_ = size_t{head_[0]} << 16 | size_t{head_[1]} << 8 | head_[2];
      uint8_t type = head_[3];
      note_block(type);
      if (type != NGHTTP2_DATA && type != NGHTTP2_HEADERS && type != NGHTTP2_RST_STREAM) continue;
      auto id = static_cast<int32_t>(
          (uint32_t{head_[5]} << 24 | uint32_t{head_[6]} << 16 | uint32_t{head_[7]} << 8 | head_[8]) & 0x7fffffff);
      if (type == NGHTTP2_DATA) visit(id, begin, std::find(ended_.begin(), ended_.end(), id) != ended_.end());
      if (type == NGHTTP2_RST_STREAM || (head_[4] & NGHTTP2_FLAG_END_STREAM) != 0)
        ended_[ended_at_++ % ended_.size()] = id;
    }
  }
  // A header block has begun, and some of it is still to come.
  bool block_open() const { return block_open_ || (in_block_ && skip_ > 0); }
  // Header blocks that have begun.
  uint64_t blocks() const { return blocks_; }

 private:
  void note_block(uint8_t type) {
    in_block_ = type == NGHTTP2_HEADERS || type == NGHTTP2_CONTINUATION;
    if (!in_block_) return;
    blocks_ += type == NGHTTP2_HEADERS;
    block_open_ = (head_[4] & NGHTTP2_FLAG_END_HEADERS) == 0;
  }

  size_t skip_;
  size_t have_ = 0;
  uint64_t blocks_ = 0;
  uint8_t head_[9];
  std::array<int32_t, 128> ended_{};  // the last ones: looking through all of them would cost too much
  uint32_t ended_at_ = 0;
  bool in_block_ = false;
  bool block_open_ = false;
};

class Http2Session {
 public:
  Http2Session(net::Stream& stream, bool server);
  virtual ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

 protected:
  // Hands received bytes to nghttp2. False: the session is over, after what is queued has been sent.
  bool feed(std::string_view bytes);
  // Sends what is queued, once, later in this turn.
  void flush() { flush_.set(); }
  // Ends the session with GOAWAY; safe inside callbacks.
  void doom(uint32_t code, const char* why);
  bool doomed() const { return doomed_; }
  // Sends until the session is over; runs beside the reader. Nothing else writes to the stream.
  async::Task<void> write_loop(Duration patience);
  // Ends the session: whoever waits for it goes on. For readers and writers.
  void end() { over_.set(); }
  async::Event::Awaiter ended() { return over_.wait(); }
  // After the end: lets the writer send what is queued, GOAWAY last, so that no frame is cut in two.
  async::Task<void> write_last(Duration patience);
  // The session ended because of what the peer did, and GOAWAY says so.
  bool blamed() const { return doomed_ || blamed_; }

  // Whether a DATA frame may come on this stream as far as its id goes; anything but a stream that is open is looked at
  // when all frames before it have been dealt with.
  virtual bool is_open(int32_t stream_id) = 0;
  // DATA on a stream that is not open.
  virtual void data_on_closed(int32_t stream_id) = 0;
  // Called as each frame begins, before nghttp2 looks at it.
  virtual void frame_begins(const nghttp2_frame_hd& header) = 0;
  // Called for all frames as they end.
  virtual int frame_received(const nghttp2_frame& frame) = 0;
  virtual int frame_sent(const nghttp2_frame& frame) = 0;
  virtual int begin_headers(const nghttp2_frame& frame) = 0;
  virtual int header(const nghttp2_frame& frame, std::string_view name, std::string_view value) = 0;
  virtual int data(int32_t stream_id, std::string_view bytes) = 0;
  virtual void stream_closed(int32_t stream_id, uint32_t code) = 0;
  // After nghttp2 has worked: what its callbacks left to be done outside of them.
  virtual void settle() = 0;

  // Fills DATA frames from an Http2Output; on_taken is told when its filler may go on.
  struct Source {
    Http2Output output;
    async::Event room;
    uint64_t sent = 0;
    explicit Source(async::Loop& loop) : room(loop) {}
  };
  nghttp2_data_provider provider(Source& source);
  // Waits until the source has room. Error: timeout (no progress at all within `patience`).
  async::Task<Status> wait_for_room(Source& source, Duration patience);
  void resume(int32_t stream_id, Source& source);

  // Marks all names and values as lasting until the frame is sent.
  static nghttp2_nv pair(std::string_view name, std::string_view value);
  // Fields in lower case behind what is in `out`.
  static void add_fields(std::vector<nghttp2_nv>& out, const http::Headers& headers, Arena& arena);

  async::Loop& loop() { return stream_.loop(); }
  nghttp2_session* session() { return session_; }
  const FrameScanner& scanner() const { return scanner_; }
  static void configure(nghttp2_option* option);
  void open(bool server, nghttp2_option* option);

  net::Stream& stream_;
  bool write_dead_ = false;

 private:
  struct Callbacks;
  size_t gather();
  bool hand_over(std::string_view bytes);

  nghttp2_session* session_ = nullptr;
  async::Event flush_;
  async::Event over_;
  async::Event written_;  // the writer has stopped
  FrameScanner scanner_;
  std::string out_;
  bool doomed_ = false;
  bool blamed_ = false;
  bool stopping_ = false;
  uint32_t doom_code_ = 0;
  std::string doom_reason_;
};

}  // namespace mesh::codec
