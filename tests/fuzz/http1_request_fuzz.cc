// Any bytes as an HTTP/1 request: all scanners and all ways to cut the input agree; what is accepted is clean, and what
// is written for an upstream reads back as the same request.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
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

bool same(const http::Headers& a, const http::Headers& b) {
  if (a.size() != b.size()) return false;
  for (uint32_t i = 0; i < a.size(); ++i)
    if (a[i].name != b[i].name || a[i].value != b[i].value || a[i].id != b[i].id) return false;
  return true;
}

bool same(const http::RequestHead& a, const http::RequestHead& b) {
  return a.method == b.method && a.method_text == b.method_text && a.target == b.target && a.authority == b.authority &&
         a.upgrade == b.upgrade && a.framing.kind == b.framing.kind && a.framing.length == b.framing.length &&
         a.accepts_trailers == b.accepts_trailers && same(a.headers, b.headers);
}

void check_clean(const http::RequestHead& head) {
  require(http::is_token(head.method_text) && !head.target.empty() && http::all(head.target, http::kTarget));
  require(http::all(head.authority, http::kTarget));
  for (const http::Field& field : head.headers) {
    require(http::is_token(field.name) && http::all(field.value, http::kFieldValue));
    require(field.value.empty() || (field.value.front() != ' ' && field.value.back() != ' '));
    require(field.id == http::intern(field.name));
    switch (field.id) {
      case http::HeaderId::host:
      case http::HeaderId::content_length:
      case http::HeaderId::transfer_encoding:
      case http::HeaderId::connection:
      case http::HeaderId::upgrade:
      case http::HeaderId::te:
      case http::HeaderId::expect:
        std::abort();
      default:
        break;
    }
  }
}

void check_written(const http::RequestHead& head, Arena& arena, const ServerLimits& limits) {
  if (head.method == http::Method::connect || (head.authority.empty() && head.version == http::Version::http10)) return;
  std::string text(write_request_head(arena, head, head.framing));
  require(!text.empty());
  http::RequestHead again(arena);
  RequestParser parser(limits);
  Parsed parsed = parser.parse(text, again);
  // The writer adds a few bytes: a head at the limit may be over it now.
  if (parsed.state == ParseState::bad && parsed.rejection.status == 431) return;
  require(parsed.state == ParseState::ok && parsed.consumed == text.size() && same(head, again));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  size_t step = data[0] == 0 ? 1 : data[0];
  std::vector<char> bytes(data + 1, data + size);
  ServerLimits limits;
  limits.head_bytes = 4096;
  limits.target_bytes = 1024;
  BlockPool pool;
  Arena arena(pool);
  http::RequestHead head(arena);
  RequestParser parser(limits, HeadScanner::Isa::scalar);
  Parsed parsed = parser.parse(bytes, head);
  for (auto isa : {HeadScanner::Isa::sse2, HeadScanner::Isa::best}) {
    http::RequestHead other(arena);
    RequestParser other_parser(limits, isa);
    Parsed other_parsed = other_parser.parse(bytes, other);
    require(other_parsed.state == parsed.state && other_parsed.rejection.status == parsed.rejection.status);
    if (parsed.state == ParseState::ok) require(same(head, other) && other_parsed.consumed == parsed.consumed);
  }
  RequestParser slow(limits);
  http::RequestHead drip(arena);
  Parsed dripped;
  for (size_t at = 0; at < bytes.size() && dripped.state == ParseState::need_more;) {
    at = std::min(bytes.size(), at + step);
    std::vector<char> piece(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(at));
    dripped = slow.parse(piece, drip);
    if (dripped.state != ParseState::ok) continue;
    require(parsed.state == ParseState::ok && dripped.consumed == parsed.consumed && same(head, drip));
  }
  require((dripped.state == ParseState::ok) == (parsed.state == ParseState::ok));
  if (parsed.state == ParseState::bad) require(parsed.rejection.status >= 400 && !parsed.rejection.detail.empty());
  if (parsed.state != ParseState::ok) return 0;
  check_clean(head);
  check_written(head, arena, limits);
  return 0;
}
