// Any bytes as an HTTP/1 response: all scanners and all cuts agree; what is accepted is clean and reads back the same
// when it is written for a client.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "codec/http1_parse.h"
#include "codec/http1_write.h"
#include "http/chars.h"

namespace {

using namespace mesh;
using namespace mesh::codec;

void require(bool holds) {
  if (!holds) std::abort();
}

bool same(const http::ResponseHead& a, const http::ResponseHead& b) {
  if (a.status != b.status || a.framing.kind != b.framing.kind || a.framing.length != b.framing.length) return false;
  if (a.headers.size() != b.headers.size() || a.upgrade != b.upgrade) return false;
  for (uint32_t i = 0; i < a.headers.size(); ++i)
    if (a.headers[i].name != b.headers[i].name || a.headers[i].value != b.headers[i].value) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  auto method = (data[0] & 1) != 0 ? http::Method::head : http::Method::get;
  size_t step = 1 + data[0] / 2;
  std::vector<char> bytes(data + 1, data + size);
  ClientLimits limits;
  limits.head_bytes = 4096;
  BlockPool pool;
  Arena arena(pool);
  http::ResponseHead head(arena);
  ResponseParser parser(limits, method, HeadScanner::Isa::scalar);
  Parsed parsed = parser.parse(bytes, head);
  ResponseParser slow(limits, method);
  http::ResponseHead drip(arena);
  Parsed dripped;
  for (size_t at = 0; at < bytes.size() && dripped.state == ParseState::need_more;) {
    at = std::min(bytes.size(), at + step);
    std::vector<char> piece(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(at));
    dripped = slow.parse(piece, drip);
    if (dripped.state == ParseState::ok) require(parsed.state == ParseState::ok && same(head, drip));
  }
  require((dripped.state == ParseState::ok) == (parsed.state == ParseState::ok));
  if (parsed.state != ParseState::ok) return 0;
  require(head.status >= 100 && head.status <= 599 && http::all(head.reason, http::kFieldValue));
  for (const http::Field& field : head.headers)
    require(http::is_token(field.name) && http::all(field.value, http::kFieldValue));
  if (head.framing.kind == http::Framing::Kind::until_eof || !head.upgrade.empty()) return 0;
  std::string text(write_response_head(arena, head, {.framing = head.framing}));
  http::ResponseHead again(arena);
  ResponseParser second(limits, method);
  Parsed read = second.parse(text, again);
  if (read.state == ParseState::bad && read.rejection.status == 431) return 0;
  if (read.state == ParseState::need_more) std::abort();
  require(read.state == ParseState::ok && read.consumed == text.size() && same(head, again));
  return 0;
}
