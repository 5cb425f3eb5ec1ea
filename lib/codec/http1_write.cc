#include "codec/http1_write.h"

#include <cstring>

#include "base/text.h"
#include "http/chars.h"
#include "http/status.h"

namespace mesh::codec {

namespace {

using http::Field;
using http::Framing;

// Bounded writing: the size is known before the first byte is put.
class Writer {
 public:
  Writer(Arena& arena, size_t most) : arena_(arena), start_(arena.tail(most).data()), at_(start_) {}
  void put(std::string_view text) {
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void number(uint64_t value) { at_ = format_dec(at_, value); }
  std::string_view finish() {
    auto size = static_cast<size_t>(at_ - start_);
    arena_.commit(size);
    return {start_, size};
  }

 private:
  Arena& arena_;
  char* start_;
  char* at_;
};

constexpr uint64_t bit(http::HeaderId id) { return uint64_t{1} << static_cast<unsigned>(id); }
static_assert(static_cast<unsigned>(http::HeaderId::kCount) <= 64);

// Framing and what concerns one connection: never copied from a head, whoever put it there.
constexpr uint64_t kOwnInResponse = bit(http::HeaderId::content_length) | bit(http::HeaderId::transfer_encoding) |
                                    bit(http::HeaderId::connection) | bit(http::HeaderId::keep_alive) |
                                    bit(http::HeaderId::proxy_connection) | bit(http::HeaderId::te) |
                                    bit(http::HeaderId::upgrade) | bit(http::HeaderId::http2_settings);
constexpr uint64_t kOwnInRequest = kOwnInResponse | bit(http::HeaderId::host);

// May this be written? A raw line was checked when it was read.
bool is_good(const Field& field, uint64_t own) {
  if ((own & bit(field.id)) != 0) return false;
  if (field.raw) return true;
  // A name that has an id is a token.
  return (field.id != http::HeaderId::other || http::is_token(field.name)) && http::is_field_value(field.value);
}

size_t size_of(const http::Headers& headers) {
  size_t size = 0;
  for (const Field& field : headers) size += field.name.size() + field.value.size() + 4;
  return size;
}

void put_fields(Writer& out, const http::Headers& headers, uint64_t own) {
  const Field* end = headers.end();
  for (const Field* field = headers.begin(); field != end;) {
    if (!is_good(*field, own)) {
      ++field;
      continue;
    }
    if (!field->raw) {
      out.put(field->name);
      out.put(": ");
      out.put(field->value);
      out.put("\r\n");
      ++field;
      continue;
    }
    // A run of lines that lie one behind the other as they came.
    const char* start = field->name.data();
    const char* stop = field->value.data() + field->value.size() + 2;
    for (++field; field != end && field->raw && field->name.data() == stop && is_good(*field, own); ++field)
      stop = field->value.data() + field->value.size() + 2;
    out.put({start, static_cast<size_t>(stop - start)});
  }
}

void put_framing(Writer& out, Framing framing) {
  if (framing.kind == Framing::Kind::stream) out.put("transfer-encoding: chunked\r\n");
  if (framing.kind == Framing::Kind::length) {
    out.put("content-length: ");
    out.number(framing.length);
    out.put("\r\n");
  }
}

constexpr size_t kSlack = 256;  // of everything that is added to the fields

}  // namespace

std::string_view write_request_head(Arena& arena, const http::RequestHead& head, Framing framing) {
  bool tunnel = !head.upgrade.empty();
  if (!http::is_token(head.method_text) || head.target.empty() || !http::all(head.target, http::kTarget) ||
      !http::all(head.authority, http::kTarget) || !http::all(head.upgrade, http::kToken))
    return {};
  std::string_view method = tunnel ? "GET" : head.method_text;
  Writer out(arena, method.size() + head.target.size() + head.authority.size() + head.upgrade.size() +
                        size_of(head.headers) + kSlack);
  out.put(method);
  out.put(" ");
  out.put(head.target);
  out.put(" HTTP/1.1\r\nhost: ");
  out.put(head.authority);
  out.put("\r\n");
  put_framing(out, framing);
  put_fields(out, head.headers, kOwnInRequest);
  if (tunnel) {
    out.put("connection: upgrade\r\nupgrade: ");
    out.put(head.upgrade);
    out.put("\r\n");
  } else if (head.accepts_trailers) {
    out.put("te: trailers\r\nconnection: te\r\n");
  }
  out.put("\r\n");
  return out.finish();
}

std::string_view write_response_head(Arena& arena, const http::ResponseHead& head, const ResponseHeadOptions& options) {
  Writer out(arena, head.reason.size() + head.upgrade.size() + size_of(head.headers) + kSlack);
  out.put("HTTP/1.1 ");
  out.number(static_cast<uint64_t>(head.status));
  out.put(" ");
  std::string_view reason = head.reason.empty() ? http::status_text(head.status) : head.reason;
  if (http::all(reason, http::kFieldValue)) out.put(reason);
  out.put("\r\n");
  put_framing(out, options.framing);
  put_fields(out, head.headers, kOwnInResponse);
  if (!options.date.empty()) {
    out.put("date: ");
    out.put(options.date);
    out.put("\r\n");
  }
  switch (options.connection) {
    case ConnectionField::none:
      break;
    case ConnectionField::close:
      out.put("connection: close\r\n");
      break;
    case ConnectionField::keep_alive:
      out.put("connection: keep-alive\r\n");
      break;
    case ConnectionField::upgrade:
      out.put("connection: upgrade\r\nupgrade: ");
      out.put(head.upgrade);
      out.put("\r\n");
      break;
  }
  out.put("\r\n");
  return out.finish();
}

std::string_view write_interim_head(Arena& arena, const http::ResponseHead& head) {
  return write_response_head(arena, head, {});
}

std::string_view write_refusal(Arena& arena, int status, std::string_view text, std::string_view date) {
  http::ResponseHead head(arena);
  head.status = status;
  head.headers.add(http::HeaderId::content_type, "text/plain; charset=utf-8");
  std::string_view body = arena.concat(text, "\n");
  std::string_view start =
      write_response_head(arena, head, {Framing::of_length(body.size()), ConnectionField::close, date});
  return arena.concat(start, body);
}

}  // namespace mesh::codec
