#include "codec/http2_client.h"

#include <algorithm>

#include "base/text.h"
#include "codec/http1_parse.h"
#include "http/chars.h"

namespace mesh::codec {

namespace {
constexpr uint32_t kMaxInterim = 8;
constexpr uint32_t kFieldOverhead = 32;
constexpr uint32_t kMaxContinuations = 8;
constexpr uint32_t kMaxEmptyFrames = 100;
constexpr Duration kWritePatience = Duration::seconds(30);
}  // namespace

// One exchange: the request's content on its way out and the response on its way in. It is the response's body.
class Http2ClientConnection::Stream final : public Body {
 public:
  Stream(Http2ClientConnection& connection, SendArgs& args)
      : connection_(connection),
        arena(*args.arena),
        head(*args.arena),
        trailers_(*args.arena),
        source(connection.loop()),
        arrival(connection.loop()),
        pump_scope(connection.loop()),
        idle(args.idle),
        method(args.head->method),
        tunnel(!args.head->upgrade.empty()) {}

  Http2ClientConnection& connection_;
  Arena& arena;
  int32_t id = 0;
  http::ResponseHead head;
  http::Headers trailers_;
  Source source;
  async::Event arrival;  // head, content, end or failure
  async::Scope pump_scope;
  BodyPtr request_body;
  uint64_t request_left = 0;
  http::Framing request_framing;
  SendProgress* progress = nullptr;
  InterimSink* interim_sink = nullptr;
  Http2Input input;
  std::optional<Error> request_error;
  uint64_t content_left = 0;
  uint32_t code = 0;
  uint32_t fields = 0;
  uint32_t field_bytes = 0;
  uint32_t interim_seen = 0;
  Instant last_sent;
  Duration idle;
  http::Method method;
  bool tunnel;
  bool has_length = false;
  bool in_trailers = false;
  bool head_done = false;  // the final head is complete
  bool closed = false;
  bool broken = false;  // the response must not be forwarded
  bool refused = false;
  bool pumping = false;

  void add_field(std::string_view name, std::string_view value);
  bool finish_head(bool ended);
  async::Task<void> pump();

  // Body
  void release() noexcept override { connection_.finish(*this); }
  bool ready() const override { return !input.arrived.empty() || input.ended; }
  const http::Headers* trailers() const override { return trailers_.empty() ? nullptr : &trailers_; }
  async::Task<Result<Chunk>> pull() override;
  void take_over() {
    size_t size = std::exchange(input.handed, {}).size();
    if (size == 0 || closed) return;
    nghttp2_session_consume_stream(connection_.session(), id, size);
    connection_.flush();
  }
};

void Http2ClientConnection::Stream::add_field(std::string_view name, std::string_view value) {
  if (in_trailers) {
    http::Field field{name, value, http::intern(name), false};
    if (name.front() != ':' && allowed_in_trailers(field))
      trailers_.push({arena.copy(name), arena.copy(value), field.id, false});
    return;
  }
  if (name == ":status") {
    auto status = parse_dec(value, 599);
    head.status = status && value.size() == 3 ? static_cast<int>(*status) : 0;
    return;
  }
  if (name.front() == ':') return;
  http::HeaderId field_id = http::intern(name);
  if (field_id == http::HeaderId::content_length) {
    auto length = value.size() <= 18 ? parse_dec(value) : std::nullopt;
    broken |= !length || has_length;
    has_length = true;
    if (length) head.framing = http::Framing::of_length(*length);
    return;
  }
  if (field_id == http::HeaderId::te) return;
  head.headers.push({arena.copy(name), arena.copy(value), field_id, false});
}

// False: not a response that may be forwarded.
bool Http2ClientConnection::Stream::finish_head(bool ended) {
  head.version = http::Version::http2;
  if (head.status < 100 || head.status > 599 || broken) return false;
  if (head.status < 200) return !ended && head.status != 101;
  bool empty = ended || method == http::Method::head || head.status == 204 || head.status == 304;
  if (tunnel && head.status < 300) {
    // The one form of a tunnel that has begun, whatever the protocol (codec/client.h).
    head.status = 101;
    head.framing = http::Framing::until_eof();
  } else if (has_length) {
    if (ended && method != http::Method::head && head.status != 304 && head.framing.length != 0) return false;
    if (head.status == 204) head.framing = http::Framing::none();
  } else {
    head.framing = empty ? http::Framing::none() : http::Framing::stream();
  }
  content_left = head.framing.length;
  input.ended = ended;
  head_done = true;
  return true;
}

async::Task<Result<Chunk>> Http2ClientConnection::Stream::pull() {
  take_over();
  while (input.arrived.empty() && !input.ended) {
    if (closed || broken) {
      if (request_error) co_return fail(*request_error);
      if (broken) co_return fail(Errc::protocol, "the response's content breaks the rules");
      co_return fail(Errc::reset, "the stream was reset");
    }
    arrival.reset();
    // The two directions of a tunnel share one idle time, which the downstream side keeps.
    async::Deadline deadline = tunnel ? async::Deadline{} : async::Deadline::in(connection_.loop().now(), idle);
    auto woken = co_await arrival.wait(deadline);
    if (!woken && input.arrived.empty() && !input.ended && !closed) co_return fail(Errc::timeout, "no content in time");
  }
  input.handed.swap(input.arrived);
  co_return Chunk{input.handed, input.ended};
}

// Moves the request's content to where nghttp2 takes it from.
async::Task<void> Http2ClientConnection::Stream::pump() {
  for (;;) {
    auto chunk = co_await request_body->pull();
    if (closed) break;
    bool wrong = chunk && request_framing.kind == http::Framing::Kind::length &&
                 (chunk->data.size() > request_left || (chunk->last && chunk->data.size() < request_left));
    if (!chunk || wrong) {
      // Half a request must not look like a whole one.
      request_error =
          chunk ? Error{Errc::protocol, 0, "the content does not have the announced length"} : chunk.error();
      nghttp2_submit_rst_stream(connection_.session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
      connection_.flush();
      arrival.set();
      break;
    }
    request_left -= std::min<uint64_t>(request_left, chunk->data.size());
    if (progress != nullptr && !head_done) progress->body_bytes += chunk->data.size();
    source.output.append(chunk->data);
    last_sent = connection_.loop().now();
    if (chunk->last) {
      source.output.ended = true;
      source.output.trailers = request_body->trailers();
    }
    connection_.resume(id, source);
    if (chunk->last) break;
    auto room = co_await connection_.wait_for_room(source, idle);
    if (!room || closed) {
      if (!closed) {
        request_error = room.error();
        nghttp2_submit_rst_stream(connection_.session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
        connection_.flush();
      }
      break;
    }
    last_sent = connection_.loop().now();
  }
  pumping = false;
}

// Gives the stream back unless it got as far as a response with content.
struct Http2ClientConnection::Guard {
  Stream* stream;
  ~Guard() {
    if (stream != nullptr) stream->connection_.finish(*stream);
  }
};

Http2ClientConnection::Http2ClientConnection(std::unique_ptr<net::Stream> stream, const ClientLimits& limits)
    : Http2Session(*stream, false),
      owned_(std::move(stream)),
      limits_(limits),
      settings_(owned_->loop()),
      resets_(1000, 100),
      controls_(1000, 100),
      scope_(owned_->loop()),
      reading_(owned_->loop()) {
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  configure(option);
  nghttp2_option_set_peer_max_concurrent_streams(option, 100);
  open(false, option);
  nghttp2_option_del(option);
  std::array<nghttp2_settings_entry, 3> settings{{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits_.h2_stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits_.head_bytes},
  }};
  nghttp2_submit_settings(session(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session(), NGHTTP2_FLAG_NONE, 0,
                                        static_cast<int32_t>(limits_.h2_connection_window));
  scope_.spawn(write_loop(kWritePatience));
  scope_.spawn(run());
  flush();
}

Http2ClientConnection::~Http2ClientConnection() {
  reading_.cancel();
  scope_.cancel();
  for (auto& stream : streams_) stream->pump_scope.cancel();
}

bool Http2ClientConnection::available() const {
  if (dead_ || draining_ || write_dead_) return false;
  auto* session = const_cast<Http2ClientConnection*>(this)->session();
  return active_ < nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS) &&
         nghttp2_session_check_request_allowed(session) != 0;
}

async::Task<void> Http2ClientConnection::run() {
  reading_.spawn(read_loop());
  (void)co_await ended();
  reading_.cancel();
  dead_ = true;
  settings_.set();
  fail_all();
  if (!peer_gone_ && !write_dead_) co_await write_last(Duration::seconds(1));
  stream_.shutdown_write();
  if (on_idle) on_idle(false);
}

async::Task<void> Http2ClientConnection::read_loop() {
  for (;;) {
    auto n = co_await stream_.read(loop().bulk(), {});
    peer_gone_ = !n || *n == 0;
    if (peer_gone_ || !feed({loop().bulk().data(), *n})) break;
  }
  end();
}

void Http2ClientConnection::fail_all() {
  for (auto& stream : streams_) {
    stream->closed = true;
    stream->arrival.set();
    stream->source.room.set();
  }
}

Http2ClientConnection::Stream* Http2ClientConnection::find(int32_t id) {
  return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session(), id));
}

int Http2ClientConnection::submit(Stream& stream, SendArgs& args) {
  const http::RequestHead& head = *args.head;
  Arena& arena = *args.arena;
  std::vector<nghttp2_nv> fields;
  fields.reserve(head.headers.size() + 8);
  fields.push_back(pair(":method", stream.tunnel ? std::string_view("CONNECT") : head.method_text));
  if (stream.tunnel) fields.push_back(pair(":protocol", head.upgrade));
  fields.push_back(pair(":scheme", http::to_string(head.scheme)));
  fields.push_back(pair(":authority", head.authority));
  fields.push_back(pair(":path", head.target));
  if (stream.request_framing.kind == http::Framing::Kind::length && !stream.tunnel)
    fields.push_back(pair("content-length", arena.copy(std::to_string(stream.request_framing.length))));
  if (head.accepts_trailers && !stream.tunnel) fields.push_back(pair("te", "trailers"));
  add_fields(fields, head.headers, arena);
  if (stream.tunnel)
    std::erase_if(fields, [](const nghttp2_nv& nv) {
      return std::string_view(reinterpret_cast<char*>(nv.name), nv.namelen) == "sec-websocket-key";
    });
  nghttp2_data_provider content = provider(stream.source);
  bool has_content = stream.tunnel || stream.request_body != nullptr;
  // A head of HTTP/1 may hold what HTTP/2 has no room for; nghttp2 copies the fields.
  for (nghttp2_nv& nv : fields) nv.flags = NGHTTP2_NV_FLAG_NONE;
  return nghttp2_submit_request(session(), nullptr, fields.data(), fields.size(), has_content ? &content : nullptr,
                                &stream);
}

async::Task<Result<Response>> Http2ClientConnection::send(SendArgs args) {
  ++active_;
  streams_.push_back(std::make_unique<Stream>(*this, args));
  Stream& stream = *streams_.back();
  Guard guard{&stream};
  if (dead_) co_return fail(Errc::reset, "the connection is gone");
  if (stream.tunnel) {
    // Whether the peer can do it is in its SETTINGS (RFC 8441 §3).
    auto known = co_await wait_for_settings(async::Deadline::in(loop().now(), args.head_timeout));
    if (!known || dead_) co_return fail(Errc::reset, "no SETTINGS from the peer");
    if (nghttp2_session_get_remote_settings(session(), NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) != 1)
      co_return fail(Errc::unsupported, "the peer does not offer extended CONNECT");
  }
  stream.progress = args.progress;
  stream.interim_sink = args.interim;
  stream.last_sent = loop().now();
  BodyPtr content = std::move(args.body);
  if (content && !stream.tunnel) {
    stream.request_framing = args.head->framing;
    stream.request_left = stream.request_framing.length;
    stream.request_body = std::move(content);
  }
  stream.id = submit(stream, args);
  if (stream.id < 0) co_return fail(Errc::limit, "no stream to be had");
  flush();
  if (args.progress != nullptr) args.progress->sent = true;
  if (stream.request_body) {
    stream.pumping = true;
    stream.pump_scope.spawn(stream.pump());
  }
  auto got = co_await wait_for_head(stream, args);
  if (!got) co_return fail(got.error());
  Response response(*args.arena);
  response.head = stream.head;
  bool tunnel = response.head.status == 101;
  if (tunnel && content) {
    stream.request_body = std::move(content);
    stream.request_framing = http::Framing::until_eof();
    stream.pumping = true;
    stream.pump_scope.spawn(stream.pump());
  }
  // Without content, and with the request all sent, the exchange is over.
  if (!tunnel && stream.input.ended && stream.input.arrived.empty() && stream.trailers_.empty()) co_return response;
  guard.stream = nullptr;
  response.body = BodyPtr(&stream);
  co_return response;
}

async::Task<Status> Http2ClientConnection::wait_for_settings(async::Deadline deadline) {
  if (settings_.is_set()) co_return Status{};
  co_return co_await settings_.wait(deadline);
}

async::Task<Status> Http2ClientConnection::wait_for_head(Stream& stream, SendArgs& args) {
  for (;;) {
    if (stream.interim_seen > kMaxInterim) co_return fail(Errc::protocol, "too many interim responses");
    if (stream.broken) co_return fail(Errc::protocol, "a response that must not be forwarded");
    if (stream.head_done) co_return Status{};
    if (stream.request_error) co_return fail(*stream.request_error);
    if (stream.closed) {
      bool unprocessed = stream.code == NGHTTP2_REFUSED_STREAM || stream.id > goaway_last_;
      if (args.progress != nullptr) args.progress->refused = unprocessed;
      if (stream.code == NGHTTP2_PROTOCOL_ERROR && !dead_) co_return fail(Errc::protocol, "the stream broke the rules");
      co_return fail(Errc::reset, unprocessed ? "the peer refused the stream" : "the stream was reset");
    }
    stream.arrival.reset();
    Duration patience = stream.pumping ? stream.idle : args.head_timeout;
    auto woken = co_await stream.arrival.wait(async::Deadline::in(stream.last_sent, patience).sooner(args.deadline));
    if (woken) continue;
    bool moved = stream.last_sent + (stream.pumping ? stream.idle : args.head_timeout) > loop().now();
    if (moved && args.deadline.at > loop().now()) continue;
    co_return fail(Errc::timeout, "no response head in time");
  }
}

// The exchange is over: read to its end, given up, or failed.
void Http2ClientConnection::finish(Stream& stream) {
  stream.pump_scope.cancel();
  if (!stream.closed && stream.id > 0) {
    // What is still coming is of no interest; a request still going out must not look complete.
    bool complete = stream.input.ended && stream.source.output.ended;
    if (!complete || !stream.input.ended)
      nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, stream.id,
                                stream.broken ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_CANCEL);
    nghttp2_session_set_stream_user_data(session(), stream.id, nullptr);
    flush();
  }
  auto at = std::find_if(streams_.begin(), streams_.end(), [&](auto& s) { return s.get() == &stream; });
  // Frames of this stream that wait to be sent must not look at it any more: they go with the reset.
  std::unique_ptr<Stream> gone = std::move(*at);
  streams_.erase(at);
  gone->request_body = nullptr;
  gone->source.output.trailers = nullptr;
  gone->source.output.ended = gone->source.output.ended && gone->source.output.size() == 0;
  if (!gone->closed && gone->id > 0) orphans_.push_back(std::move(gone));
  --active_;
  if (on_idle) on_idle(!dead_ && !draining_);
}

// A stream of ours that both ends have closed: nothing may come on it any more (RFC 9113 §5.1). What was on its way
// when we reset it is no fault of the peer.
bool Http2ClientConnection::is_over(int32_t id) const {
  if (std::find(reset_by_us_.begin(), reset_by_us_.end(), id) != reset_by_us_.end()) return false;
  return std::none_of(orphans_.begin(), orphans_.end(), [id](const auto& orphan) { return orphan->id == id; });
}

void Http2ClientConnection::data_on_closed(int32_t id) {
  bool idle = id % 2 == 0 || id >= static_cast<int32_t>(nghttp2_session_get_next_stream_id(session()));
  if (id > 0 && idle) doom(NGHTTP2_PROTOCOL_ERROR, "DATA on an idle stream");
  if (id > 0 && !idle && is_over(id)) doom(NGHTTP2_STREAM_CLOSED, "DATA on a closed stream");
}

void Http2ClientConnection::frame_begins(const nghttp2_frame_hd& header) {
  bool empty = header.length == 0 && (header.type == NGHTTP2_HEADERS || header.type == NGHTTP2_CONTINUATION ||
                                      (header.type == NGHTTP2_DATA && (header.flags & NGHTTP2_FLAG_END_STREAM) == 0));
  empty_frames_ = empty ? empty_frames_ + 1 : (header.length > 0 ? 0 : empty_frames_);
  if (empty_frames_ > kMaxEmptyFrames) doom(NGHTTP2_ENHANCE_YOUR_CALM, "empty frames");
  if (header.type == NGHTTP2_HEADERS) continuations_ = 0;
  if (header.type == NGHTTP2_CONTINUATION && ++continuations_ > kMaxContinuations)
    doom(NGHTTP2_ENHANCE_YOUR_CALM, "header block");
  if (header.type == NGHTTP2_RST_STREAM && !resets_.take(loop().now())) doom(NGHTTP2_ENHANCE_YOUR_CALM, "resets");
  if ((header.type == NGHTTP2_PING || header.type == NGHTTP2_SETTINGS) && !controls_.take(loop().now()))
    doom(NGHTTP2_ENHANCE_YOUR_CALM, "control frames");
  // A stream that this side never opened (RFC 9113 §5.1, idle).
  if (header.type == NGHTTP2_HEADERS && header.stream_id > 0 &&
      (header.stream_id % 2 == 0 ||
       header.stream_id >= static_cast<int32_t>(nghttp2_session_get_next_stream_id(session()))))
    doom(NGHTTP2_PROTOCOL_ERROR, "frame on an idle stream");
  if (header.type == NGHTTP2_HEADERS && find(header.stream_id) == nullptr && is_over(header.stream_id))
    doom(NGHTTP2_STREAM_CLOSED, "HEADERS on a closed stream");
}

int Http2ClientConnection::begin_headers(const nghttp2_frame& frame) {
  Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  stream->in_trailers = stream->head_done;
  stream->fields = stream->field_bytes = 0;
  return 0;
}

int Http2ClientConnection::header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  stream->field_bytes += static_cast<uint32_t>(name.size() + value.size()) + kFieldOverhead;
  if (++stream->fields > limits_.head_fields + 1 || stream->field_bytes > limits_.head_bytes) {
    stream->broken = true;
    return 0;
  }
  stream->add_field(name, value);
  return 0;
}

int Http2ClientConnection::frame_received(const nghttp2_frame& frame) {
  bool ended = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.hd.type == NGHTTP2_SETTINGS && (frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) {
    settings_.set();
    return 0;
  }
  if (frame.hd.type == NGHTTP2_GOAWAY) {
    goaway_last_ = frame.goaway.last_stream_id;
    draining_ = true;
    return 0;
  }
  Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr || (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA)) return 0;
  if (frame.hd.type == NGHTTP2_HEADERS && !stream->in_trailers) {
    if (!stream->finish_head(ended)) {
      stream->broken = true;
    } else if (!stream->head_done) {
      // An interim response: passed on by value, since the final head takes its place.
      ++stream->interim_seen;
      if (stream->interim_sink != nullptr && stream->head.status != 100 && stream->interim_seen <= kMaxInterim)
        pass_interim(*stream);
      stream->head = http::ResponseHead(stream->arena);
      stream->has_length = false;
    }
  } else if (ended) {
    if (stream->head.framing.kind == http::Framing::Kind::length && stream->content_left != 0 &&
        stream->method != http::Method::head && stream->head.status != 304)
      stream->broken = true;
    if (!stream->broken) stream->input.ended = true;
  }
  stream->arrival.set();
  return 0;
}

void Http2ClientConnection::pass_interim(Stream& stream) {
  auto task = [](InterimSink* sink, http::ResponseHead head) -> async::Task<void> {
    (void)co_await sink->interim(head);
  };
  stream.pump_scope.spawn(task(stream.interim_sink, stream.head));
}

int Http2ClientConnection::frame_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_RST_STREAM) reset_by_us_[reset_at_++ % reset_by_us_.size()] = frame.hd.stream_id;
  return 0;
}

int Http2ClientConnection::data(int32_t id, std::string_view bytes) {
  nghttp2_session_consume_connection(session(), bytes.size());
  Stream* stream = find(id);
  if (stream == nullptr) {
    nghttp2_session_consume_stream(session(), id, bytes.size());
    return 0;
  }
  if (!stream->head_done) stream->broken = true;
  if (stream->head.framing.kind == http::Framing::Kind::length) {
    if (bytes.size() > stream->content_left) stream->broken = true;
    stream->content_left -= std::min<uint64_t>(stream->content_left, bytes.size());
  }
  stream->input.arrived.append(bytes);
  stream->arrival.set();
  return 0;
}

void Http2ClientConnection::stream_closed(int32_t id, uint32_t code) {
  std::erase_if(orphans_, [id](const auto& orphan) { return orphan->id == id; });
  Stream* stream = find(id);
  if (stream == nullptr) return;
  nghttp2_session_set_stream_user_data(session(), id, nullptr);
  stream->closed = true;
  stream->code = code;
  stream->arrival.set();
  stream->source.room.set();
}

}  // namespace mesh::codec
