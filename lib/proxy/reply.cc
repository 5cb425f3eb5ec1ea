#include "proxy/reply.h"

#include <string>

#include "codec/text_body.h"

namespace mesh::proxy {

using http::HeaderId;

bool is_grpc(const http::RequestHead& request) {
  std::string_view type = request.headers.value(HeaderId::content_type);
  constexpr std::string_view kGrpc = "application/grpc";
  if (!type.starts_with(kGrpc)) return false;
  return type.size() == kGrpc.size() || type[kGrpc.size()] == '+' || type[kGrpc.size()] == ';';
}

int grpc_status_of(int http_status) {
  switch (http_status) {
    case 400:
      return 13;  // INTERNAL
    case 401:
      return 16;  // UNAUTHENTICATED
    case 403:
      return 7;  // PERMISSION_DENIED
    case 404:
      return 12;  // UNIMPLEMENTED
    case 429:
    case 502:
    case 503:
      return 14;  // UNAVAILABLE
    case 504:
      return 4;  // DEADLINE_EXCEEDED
    default:
      return 2;  // UNKNOWN
  }
}

codec::Response make_reply(exchange::Exchange& exchange, exchange::EndReason reason) {
  const exchange::ReasonInfo& info = exchange::describe(reason);
  exchange.record.reason = reason;
  codec::Response response(exchange.arena);
  http::ResponseHead& head = response.head;
  if (is_grpc(exchange.request)) {
    head.status = 200;
    head.headers.add(HeaderId::content_type, "application/grpc");
    head.headers.add(HeaderId::grpc_status, exchange.arena.copy(std::to_string(grpc_status_of(info.status))));
    head.headers.add(HeaderId::grpc_message, info.word);
    return response;
  }
  head.status = info.status;
  head.headers.add(HeaderId::content_type, "text/plain; charset=utf-8");
  if (info.status == 503) head.headers.add(HeaderId::retry_after, "1");
  std::string_view text = exchange.arena.concat(info.word, ": ", info.sentence, "\n");
  head.framing = http::Framing::of_length(text.size());
  response.body = codec::text_body(exchange.arena, text);
  return response;
}

}  // namespace mesh::proxy
