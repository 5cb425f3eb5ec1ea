#include "codec/http2_server_stream.h"

#include <algorithm>

#include "base/text.h"
#include "codec/http1_parse.h"
#include "http/chars.h"

namespace mesh::codec {

void Http2ServerConnection::Stream::add_field(std::string_view name, std::string_view value) {
  if (in_trailers) {
    http::Field field{name, value, http::intern(name), false};
    if (name.front() != ':' && allowed_in_trailers(field))
      trailers_.push({memory_.copy(name), memory_.copy(value), field.id, false});
    return;
  }
  if (name.front() == ':') {
    std::string_view copy = memory_.copy(value);
    if (name == ":method") {
      head_.method_text = copy;
      head_.method = http::parse_method(copy);
    } else if (name == ":path") {
      head_.target = copy;
    } else if (name == ":authority") {
      head_.authority = copy;
    } else if (name == ":protocol") {
      head_.upgrade = copy;
      head_.extended_connect = true;
    }
    return;
  }
  http::HeaderId id_of = http::intern(name);
  switch (id_of) {
    case http::HeaderId::cookie:
      // Crumbs become one field again (RFC 9113 §8.2.3).
      if (!cookie_.empty()) cookie_ += "; ";
      cookie_ += value;
      return;
    case http::HeaderId::host:
      bad_host |= !host_.empty();
      host_ = memory_.copy(value);
      return;
    case http::HeaderId::content_length:
      if (auto length = parse_dec(value)) {
        has_length_ = true;
        head_.framing = http::Framing::of_length(*length);
      }
      return;
    case http::HeaderId::te:
      head_.accepts_trailers = true;
      return;
    case http::HeaderId::expect:
      other_expectation |= head_.expect_continue || !equal_ignore_case(value, "100-continue");
      head_.expect_continue = true;
      return;
    default:
      break;
  }
  if (id_of == http::HeaderId::other && name.find('_') != std::string_view::npos) {
    auto policy = connection_.limits_.underscores;
    if (policy == ServerLimits::Underscores::reject) bad_host = true;
    if (policy != ServerLimits::Underscores::keep) return;
  }
  head_.headers.push({memory_.copy(name), memory_.copy(value), id_of, false});
}

// False: the request contradicts itself.
bool Http2ServerConnection::Stream::finish_head(bool ended) {
  if (!cookie_.empty()) head_.headers.add(http::HeaderId::cookie, memory_.copy(cookie_));
  if (head_.authority.empty()) head_.authority = host_;
  if (!host_.empty() && !equal_ignore_case(host_, head_.authority)) return false;
  if (bad_host || head_.authority.empty()) return false;
  if (head_.method == http::Method::connect && !head_.extended_connect) head_.target = head_.authority;
  if (!head_.upgrade.empty()) {
    head_.framing = http::Framing::none();
  } else if (ended) {
    head_.framing = has_length_ && head_.framing.length == 0 ? http::Framing::of_length(0) : http::Framing::none();
  } else if (!has_length_) {
    head_.framing = http::Framing::stream();
  }
  head_.accepts_trailers = true;  // HTTP/2 always can
  input_.ended = ended;
  for (char c : head_.method_text)
    if (c >= 'a' && c <= 'z') return false;
  // nghttp2 looks at the path only for the schemes it knows (threats PA-08).
  bool has_path = head_.method != http::Method::connect || head_.extended_connect;
  bool asterisk = head_.method == http::Method::options && head_.target == "*";
  if (has_path && !asterisk && !head_.target.starts_with('/')) return false;
  return http::all(head_.target, http::kTarget);
}

async::Task<Result<Chunk>> Http2ServerConnection::Stream::pull() {
  take_over(std::exchange(input_.handed, {}).size());
  if (head_.expect_continue && !responded_ && interim_ == 0 && input_.arrived.empty() && !input_.ended) {
    http::ResponseHead proceed(memory_);
    proceed.status = 100;
    (void)co_await send_interim(proceed);
  }
  Duration idle = tunnel_ || !head_.upgrade.empty() ? connection_.limits_.tunnel_idle : connection_.limits_.body_idle;
  while (input_.arrived.empty() && !input_.ended) {
    if (closed) {
      body_failure_ = Errc::reset;
      co_return fail(Errc::reset, "the client reset the stream");
    }
    arrival_.reset();
    auto woken = co_await arrival_.wait(async::Deadline::in(connection_.loop().now(), idle));
    // The two directions of a tunnel share one idle time.
    bool other_way = tunnel_ && moved_ + idle > connection_.loop().now();
    if (!woken && input_.arrived.empty() && !input_.ended && !closed && !other_way) {
      body_failure_ = Errc::timeout;
      co_return fail(Errc::timeout, "the content took too long");
    }
  }
  input_.handed.swap(input_.arrived);
  co_return Chunk{input_.handed, input_.ended};
}

async::Task<Status> Http2ServerConnection::Stream::respond(http::ResponseHead& head, BodyPtr body) {
  responded_ = true;
  if (closed) {
    downstream_failed_ = true;
    co_return fail(Errc::reset, "the client reset the stream");
  }
  tunnel_ = head.status == 101;
  if (tunnel_) {
    head.status = 200;
    head.headers.remove(http::HeaderId::sec_websocket_accept);
  }
  bool empty = head_.method == http::Method::head || head.status == 204 || head.status == 304;
  if (empty) body = nullptr;
  std::vector<nghttp2_nv> fields_out;
  fields_out.reserve(head.headers.size() + 4);
  fields_out.push_back(pair(":status", memory_.copy(std::to_string(head.status))));
  if (!tunnel_ && (head.framing.kind == http::Framing::Kind::length || (!body && !empty)) && head.status != 204) {
    uint64_t length = head.framing.kind == http::Framing::Kind::length ? head.framing.length : 0;
    // An answer of only a head, as gRPC sends on failure, has no length.
    if (body || empty || head.framing.kind == http::Framing::Kind::length)
      fields_out.push_back(pair("content-length", memory_.copy(std::to_string(length))));
  }
  add_fields(fields_out, head.headers, memory_);
  if (!head.headers.has(http::HeaderId::date)) fields_out.push_back(pair("date", connection_.handler_.date()));
  // Copied by nghttp2: if the connection is being given up, the frame goes out when the handler and what it held on to
  // (a configuration, say) are gone.
  for (nghttp2_nv& nv : fields_out) nv.flags = NGHTTP2_NV_FLAG_NONE;
  nghttp2_data_provider content = connection_.provider(source_);
  int result = nghttp2_submit_response(connection_.session(), id, fields_out.data(), fields_out.size(),
                                       body ? &content : nullptr);
  connection_.flush();
  if (result != 0) {
    downstream_failed_ = true;
    co_return fail(Errc::reset, "the stream cannot be answered");
  }
  if (body) {
    auto sent = co_await send_content(std::move(body), head.framing);
    if (!sent) {
      if (!closed) {
        nghttp2_submit_rst_stream(connection_.session(), NGHTTP2_FLAG_NONE, id,
                                  sent.error().code == Errc::timeout ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR);
        connection_.flush();
      }
      co_return sent;
    }
  }
  co_return co_await wait_until_sent();
}

async::Task<Status> Http2ServerConnection::Stream::send_content(BodyPtr body, http::Framing framing) {
  uint64_t left = framing.length;
  for (;;) {
    auto chunk = co_await body->pull();
    if (!chunk) co_return fail(chunk.error());
    if (closed) {
      downstream_failed_ = true;
      co_return fail(Errc::reset, "the client reset the stream");
    }
    if (framing.kind == http::Framing::Kind::length) {
      if (chunk->data.size() > left || (chunk->last && chunk->data.size() < left))
        co_return fail(Errc::protocol, "the content does not have the announced length");
      left -= chunk->data.size();
    }
    bytes_sent_ += chunk->data.size();
    moved_ = connection_.loop().now();
    source_.output.append(chunk->data);
    if (chunk->last) {
      source_.output.ended = true;
      if (const http::Headers* trailers_out = body->trailers()) {
        // They outlive the body, which may be released before the frame is sent.
        auto* kept = new (memory_.allocate(sizeof(http::Headers), alignof(http::Headers))) http::Headers(memory_);
        for (const http::Field& field : *trailers_out)
          if (allowed_in_trailers(field) && http::is_token(field.name) && http::all(field.value, http::kFieldValue))
            kept->push({memory_.copy(field.name), memory_.copy(field.value), field.id, false});
        source_.output.trailers = kept;
      }
    }
    connection_.resume(id, source_);
    if (chunk->last) co_return Status{};
    auto room = co_await connection_.wait_for_room(source_, connection_.limits_.write_idle);
    if (!room) {
      downstream_failed_ = true;
      co_return room;
    }
  }
}

// The exchange ends when its last frame has gone; a client that stops reading is given up on.
async::Task<Status> Http2ServerConnection::Stream::wait_until_sent() {
  while (!closed && !ended_by_us) {
    uint64_t before = source_.sent;
    closure_.reset();
    auto woken = co_await closure_.wait(async::Deadline::in(connection_.loop().now(), connection_.limits_.write_idle));
    if (woken || source_.sent != before) continue;
    nghttp2_submit_rst_stream(connection_.session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    connection_.flush();
    downstream_failed_ = true;
    co_return fail(Errc::timeout, "the client does not read");
  }
  if (!ended_by_us) {
    downstream_failed_ = true;
    co_return fail(Errc::reset, "the client reset the stream");
  }
  co_return Status{};
}

}  // namespace mesh::codec
