#include "codec/http1_server.h"

#include <utility>

#include "codec/head_buffer.h"
#include "codec/http1_body.h"
#include "codec/http1_parse.h"
#include "codec/http1_write.h"
#include "codec/websocket.h"

namespace mesh::codec {

namespace {

constexpr uint64_t kDrainBytes = 256 * 1024;  // of an unread request body, to keep the connection
constexpr Duration kLinger = Duration::seconds(2);
constexpr uint32_t kMaxInterim = 8;

bool sends_no_content(http::Method method, int status) {
  return method == http::Method::head || status == 204 || status == 304;
}

}  // namespace

// One request on the connection; lives in serve_one()'s frame.
class Http1ServerConnection::Stream final : public ServerStream, private Body {
 public:
  Stream(Http1ServerConnection& connection, Arena& arena, http::RequestHead& head)
      : connection_(connection), content_(connection.stream_, arena) {
    request_ = &head;
    arena_ = &arena;
  }

  void start(uint64_t head_bytes, std::span<char> behind_head) {
    bytes_received_ = head_bytes;
    head_bytes_ = head_bytes;
    // An upgrade may be ignored (RFC 9110 §7.8); one with content would put two messages behind the head.
    if (request_->framing.has_body()) request_->upgrade = {};
    if (request_->upgrade.empty()) {
      content_.start(request_->framing, behind_head, connection_.limits_.body_idle);
    } else {
      behind_head_ = behind_head;
    }
  }

  BodyPtr take_body() override {
    if (request_->upgrade.empty() && !request_->framing.has_body()) return nullptr;
    return BodyPtr(this);
  }

  async::Task<Status> send_interim(const http::ResponseHead& head) override {
    if (request_->version == http::Version::http10 || responded_ || interim_sent_ == kMaxInterim) co_return Status{};
    ++interim_sent_;
    continue_sent_ |= head.status == 100;
    std::string_view text = write_interim_head(*arena_, head);
    bytes_sent_ += text.size();
    co_return co_await connection_.stream_.write({text}, write_deadline());
  }

  async::Task<Status> respond(http::ResponseHead& head, BodyPtr body) override;
  void close_after() override { close_ = true; }

  bool responded() const { return responded_; }
  bool closing() const { return close_; }
  bool expects_content() const { return request_->framing.has_body() && request_->upgrade.empty(); }
  // The client waits for a 100 that it never got: whether content follows cannot be known.
  bool awaits_continue() const { return request_->expect_continue && !continue_sent_ && !content_.finished(); }
  Http1Body& content() { return content_; }
  // Bytes of a next request that came with this one.
  std::string_view excess() const {
    if (!behind_head_.empty()) return {behind_head_.data(), behind_head_.size()};
    return content_.excess();
  }

 private:
  // Body, for the request's content.
  void release() noexcept override {}
  bool ready() const override {
    return request_->upgrade.empty() && (!request_->expect_continue || continue_sent_) && content_.ready();
  }
  const http::Headers* trailers() const override { return content_.trailers(); }
  async::Task<Result<Chunk>> pull() override {
    // Until the upstream has agreed to switch, what follows the head is another request.
    if (!request_->upgrade.empty() && !tunnelling_) {
      tunnelling_ = true;
      touch();
      content_.start(http::Framing::until_eof(), std::exchange(behind_head_, {}), connection_.limits_.tunnel_idle,
                     &activity_);
    }
    if (request_->expect_continue && !continue_sent_ && !responded_) {
      continue_sent_ = true;
      // A client that has already begun to send needs no invitation (RFC 9110 §10.1.1).
      if (!content_.ready()) {
        constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        bytes_sent_ += kContinue.size();
        auto sent = co_await connection_.stream_.write({kContinue}, write_deadline());
        if (!sent) co_return fail(sent.error());
      }
    }
    auto chunk = co_await content_.pull();
    bytes_received_ = head_bytes_ + content_.wire_bytes();
    if (!chunk) body_failure_ = chunk.error().code;
    touch();
    co_return chunk;
  }

  async::Task<Status> send_content(std::string_view head, BodyPtr body, http::Framing framing);
  void touch() { activity_ = connection_.stream_.loop().now(); }
  async::Deadline write_deadline() const {
    return async::Deadline::in(connection_.stream_.loop().now(), connection_.limits_.write_idle);
  }

  Http1ServerConnection& connection_;
  Http1Body content_;
  std::span<char> behind_head_;
  Instant activity_;
  uint64_t head_bytes_ = 0;
  uint32_t interim_sent_ = 0;
  bool continue_sent_ = false;
  bool responded_ = false;
  bool close_ = false;
  bool tunnelling_ = false;
};

async::Task<Status> Http1ServerConnection::Stream::respond(http::ResponseHead& head, BodyPtr body) {
  responded_ = true;
  bool old_client = request_->version == http::Version::http10;
  bool tunnel = head.status == 101;
  http::Framing framing = head.framing;
  if (tunnel) {
    framing = http::Framing::until_eof();
  } else if (sends_no_content(request_->method, head.status)) {
    body = nullptr;
    // HEAD and 304 may tell the length that GET would have; nothing else is said.
    if (head.status == 204 || framing.kind != http::Framing::Kind::length) framing = http::Framing::none();
  } else if (!body) {
    framing = http::Framing::of_length(0);
  } else if (framing.kind != http::Framing::Kind::length) {
    framing = old_client ? http::Framing::until_eof() : http::Framing::stream();
  }
  if (request_->close || !connection_.may_keep_alive() || awaits_continue() || body_failure_) close_ = true;
  if (tunnel || framing.kind == http::Framing::Kind::until_eof) close_ = true;

  ResponseHeadOptions options;
  options.framing = framing;
  options.connection = tunnel       ? ConnectionField::upgrade
                       : close_     ? ConnectionField::close
                       : old_client ? ConnectionField::keep_alive
                                    : ConnectionField::none;
  options.date = head.headers.has(http::HeaderId::date) ? std::string_view() : connection_.handler_.date();
  if (tunnel && request_->upgrade == "websocket" && !head.headers.has(http::HeaderId::sec_websocket_accept)) {
    auto accept = websocket_accept(request_->headers.value(http::HeaderId::sec_websocket_key));
    head.headers.add(http::HeaderId::sec_websocket_accept, arena_->copy(accept));
  }
  std::string_view text = write_response_head(*arena_, head, options);
  bytes_sent_ += text.size();
  if (!body) {
    auto sent = co_await connection_.stream_.write({text}, write_deadline());
    if (!sent) close_ = downstream_failed_ = true;
    co_return sent;
  }
  auto sent = co_await send_content(text, std::move(body), framing);
  // What was announced and not delivered is cut off, so that nobody takes it for complete.
  if (!sent) {
    close_ = true;
    connection_.stream_.abort_on_close();
  } else if (tunnel) {
    connection_.stream_.shutdown_write();
  }
  co_return sent;
}

// The head goes out together with the first piece if that is at hand, else before it.
async::Task<Status> Http1ServerConnection::Stream::send_content(std::string_view head, BodyPtr body,
                                                                http::Framing framing) {
  net::Stream& stream = connection_.stream_;
  bool chunked = framing.kind == http::Framing::Kind::stream;
  uint64_t left = framing.length;
  if (!body->ready()) {
    auto sent = co_await stream.write({head}, write_deadline());
    downstream_failed_ = !sent;
    if (!sent) co_return sent;
    head = {};
  }
  for (;;) {
    auto chunk = co_await body->pull();
    if (!chunk) {
      if (!head.empty()) (void)co_await stream.write({head}, write_deadline());
      co_return fail(chunk.error());
    }
    bytes_sent_ += chunk->data.size();
    touch();
    Status sent;
    if (chunked) {
      char size_line[kChunkHeaderSize];
      std::string_view prefix =
          chunk->data.empty() ? std::string_view() : format_chunk_header(size_line, chunk->data.size());
      std::string_view suffix = chunk->data.empty() ? std::string_view() : std::string_view("\r\n");
      std::string_view end;
      if (chunk->last) {
        bool trailers = request_->accepts_trailers && body->trailers() != nullptr;
        end = trailers ? arena_->copy(format_last_chunk(body->trailers())) : kLastChunk;
      }
      sent = co_await stream.write({head, prefix, chunk->data, suffix, end}, write_deadline());
    } else {
      if (framing.kind == http::Framing::Kind::length) {
        if (chunk->data.size() > left || (chunk->last && chunk->data.size() < left))
          co_return fail(Errc::protocol, "the content does not have the announced length");
        left -= chunk->data.size();
      }
      sent = co_await stream.write({head, chunk->data}, write_deadline());
    }
    head = {};
    downstream_failed_ = !sent;
    if (!sent || chunk->last) co_return sent;
  }
}

async::Task<Http1ServerConnection::End> Http1ServerConnection::run(bool accept_http2) {
  accept_http2_ = accept_http2;
  for (;;) {
    // A drain that began behind the last response's head: the client was not told, but it has its answer.
    if (served_ > 0 && !may_keep_alive()) co_return End::closed;
    if (carry_.empty()) {
      idle_ = true;
      Instant now = stream_.loop().now();
      // The first request of a connection is awaited no longer than a head may take.
      Duration patience = served_ == 0 ? limits_.head_timeout : limits_.keep_alive_idle;
      auto ready = co_await stream_.readable(async::Deadline::in(now, patience));
      idle_ = false;
      if (!ready || draining_) co_return End::closed;
    }
    switch (co_await serve_one()) {
      case Next::keep_alive:
        break;
      case Next::close:
        co_return End::closed;
      case Next::http2:
        co_return End::http2;
    }
  }
}

void Http1ServerConnection::drain() {
  draining_ = true;
  if (idle_) stream_.cut();
}

async::Task<Http1ServerConnection::Next> Http1ServerConnection::serve_one() {
  async::Loop& loop = stream_.loop();
  Arena arena(loop.blocks());
  http::RequestHead head(arena);
  head.scheme = scheme_;
  HeadBuffer buffer(arena);
  bool fresh = carry_.empty();
  if (!fresh) buffer.append(std::exchange(carry_, {}));
  async::Deadline deadline = async::Deadline::in(loop.now(), limits_.head_timeout);
  RequestParser parser(limits_);
  for (;; fresh = true) {
    if (fresh) {
      idle_ = buffer.bytes().empty();
      auto n = co_await stream_.read(buffer.space(), deadline);
      idle_ = false;
      if (!n || *n == 0) {
        co_await incomplete(n ? Errc::closed : n.error().code, buffer.bytes().size());
        co_return Next::close;
      }
      buffer.received(*n);
    }
    auto parsed = parser.parse(buffer.bytes(), head);
    if (parsed.state == ParseState::ok) {
      buffer.consume(parsed.consumed);
      ++served_;
      Stream request(*this, arena, head);
      request.start(parsed.consumed, buffer.bytes());
      co_await handler_.serve(request);
      co_return co_await finish_request(request);
    }
    if (accept_http2_ && served_ == 0 && is_http2_preface(buffer.bytes())) {
      carry_.assign(buffer.bytes().data(), buffer.bytes().size());
      co_return Next::http2;
    }
    if (parsed.state == ParseState::bad) {
      Rejection rejection = parsed.rejection;
      rejection.bytes_received = buffer.bytes().size();
      co_await refuse(rejection);
      co_return Next::close;
    }
  }
}

// The head did not arrive whole: in time, or at all.
async::Task<void> Http1ServerConnection::incomplete(Errc why, size_t received) {
  if (received == 0) co_return;
  Rejection rejection;
  rejection.bytes_received = received;
  if (why == Errc::timeout) {
    rejection.status = 408;
    rejection.reason = "head_timeout";
    rejection.detail = "the request head took too long";
    co_await refuse(rejection);
    co_return;
  }
  // A client that goes in the middle of a head is told nothing, but counted.
  rejection.status = 0;
  rejection.reason = "downstream_reset";
  rejection.detail = "ended inside a request head";
  handler_.rejected(rejection);
}

// After the handler: whatever of the request is still on its way decides whether another may follow.
async::Task<Http1ServerConnection::Next> Http1ServerConnection::finish_request(Stream& request) {
  if (!request.responded()) {
    stream_.abort_on_close();
    co_return Next::close;
  }
  if (!request.expects_content()) {
    if (!request.excess().empty()) carry_.assign(request.excess());
    if (!request.closing()) co_return Next::keep_alive;
    // With nothing unread the connection ends in good order by itself.
    if (stream_.readiness().readable || !carry_.empty()) co_await linger();
    co_return Next::close;
  }
  Http1Body& content = request.content();
  bool close = request.closing() || request.awaits_continue() || request.body_failure();
  uint64_t limit = content.wire_bytes() + kDrainBytes;
  while (!close && !content.finished()) {
    auto chunk = co_await content.pull();
    if (!chunk || content.wire_bytes() > limit) close = true;
  }
  if (close) {
    if (!content.finished() || stream_.readiness().readable) co_await linger();
    co_return Next::close;
  }
  if (!content.excess().empty()) carry_.assign(content.excess());
  co_return Next::keep_alive;
}

async::Task<void> Http1ServerConnection::refuse(Rejection rejection) {
  if (rejection.status != 0) {
    Arena arena(stream_.loop().blocks());
    std::string_view text = arena.concat(rejection.reason, ": ", rejection.detail);
    std::string_view answer = write_refusal(arena, rejection.status, text, handler_.date());
    auto sent = co_await stream_.write({answer}, async::Deadline::in(stream_.loop().now(), limits_.write_idle));
    if (sent) rejection.bytes_sent = answer.size();
  }
  handler_.rejected(rejection);
  co_await linger();
}

// Closing with unread bytes would make the kernel send RST, and the client might lose the answer (RFC 9112 §9.6).
async::Task<void> Http1ServerConnection::linger() {
  stream_.shutdown_write();
  async::Loop& loop = stream_.loop();
  async::Deadline deadline = async::Deadline::in(loop.now(), kLinger);
  uint64_t drained = 0;
  while (drained < kDrainBytes) {
    auto n = co_await stream_.read(loop.bulk(), deadline);
    if (!n || *n == 0) co_return;
    drained += *n;
  }
}

}  // namespace mesh::codec
