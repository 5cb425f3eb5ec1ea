#include "codec/http1_write.h"

#include <cstring>

#include "base/text.h"
#include "http/chars.h"

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

size_t size_of(const http::Headers& headers) {
  size_t size = 0;
  for (const Field& field : headers) size += field.name.size() + field.value.size() + 4;
  return size;
}

void put_fields(Writer& out, const http::Headers& headers) {
  const Field* end = headers.end();
  for (const Field* field = headers.begin(); field != end;) {
    if (!field->raw) {
      if (http::is_token(field->name) && http::all(field->value, http::kFieldValue)) {
        out.put(field->name);
        out.put(": ");
        out.put(field->value);
        out.put("\r\n");
      }
      ++field;
      continue;
    }
    // A run of lines that lie one behind the other as they came.
    const char* start = field->name.data();
    const char* stop = field->value.data() + field->value.size() + 2;
    for (++field; field != end && field->raw && field->name.data() == stop; ++field)
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
  put_fields(out, head.headers);
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
  std::string_view reason = head.reason.empty() ? status_text(head.status) : head.reason;
  if (http::all(reason, http::kFieldValue)) out.put(reason);
  out.put("\r\n");
  put_framing(out, options.framing);
  put_fields(out, head.headers);
  if (!options.date.empty()) {
    out.put("date: ");
    out.put(options.date);
    out.put("\r\n");
  }
  switch (options.connection) {
    case ConnectionField::none: break;
    case ConnectionField::close: out.put("connection: close\r\n"); break;
    case ConnectionField::keep_alive: out.put("connection: keep-alive\r\n"); break;
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
  std::string_view start = write_response_head(arena, head, {Framing::of_length(body.size()), ConnectionField::close, date});
  return arena.concat(start, body);
}

std::string_view status_text(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 102: return "Processing";
    case 103: return "Early Hints";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 418: return "I'm a teapot";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    case 511: return "Network Authentication Required";
    default: return "";
  }
}

}  // namespace mesh::codec
