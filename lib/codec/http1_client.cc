#include "codec/http1_client.h"

#include "codec/head_buffer.h"
#include "codec/http1_parse.h"
#include "codec/http1_write.h"
#include "codec/websocket.h"

namespace mesh::codec {

namespace {

constexpr uint32_t kMaxInterim = 8;

// A server that answers another handshake than ours must not be given the client's bytes (RFC 6455 §4.1).
bool accepts_key(const http::RequestHead& request, const http::ResponseHead& response) {
  std::string_view key = request.headers.value(http::HeaderId::sec_websocket_key);
  if (request.upgrade != "websocket" || key.empty()) return true;
  return response.headers.value(http::HeaderId::sec_websocket_accept) == websocket_accept(key);
}

}  // namespace

// The content of the response under way. Releasing it ends the exchange.
class Http1ClientConnection::ResponseBody final : public Body {
 public:
  ResponseBody(Http1ClientConnection& connection, Arena& arena)
      : connection_(connection), content_(*connection.stream_, arena) {}
  void release() noexcept override { connection_.finish(content_.finished() && content_.excess().empty()); }
  async::Task<Result<Chunk>> pull() override {
    auto chunk = co_await content_.pull();
    if (!chunk && connection_.request_error_) co_return fail(*connection_.request_error_);
    co_return chunk;
  }
  bool ready() const override { return content_.ready(); }
  const http::Headers* trailers() const override { return content_.trailers(); }
  Http1Body& content() { return content_; }

 private:
  Http1ClientConnection& connection_;
  Http1Body content_;
};

// Ends the exchange badly unless it got as far as a response.
struct Http1ClientConnection::Guard {
  Http1ClientConnection* connection;
  ~Guard() {
    if (connection != nullptr) connection->finish(false);
  }
  void disarm() { connection = nullptr; }
};

Http1ClientConnection::Http1ClientConnection(std::unique_ptr<net::Stream> stream, const ClientLimits& limits)
    : stream_(std::move(stream)), limits_(limits), scope_(stream_->loop()) {}

Http1ClientConnection::~Http1ClientConnection() = default;

async::Task<Result<Response>> Http1ClientConnection::send(SendArgs args) {
  ++active_;
  Guard guard{this};
  if (auto started = co_await start(args); !started) co_return fail(started.error());
  Response response(*args.arena);
  std::span<char> rest;
  auto received = co_await receive_head(args, response, rest);
  if (!received) co_return fail(received.error());
  http::ResponseHead& head = response.head;
  bool tunnel = head.status == 101;
  if (head.close || head.framing.kind == http::Framing::Kind::until_eof) reusable_ = false;
  guard.disarm();
  bool empty = args.head->method == http::Method::head || head.status == 204 || head.status == 304;
  if (!tunnel && (empty || !head.framing.has_body())) {
    finish(rest.empty());
    co_return response;
  }
  response_ = std::make_unique<ResponseBody>(*this, *args.arena);
  // The two directions of a tunnel share one idle time, which the downstream side keeps.
  Duration idle = tunnel ? Duration::seconds(365 * 86400) : args.idle;
  response_->content().start(tunnel ? http::Framing::until_eof() : head.framing, rest, idle);
  response.body = BodyPtr(response_.get());
  if (tunnel && args.body) {
    reusable_ = false;
    request_framing_ = http::Framing::until_eof();
    request_body_ = std::move(args.body);
    pumping_ = true;
    scope_.spawn(pump(args.progress));
  }
  co_return response;
}

// Sends the head, with the content if that is at hand; what is still to come is sent beside the wait for the response.
async::Task<Status> Http1ClientConnection::start(SendArgs& args) {
  async::Loop& loop = stream_->loop();
  idle_ = args.idle;
  request_error_.reset();
  // Trailer fields go only where someone said that they are understood (RFC 9110 §6.5.1).
  trailers_wanted_ = args.head->accepts_trailers;
  bool content = args.body != nullptr && args.head->upgrade.empty();
  request_framing_ = content ? args.head->framing : http::Framing::none();
  if (content && request_framing_.kind != http::Framing::Kind::length) request_framing_ = http::Framing::stream();
  request_left_ = request_framing_.length;
  std::string_view head = write_request_head(*args.arena, *args.head, request_framing_);
  if (head.empty()) co_return fail(Errc::invalid, "the request line has a byte that must not be sent");
  if (args.progress != nullptr) args.progress->head_bytes = head.size();
  last_sent_ = loop.now();
  if (!content) {
    auto sent = co_await stream_->write({head}, async::Deadline::in(loop.now(), idle_));
    if (args.progress != nullptr) args.progress->sent = sent.has_value();
    co_return sent;
  }
  request_body_ = std::move(args.body);
  bool last = false;
  Status sent;
  if (request_body_->ready()) {
    auto chunk = co_await request_body_->pull();
    if (!chunk) co_return fail(chunk.error());
    last = chunk->last;
    if (args.progress != nullptr) args.progress->body_bytes += chunk->data.size();
    sent = co_await write_content(*chunk, head);
  } else {
    sent = co_await stream_->write({head}, async::Deadline::in(loop.now(), idle_));
  }
  if (args.progress != nullptr) args.progress->sent = sent.has_value();
  if (!sent) co_return sent;
  if (last) {
    request_body_ = nullptr;
  } else {
    pumping_ = true;
    scope_.spawn(pump(args.progress));
  }
  co_return Status{};
}

async::Task<Status> Http1ClientConnection::write_content(Chunk chunk, std::string_view head) {
  async::Deadline deadline = async::Deadline::in(stream_->loop().now(), idle_);
  if (request_framing_.kind == http::Framing::Kind::until_eof) {
    co_return co_await stream_->write({chunk.data}, deadline);
  }
  if (request_framing_.kind == http::Framing::Kind::length) {
    if (chunk.data.size() > request_left_ || (chunk.last && chunk.data.size() < request_left_))
      co_return fail(Errc::protocol, "the content does not have the announced length");
    request_left_ -= chunk.data.size();
    co_return co_await stream_->write({head, chunk.data}, deadline);
  }
  char size_line[kChunkHeaderSize];
  std::string_view prefix, suffix;
  if (!chunk.data.empty()) {
    prefix = format_chunk_header(size_line, chunk.data.size());
    suffix = "\r\n";
  }
  std::string trailers;
  if (chunk.last) trailers = format_last_chunk(trailers_wanted_ ? request_body_->trailers() : nullptr);
  co_return co_await stream_->write({head, prefix, chunk.data, suffix, trailers}, deadline);
}

// Sends the rest of the request's content while the response is awaited, or the client's half of a tunnel.
async::Task<void> Http1ClientConnection::pump(SendProgress*) {
  for (;;) {
    auto chunk = co_await request_body_->pull();
    if (!chunk) {
      // Half a request must not look like a whole one: cut the connection and wake whoever reads from it.
      request_error_ = chunk.error();
      reusable_ = false;
      stream_->abort_on_close();
      stream_->cut();
      break;
    }
    auto sent = co_await write_content(*chunk, {});
    last_sent_ = stream_->loop().now();
    if (!sent) {
      // The peer may have answered before it stopped reading; the reader will see.
      reusable_ = false;
      if (sent.error().code == Errc::timeout || sent.error().code == Errc::protocol) {
        request_error_ = sent.error();
        stream_->cut();
      }
      break;
    }
    if (chunk->last) {
      if (request_framing_.kind == http::Framing::Kind::until_eof) stream_->shutdown_write();
      break;
    }
  }
  pumping_ = false;
}

// More bytes of the response head. The time runs from the last byte of the request, and that may move meanwhile.
async::Task<Result<size_t>> Http1ClientConnection::receive(const SendArgs& args, std::span<char> into) {
  async::Loop& loop = stream_->loop();
  for (;;) {
    Duration patience = pumping_ ? idle_ : args.head_timeout;
    auto n = co_await stream_->read(into, async::Deadline::in(last_sent_, patience).sooner(args.deadline));
    if (request_error_) co_return fail(*request_error_);
    if (n || n.error().code != Errc::timeout) co_return n;
    bool moved = last_sent_ + (pumping_ ? idle_ : args.head_timeout) > loop.now();
    if (!moved || args.deadline.at <= loop.now()) co_return fail(Errc::timeout, "no response head in time");
  }
}

async::Task<Status> Http1ClientConnection::receive_head(SendArgs& args, Response& response, std::span<char>& rest) {
  HeadBuffer buffer(*args.arena);
  ResponseParser parser(limits_, args.head->method);
  uint32_t interim = 0;
  for (;;) {
    auto parsed = parser.parse(buffer.bytes(), response.head);
    if (parsed.state == ParseState::bad) co_return fail(Errc::protocol, std::string(parsed.rejection.detail));
    if (parsed.state == ParseState::need_more) {
      auto n = co_await receive(args, buffer.space());
      if (!n) co_return fail(n.error());
      if (*n == 0) {
        if (buffer.bytes().empty()) co_return fail(Errc::reset, "closed before a response");
        co_return fail(Errc::protocol, "closed inside the response head");
      }
      buffer.received(*n);
      continue;
    }
    buffer.consume(parsed.consumed);
    int status = response.head.status;
    if (status == 101 && args.head->upgrade.empty()) co_return fail(Errc::protocol, "101 without a request to upgrade");
    if (status == 101 && response.head.upgrade != args.head->upgrade)
      co_return fail(Errc::protocol, "101 to another protocol than was asked for");
    if (status == 101 && !accepts_key(*args.head, response.head))
      co_return fail(Errc::protocol, "101 with a wrong sec-websocket-accept");
    if (status >= 200 || status == 101) {
      rest = buffer.bytes();
      co_return Status{};
    }
    if (++interim > kMaxInterim) co_return fail(Errc::protocol, "too many interim responses");
    if (status != 100 && args.interim != nullptr) {
      auto passed = co_await args.interim->interim(response.head);
      if (!passed) co_return fail(passed.error());
    }
    response.head.headers.clear();
    parser.restart();
  }
}

// The exchange is over. `clean`: the response was read to its end and nothing came behind it.
void Http1ClientConnection::finish(bool clean) {
  // A request that is still being sent cannot be followed by another (RFC 9112 §9.6).
  if (!clean || pumping_ || request_error_) reusable_ = false;
  scope_.cancel();
  pumping_ = false;
  request_body_ = nullptr;
  --active_;
  if (on_idle) on_idle(reusable_ && !draining_);
}

}  // namespace mesh::codec
