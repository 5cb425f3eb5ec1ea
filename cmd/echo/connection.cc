#include "cmd/echo/connection.h"

#include "async/wait.h"
#include "base/crypto_digest.h"
#include "base/text.h"
#include "cmd/echo/bodies.h"
#include "codec/http1_server.h"
#include "codec/http2_server.h"
#include "tls/stream.h"

namespace mesh::echo {

using document::Json;
using http::HeaderId;

namespace {

constexpr size_t kMostText = 64 * 1024;
constexpr Duration kIdle = Duration::seconds(3600);

Json fields_json(const http::Headers& headers) {
  Json out = Json::object();
  for (const http::Field& field : headers) {
    std::string name = to_lower(field.name);
    bool known = false;
    for (auto& [key, values] : out.members()) {
      if (key != name) continue;
      values.push(field.value);
      known = true;
    }
    if (!known) out.set(std::move(name), Json::array().push(field.value));
  }
  return out;
}

bool is_grpc(const http::RequestHead& request) {
  std::string_view type = request.headers.value(HeaderId::content_type);
  return type.starts_with("application/grpc") && !type.starts_with("application/grpc-web");
}

void add_headers(Arena& arena, const Wishes& wishes, http::Headers& out) {
  for (const auto& [name, value] : wishes.headers) out.add(arena.copy(name), arena.copy(value));
}

}  // namespace

async::Task<void> Connection::run(std::unique_ptr<net::Stream> stream) {
  bool http2 = false;
  if (instance_.tls) {
    auto secured = tls::TlsStream::accept(instance_.tls, std::move(stream));
    if (!secured) co_return;
    tls::TlsStream& tls = **secured;
    stream = std::move(*secured);
    auto shaken = co_await tls.handshake({});
    if (!shaken) co_return;
    tls::TlsFacts facts = tls.facts();
    scheme_ = http::Scheme::https;
    sni_ = facts.sni;
    tls_version_ = facts.version;
    alpn_ = facts.alpn;
    if (facts.peer) client_certificate_ = facts.peer->uris.empty() ? facts.peer->subject : facts.peer->uris.front();
    http2 = alpn_ == "h2";
  }
  if (instance_.tcp) {
    for (;;) {
      auto buffer = instance_.loop.bulk();
      auto n = co_await stream->read(buffer, async::Deadline::in(instance_.loop.now(), kIdle));
      if (!n || *n == 0) break;
      auto sent = co_await stream->write({std::string_view(buffer.data(), *n)},
                                         async::Deadline::in(instance_.loop.now(), kIdle));
      if (!sent) co_return;
    }
    stream->shutdown_write();
    co_return;
  }
  std::string received;
  if (!http2) {
    codec::Http1ServerConnection http1(*stream, *this, instance_.limits, scheme_);
    if (co_await http1.run(!instance_.tls) == codec::Http1ServerConnection::End::closed) co_return;
    received = http1.received();
  }
  codec::Http2ServerConnection session(*stream, *this, instance_.limits, scheme_);
  co_await session.run(received);
}

async::Task<void> Connection::serve(codec::ServerStream& stream) {
  auto wishes = read_wishes(instance_.wishes, stream.request().headers);
  if (!wishes) {
    co_await refuse(stream, 400, wishes.error().message);
    co_return;
  }
  if (wishes->delay.ns > 0) co_await async::sleep_for(instance_.loop, wishes->delay);
  if (wishes->error_rate > 0 && instance_.random.unit() < wishes->error_rate) {
    co_await refuse(stream, 503, "failed as asked");
    co_return;
  }
  // Returning without an answer cuts the stream.
  if (wishes->reset_after == 0 && !is_grpc(stream.request())) co_return;
  if (stream.request().upgrade == "websocket") {
    co_await serve_websocket(stream);
  } else if (is_grpc(stream.request())) {
    co_await serve_grpc(stream, std::move(*wishes));
  } else {
    co_await serve_http(stream, std::move(*wishes));
  }
}

async::Task<void> Connection::refuse(codec::ServerStream& stream, int status, std::string message) {
  codec::BodyPtr body = make_content(stream.arena(), {.text = message + "\n"});
  http::ResponseHead head(stream.arena());
  head.status = status;
  head.headers.add(HeaderId::content_type, "text/plain; charset=utf-8");
  head.framing = http::Framing::of_length(message.size() + 1);
  (void)co_await stream.respond(head, std::move(body));
}

async::Task<void> Connection::serve_websocket(codec::ServerStream& stream) {
  http::ResponseHead head(stream.arena());
  head.status = 101;
  head.upgrade = "websocket";
  const http::Field* offers = stream.request().headers.find("sec-websocket-protocol");
  std::string_view offered = offers == nullptr ? std::string_view() : offers->value;
  // The first subprotocol that is offered is spoken (RFC 6455 §4.2.2).
  if (!offered.empty()) head.headers.add("sec-websocket-protocol", trim(offered.substr(0, offered.find(','))));
  head.framing = http::Framing::until_eof();
  (void)co_await stream.respond(head, make_websocket(stream.take_body()));
}

async::Task<void> Connection::serve_grpc(codec::ServerStream& stream, Wishes wishes) {
  Arena& arena = stream.arena();
  http::ResponseHead head(arena);
  head.status = 200;
  head.headers.add(HeaderId::content_type, stream.request().headers.value(HeaderId::content_type));
  head.headers.add("x-echo-instance", arena.copy(instance_.name));
  add_headers(arena, wishes, head.headers);
  if (wishes.grpc_status != 0 || wishes.status != 200) {
    // Trailers-Only, or a failure of plain HTTP.
    head.status = wishes.status;
    head.headers.add(HeaderId::grpc_status, arena.copy(std::to_string(wishes.grpc_status)));
    if (!wishes.grpc_message.empty()) head.headers.add(HeaderId::grpc_message, arena.copy(wishes.grpc_message));
    for (const auto& [name, value] : wishes.trailers) head.headers.add(arena.copy(name), arena.copy(value));
    (void)co_await stream.respond(head, nullptr);
    co_return;
  }
  head.framing = http::Framing::stream();
  codec::BodyPtr messages = make_grpc(arena, stream.take_body(),
                                      {.repeat = wishes.grpc_repeat,
                                       .last_only = wishes.grpc_last,
                                       .message = wishes.grpc_message,
                                       .trailers = wishes.trailers});
  if (wishes.reset_after) messages = make_mirror(std::move(messages), wishes.reset_after);
  (void)co_await stream.respond(head, std::move(messages));
}

async::Task<void> Connection::serve_http(codec::ServerStream& stream, Wishes wishes) {
  Arena& arena = stream.arena();
  const http::RequestHead& request = stream.request();
  if (wishes.interim) {
    http::ResponseHead hints(arena);
    hints.status = 103;
    hints.headers.add("link", "</style.css>; rel=preload; as=style");
    (void)co_await stream.send_interim(hints);
  }
  http::ResponseHead head(arena);
  head.status = wishes.status;
  head.headers.add("x-echo-instance", arena.copy(instance_.name));
  add_headers(arena, wishes, head.headers);
  if (wishes.close) stream.close_after();
  // An upgrade that is not taken is answered as if it were not there; its bytes are the next request's.
  codec::BodyPtr content = request.upgrade.empty() ? stream.take_body() : nullptr;
  codec::BodyPtr body;
  if (wishes.body && content) {
    head.headers.add(HeaderId::content_type, request.headers.has(HeaderId::content_type)
                                                 ? request.headers.value(HeaderId::content_type)
                                                 : "application/octet-stream");
    head.framing = wishes.chunked ? http::Framing::stream() : request.framing;
    body = make_mirror(std::move(content), wishes.reset_after);
  } else {
    Arrived arrived;
    if (content) {
      auto read = co_await read_content(std::move(content));
      if (!read) co_return;
      arrived = std::move(*read);
    }
    ContentSpec spec{.pattern_bytes = wishes.bytes, .trailers = wishes.trailers, .cut_after = wishes.reset_after};
    if (!wishes.bytes && !wishes.body) spec.text = describe(request, arrived);
    bool json = !spec.text.empty();
    head.headers.add(HeaderId::content_type, json ? "application/json" : "application/octet-stream");
    bool stream_it = wishes.chunked || !wishes.trailers.empty();
    head.framing = stream_it ? http::Framing::stream() : http::Framing::of_length(spec.size());
    body = make_content(arena, std::move(spec));
  }
  (void)co_await stream.respond(head, std::move(body));
}

async::Task<Result<Connection::Arrived>> Connection::read_content(codec::BodyPtr body) {
  Arrived arrived;
  Sha256 digest;
  for (;;) {
    auto chunk = co_await body->pull();
    if (!chunk) co_return fail(chunk.error());
    digest.add(chunk->data);
    arrived.size += chunk->data.size();
    if (arrived.size <= kMostText) arrived.text += chunk->data;
    if (chunk->last) break;
  }
  if (arrived.size > kMostText) arrived.text.clear();
  arrived.sha256 = digest.finish_hex();
  if (const http::Headers* trailers = body->trailers()) arrived.trailers = fields_json(*trailers);
  co_return arrived;
}

std::string Connection::describe(const http::RequestHead& request, const Arrived& arrived) const {
  Json out = Json::object()
                 .set("instance", instance_.name)
                 .set("client", peer_.to_string())
                 .set("protocol", to_string(request.version))
                 .set("method", request.method_text)
                 .set("scheme", to_string(request.scheme))
                 .set("authority", request.authority)
                 .set("target", request.target)
                 .set("headers", fields_json(request.headers));
  if (!request.upgrade.empty()) out.set("upgrade", request.upgrade);
  if (instance_.tls) {
    Json tls = Json::object().set("version", tls_version_).set("sni", sni_).set("alpn", alpn_);
    if (!client_certificate_.empty()) tls.set("peer", client_certificate_);
    out.set("tls", std::move(tls));
  }
  Json body = Json::object().set("size", arrived.size);
  if (arrived.size > 0) body.set("sha256", arrived.sha256);
  if (!arrived.text.empty()) body.set("text", arrived.text);
  out.set("body", std::move(body));
  if (!arrived.trailers.is_null()) out.set("trailers", arrived.trailers);
  return out.dump(2) + "\n";
}

}  // namespace mesh::echo
