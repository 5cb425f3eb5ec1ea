#include "codec/http1_fields.h"

#include <bit>
#include <cstring>

#include "base/text.h"
#include "codec/http1_parse.h"
#include "http/chars.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mesh::codec {

namespace {

using http::Field;
using http::HeaderId;

constexpr uint32_t kFieldOverhead = 32;

// The elements of a comma-separated list (RFC 9110 §5.6.1); empty elements are passed over. False when a visit is.
template <class Visit>
bool each_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    size_t comma = list.find(',');
    std::string_view element = trim(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    if (!element.empty() && !visit(element)) return false;
  }
  return true;
}

// Fields that a Connection field must not take out of a message: framing, routing, credentials, and what proxies say of
// the client (threats H1-21).
bool is_protected(std::string_view name) {
  switch (http::intern(name)) {
    case HeaderId::host:
    case HeaderId::content_length:
    case HeaderId::transfer_encoding:
    case HeaderId::authorization:
    case HeaderId::cookie:
    case HeaderId::set_cookie:
    case HeaderId::forwarded:
    case HeaderId::x_forwarded_for:
    case HeaderId::x_forwarded_host:
    case HeaderId::x_forwarded_proto:
    case HeaderId::x_request_id:
    case HeaderId::traceparent:
    case HeaderId::tracestate:
    case HeaderId::content_type:
    case HeaderId::content_encoding:
    case HeaderId::cache_control:
    case HeaderId::expect:
    case HeaderId::trailer:
      return true;
    default:
      return equal_ignore_case(name, "x-real-ip") || equal_ignore_case(name, "x-forwarded-port") ||
             equal_ignore_case(name, "x-forwarded-client-cert");
  }
}

// White space around a framing value is how senders and receivers come to differ: one space before it and nothing else
// (threats H1-02, H1-03).
bool has_plain_space(const Field& field) {
  const char* colon = field.name.data() + field.name.size();
  auto before = field.value.data() - (colon + 1);
  return field.value.data()[field.value.size()] == '\r' && (before == 0 || (before == 1 && colon[1] == ' '));
}

// Digits only, at most 18, no leading zero in requests (RFC 9110 §8.6; threats H1-03).
bool read_length(const Field& field, bool request, uint64_t& length) {
  std::string_view value = field.value;
  if (value.size() > 18) return false;
  if (request && (!has_plain_space(field) || (value.size() > 1 && value.front() == '0'))) return false;
  auto number = parse_dec(value);
  length = number.value_or(0);
  return number.has_value();
}

// The exact token "chunked", once; codings in good form that we do not know are told apart from garbage (threats
// H1-02).
bool read_codings(const Field& field, bool request, FieldFacts& facts) {
  if (++facts.codings > 1 || (request && !has_plain_space(field))) return false;
  if (equal_ignore_case(field.value, "chunked")) {
    facts.chunked = true;
    return true;
  }
  // "gzip" or "gzip, chunked". Chunked anywhere but last, or twice, is an attack.
  for (std::string_view rest = field.value;;) {
    size_t comma = rest.find(',');
    std::string_view coding = trim(rest.substr(0, comma));
    bool last = comma == std::string_view::npos;
    if (!http::is_token(coding) || equal_ignore_case(coding, "identity")) return false;
    if (!last && equal_ignore_case(coding, "chunked")) return false;
    if (last) break;
    rest = rest.substr(comma + 1);
  }
  facts.unknown_coding = true;
  return true;
}

bool read_connection(std::string_view value, bool request, FieldFacts& facts, std::string_view& detail) {
  if (equal_ignore_case(value, "keep-alive")) {
    facts.keep_alive = true;
    return true;
  }
  return each_element(value, [&](std::string_view option) {
    if (!http::is_token(option)) {
      detail = "connection option is no token";
      return false;
    }
    if (equal_ignore_case(option, "close")) {
      facts.close = true;
    } else if (equal_ignore_case(option, "keep-alive")) {
      facts.keep_alive = true;
    } else if (equal_ignore_case(option, "upgrade")) {
      facts.upgrade_named = true;
    } else if (is_protected(option)) {
      detail = "connection names a protected field";
      return !request;  // in a response the field just stays
    } else if (facts.nominated_count == FieldFacts::kMaxNominated) {
      detail = "connection names too many fields";
      return false;
    } else {
      facts.nominated[facts.nominated_count++] = option;
    }
    return true;
  });
}

enum class Taken : uint8_t { keep, drop, bad };

// Takes a field into the facts. With Taken::bad `detail` names the rule.
Taken take_field(const Field& field, bool request, FieldFacts& facts, std::string_view& detail) {
  switch (field.id) {
    case HeaderId::other:
      return Taken::keep;
    case HeaderId::host:
      if (!request) return Taken::keep;
      ++facts.hosts;
      facts.host = field.value;
      return Taken::drop;
    case HeaderId::content_length:
      detail = facts.has_length ? "more than one content-length" : "content-length is no number";
      if (facts.has_length || !read_length(field, request, facts.length)) return Taken::bad;
      facts.has_length = true;
      return Taken::drop;
    case HeaderId::transfer_encoding:
      detail = "transfer-encoding is not exactly 'chunked'";
      return read_codings(field, request, facts) ? Taken::drop : Taken::bad;
    case HeaderId::connection:
      return read_connection(field.value, request, facts, detail) ? Taken::drop : Taken::bad;
    case HeaderId::keep_alive:
    case HeaderId::proxy_connection:
    case HeaderId::http2_settings:
      return Taken::drop;
    case HeaderId::te:
      each_element(field.value, [&](std::string_view element) {
        facts.te_trailers |= equal_ignore_case(element, "trailers");
        return true;
      });
      return Taken::drop;
    case HeaderId::upgrade:
      ++facts.upgrades;
      facts.upgrade = field.value;
      return Taken::drop;
    case HeaderId::expect:
      if (!request) return Taken::keep;
      if (facts.expect_continue || !equal_ignore_case(field.value, "100-continue")) facts.expect_other = true;
      facts.expect_continue = true;
      return Taken::drop;
    case HeaderId::content_type:
      ++facts.content_types;
      return Taken::keep;
    default:
      return Taken::keep;
  }
}

// The first colon of [at, end), or `end`. `stop` is how far may be read.
inline const char* find_colon(const char* at, const char* end, const char* stop) {
#if defined(__SSE2__)
  const __m128i kColon = _mm_set1_epi8(':');
  for (; at < end && stop - at >= 16; at += 16) {
    auto bits = static_cast<unsigned>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), kColon)));
    if (bits == 0) continue;
    at += std::countr_zero(bits);
    return at < end ? at : end;
  }
#endif
  while (at < end && *at != ':') ++at;
  return at < end ? at : end;
}

inline bool is_space(char c) { return c == ' ' || c == '\t'; }

// Reads "name: value" of [at, end), whose bytes hold no control but HTAB. False: `detail` names the rule.
inline bool read_line(const char* at, const char* end, const char* stop, Field& field, std::string_view& detail) {
  const char* colon = find_colon(at, end, stop);
  std::string_view name(at, static_cast<size_t>(colon - at));
  field.id = http::intern(name);
  // A name of the table is a token.
  if (colon == end || (field.id == HeaderId::other && !http::is_token(name))) {
    detail = at == end || is_space(*at) ? "folded field line"
             : colon == end             ? "field line without colon"
             : colon == at              ? "empty field name"
                                        : "byte not allowed in a field name";
    return false;
  }
  const char* value = colon + 1;
  if (value != end && *value == ' ') ++value;
  field.raw = value == colon + 2;
  if (value != end && (is_space(*value) || is_space(end[-1]))) {
    while (value != end && is_space(*value)) ++value;
    while (value != end && is_space(end[-1])) --end;
    field.raw = false;
  }
  field.name = name;
  field.value = {value, static_cast<size_t>(end - value)};
  return true;
}

void drop_nominated(http::Headers& headers, const FieldFacts& facts) {
  headers.remove_if([&](const Field& field) {
    for (size_t i = 0; i < facts.nominated_count; ++i)
      if (equal_ignore_case(field.name, facts.nominated[i])) return true;
    return false;
  });
}

}  // namespace

HeadFault read_fields(std::span<const char> buffer, const HeadScanner& scanner, size_t first, size_t last, size_t from,
                      const FieldRules& rules, http::Headers& headers, FieldFacts& facts) {
  if (last - first > rules.fields) return {431, "header_too_large", "too many fields"};
  const char* data = buffer.data();
  const char* stop = data + buffer.size();
  uint64_t bytes = 0;
  std::string_view detail;
  for (size_t i = first; i < last; ++i) {
    size_t feed = scanner.line_feed(buffer, i, from);
    Field field;
    if (!read_line(data + from, data + feed - 1, stop, field, detail)) return bad_request(detail);
    from = feed + 1;
    bytes += field.name.size() + field.value.size() + kFieldOverhead;
    if (bytes > rules.bytes) return {431, "header_too_large", "the fields are too large"};
    if (field.id == HeaderId::other && rules.underscores != ServerLimits::Underscores::keep &&
        field.name.find('_') != std::string_view::npos) {
      if (rules.underscores == ServerLimits::Underscores::reject) return bad_request("'_' in a field name");
      continue;
    }
    switch (take_field(field, rules.request, facts, detail)) {
      case Taken::keep:
        headers.push(field);
        break;
      case Taken::drop:
        break;
      case Taken::bad:
        return bad_request(detail);
    }
  }
  if (facts.nominated_count > 0) drop_nominated(headers, facts);
  return {};
}

std::string_view upgrade_of(const FieldFacts& facts) {
  if (!facts.upgrade_named || facts.upgrades != 1) return {};
  bool websocket = false, other = false;
  each_element(facts.upgrade, [&](std::string_view protocol) {
    if (equal_ignore_case(protocol, "websocket")) {
      other |= websocket;
      websocket = true;
    } else if (!equal_ignore_case(protocol.substr(0, 2), "h2") && !equal_ignore_case(protocol.substr(0, 5), "http/")) {
      other = true;
    }
    return true;
  });
  return websocket && !other ? "websocket" : std::string_view();
}

bool parse_field_line(std::string_view line, Field& field, std::string_view& detail) {
  for (char c : line) {
    if (http::is(c, http::kFieldValue)) continue;
    detail = "byte not allowed in a field line";
    return false;
  }
  return read_line(line.data(), line.data() + line.size(), line.data() + line.size(), field, detail);
}

bool allowed_in_trailers(const Field& field) {
  switch (field.id) {
    case HeaderId::other: {
      constexpr std::array<std::string_view, 12> kNever{
          "max-forwards",     "pragma",    "content-range",     "if-match",
          "if-none-match",    "if-range",  "if-modified-since", "if-unmodified-since",
          "www-authenticate", "x-real-ip", "expires",           "warning"};
      for (std::string_view name : kNever)
        if (equal_ignore_case(field.name, name)) return false;
      return !field.name.starts_with(':');
    }
    case HeaderId::grpc_message:
    case HeaderId::grpc_status:
    case HeaderId::etag:
    case HeaderId::date:
    case HeaderId::server:
      return true;
    default:
      return false;
  }
}

}  // namespace mesh::codec
