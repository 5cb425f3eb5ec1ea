#include "filter/compress/compress.h"

#include <algorithm>

#include "filter/compress/accept_encoding.h"
#include "filter/compress/encoded_body.h"
#include "filter/field_list.h"

namespace mesh::filter {

namespace {

using http::HeaderId;

// `pattern` is lower case.
bool type_matches(std::string_view pattern, std::string_view type) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return equal_ignore_case(pattern, type);
  std::string_view head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  return type.size() > head.size() + tail.size() && equal_ignore_case(type.substr(0, head.size()), head) &&
         equal_ignore_case(type.substr(type.size() - tail.size()), tail);
}

bool no_transform(const http::Headers& headers) {
  return each_element(headers, HeaderId::cache_control,
                      [](std::string_view element) { return equal_ignore_case(element, "no-transform"); });
}

// What described the bytes of the content does not hold for the encoded ones (RFC 9110 §8.8.3.3, RFC 9530).
void adapt_head(exchange::Exchange& exchange, codec::Response& response, config::Encoding encoding) {
  http::Headers& headers = response.head.headers;
  headers.set(HeaderId::content_encoding, coding_name(encoding));
  for (std::string_view name : {"accept-ranges", "content-md5", "content-digest", "repr-digest", "digest"})
    headers.remove(name);
  std::string_view tag = headers.value(HeaderId::etag);
  if (!tag.empty() && !tag.starts_with("W/")) headers.set(HeaderId::etag, exchange.arena.concat("W/", tag));
  response.head.framing = http::Framing::stream();
}

}  // namespace

CompressFilter::CompressFilter(SourcePos pos, config::Compress compress)
    : Filter(std::move(pos)), compress_(std::move(compress)) {}

bool CompressFilter::takes_type(std::string_view content_type) const {
  std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  for (const std::string& pattern : compress_.types)
    if (type_matches(pattern, type)) return true;
  return false;
}

// Would some client get this response encoded?
bool CompressFilter::may_vary(const codec::Response& response) const {
  const http::ResponseHead& head = response.head;
  if (head.status < 200 || head.status == 204 || head.status == 205 || head.status == 206) return false;
  const http::Headers& headers = head.headers;
  if (headers.has(HeaderId::content_encoding) || headers.find("content-range") != nullptr || no_transform(headers))
    return false;
  bool short_body = head.framing.kind == http::Framing::Kind::length && head.framing.length < compress_.min_size;
  // A 304 has no type to go by, and has to carry the Vary that a 200 would (RFC 9110 §15.4.5).
  if (head.status == 304)
    return headers.count(HeaderId::content_type) == 0 || takes_type(headers.value(HeaderId::content_type));
  return !short_body && headers.count(HeaderId::content_type) == 1 && takes_type(headers.value(HeaderId::content_type));
}

std::optional<codec::Response> CompressFilter::on_request(exchange::Exchange& exchange) const {
  auto encoding = choose_encoding(exchange.request.headers, compress_.encodings);
  if (encoding) exchange.keep(this, coding_name(*encoding));
  return std::nullopt;
}

void CompressFilter::on_response(exchange::Exchange& exchange, codec::Response& response) const {
  if (!may_vary(response)) return;
  add_vary(response.head.headers, "accept-encoding");
  bool has_content = response.body != nullptr && response.head.framing.has_body();
  if (response.head.status == 304 || exchange.request.method == http::Method::head || !has_content) return;
  std::string_view chosen = exchange.kept(this);
  auto encoding = std::find_if(compress_.encodings.begin(), compress_.encodings.end(),
                               [&](config::Encoding offered) { return coding_name(offered) == chosen; });
  if (encoding == compress_.encodings.end()) return;
  std::optional<uint64_t> size;
  if (response.head.framing.kind == http::Framing::Kind::length) size = response.head.framing.length;
  auto encoder = make_encoder(*encoding, size);
  if (!encoder) return;  // no memory: as it is
  adapt_head(exchange, response, *encoding);
  response.body = EncodedBody::wrap(std::move(response.body), std::move(encoder));
}

std::string CompressFilter::describe() const {
  std::string out = "compress";
  for (config::Encoding encoding : compress_.encodings) out += " " + std::string(coding_name(encoding));
  return out;
}

}  // namespace mesh::filter
