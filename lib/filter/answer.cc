#include "filter/answer.h"

#include "codec/text_body.h"

namespace mesh::filter {

codec::Response make_answer(exchange::Exchange& exchange, const SourcePos& pos, exchange::EndReason reason, int status,
                            std::string_view content_type, std::string_view text) {
  exchange.record.reason = reason;
  exchange.record.decided = &pos;
  codec::Response response(exchange.arena);
  response.head.status = status;
  // RFC 9110 §15.3.5, §15.4.5: these never have content.
  if (status == 204 || status == 304) return response;
  response.head.framing = http::Framing::of_length(text.size());
  if (text.empty()) return response;
  response.head.headers.add(http::HeaderId::content_type, content_type);
  response.body = codec::text_body(exchange.arena, text);
  return response;
}

codec::Response refuse(exchange::Exchange& exchange, const SourcePos& pos, exchange::EndReason reason) {
  const exchange::ReasonInfo& info = exchange::describe(reason);
  std::string_view text = exchange.arena.concat(info.word, ": ", info.sentence, "\n");
  return make_answer(exchange, pos, reason, info.status, "text/plain; charset=utf-8", text);
}

}  // namespace mesh::filter
