#include "codec/http1_parse.h"

#include <array>
#include <cstring>

#include "base/text.h"
#include "http/chars.h"

namespace mesh::codec {

namespace {

using http::Field;
using http::Framing;
using http::HeaderId;

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n";
constexpr size_t kMaxMethod = 32;
constexpr size_t kMaxNominated = 16;
constexpr uint32_t kFieldOverhead = 32;

// What the fields of one head said about the message and the connection.
struct FieldFacts {
  uint32_t hosts = 0;
  std::string_view host;
  bool has_length = false;
  uint64_t length = 0;
  uint32_t codings = 0;
  bool chunked = false;
  bool unknown_coding = false;
  bool close = false;
  bool keep_alive = false;
  bool upgrade_named = false;  // Connection: upgrade
  std::string_view upgrade;
  uint32_t upgrades = 0;
  bool te_trailers = false;
  bool expect_continue = false;
  bool expect_other = false;
  std::array<std::string_view, kMaxNominated> nominated;
  size_t nominated_count = 0;
};

Parsed bad(int status, std::string_view reason, std::string_view detail) {
  Parsed parsed;
  parsed.state = ParseState::bad;
  parsed.rejection.status = status;
  parsed.rejection.reason = reason;
  parsed.rejection.detail = detail;
  return parsed;
}
Parsed bad_request(std::string_view detail) { return bad(400, "bad_request", detail); }

// The elements of a comma-separated list (RFC 9110 §5.6.1); empty elements are passed over.
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
bool is_protected(HeaderId id, std::string_view name) {
  switch (id) {
    case HeaderId::host:
    case HeaderId::content_length:
    case HeaderId::transfer_encoding:
    case HeaderId::authorization:
    case HeaderId::cookie:
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
    case HeaderId::trailer: return true;
    default: return equal_ignore_case(name, "x-real-ip") || equal_ignore_case(name, "x-forwarded-client-cert");
  }
}

// The exact token "chunked", once; well-formed codings that we do not know are told apart from garbage (threats H1-02).
bool read_codings(std::string_view value, FieldFacts& facts) {
  if (++facts.codings > 1) return false;
  if (equal_ignore_case(value, "chunked")) {
    facts.chunked = true;
    return true;
  }
  // "gzip" or "gzip, chunked": known grammar, unknown coding. Chunked anywhere but last, or twice, is an attack.
  std::string_view rest = value;
  for (;;) {
    size_t comma = rest.find(',');
    std::string_view coding = trim(rest.substr(0, comma));
    bool last = comma == std::string_view::npos;
    if (!http::is_token(coding)) return false;
    if (equal_ignore_case(coding, "identity")) return false;
    if (equal_ignore_case(coding, "chunked") && !last) return false;
    if (last) break;
    rest = rest.substr(comma + 1);
  }
  facts.unknown_coding = true;
  return true;
}

bool read_connection(std::string_view value, FieldFacts& facts, std::string_view& detail) {
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
    } else if (is_protected(http::intern(option), option)) {
      detail = "connection names a protected field";
      return false;
    } else if (facts.nominated_count == kMaxNominated) {
      detail = "connection names too many fields";
      return false;
    } else {
      facts.nominated[facts.nominated_count++] = option;
    }
    return true;
  });
}

// Takes a field into the facts. False with a detail: the message is bad. `keep`: it stays in the head.
bool take_field(const Field& field, bool request, FieldFacts& facts, bool& keep, std::string_view& detail) {
  keep = true;
  switch (field.id) {
    case HeaderId::host:
      if (!request) return true;
      keep = false;
      ++facts.hosts;
      facts.host = field.value;
      return true;
    case HeaderId::content_length: {
      keep = false;
      auto length = field.value.size() <= 18 ? parse_dec(field.value) : std::nullopt;
      if (!length || facts.has_length) {
        detail = facts.has_length ? "more than one content-length" : "content-length is no number";
        return false;
      }
      facts.has_length = true;
      facts.length = *length;
      return true;
    }
    case HeaderId::transfer_encoding:
      keep = false;
      if (!read_codings(field.value, facts)) {
        detail = "transfer-encoding is not exactly 'chunked'";
        return false;
      }
      return true;
    case HeaderId::connection: keep = false; return read_connection(field.value, facts, detail);
    case HeaderId::keep_alive:
    case HeaderId::proxy_connection:
    case HeaderId::http2_settings: keep = false; return true;
    case HeaderId::te:
      keep = false;
      each_element(field.value, [&](std::string_view element) {
        facts.te_trailers |= equal_ignore_case(element, "trailers");
        return true;
      });
      return true;
    case HeaderId::upgrade:
      keep = false;
      ++facts.upgrades;
      facts.upgrade = field.value;
      return true;
    case HeaderId::expect:
      if (!request) return true;
      keep = false;
      if (facts.expect_continue || !equal_ignore_case(field.value, "100-continue")) facts.expect_other = true;
      facts.expect_continue = true;
      return true;
    default: return true;
  }
}

struct Bounds {
  uint32_t bytes;
  uint32_t fields;
  ServerLimits::Underscores underscores;
};

// Reads the field lines of `text` (each with its CRLF, the final empty line left out).
Parsed read_fields(std::string_view text, const Bounds& bounds, bool request, http::Headers& headers, FieldFacts& facts) {
  uint32_t count = 0;
  uint64_t bytes = 0;
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end - 1);  // the scanner saw CRLF at each end
    text.remove_prefix(end + 1);
    Field field;
    std::string_view detail;
    if (!parse_field_line(line, field, detail)) return bad_request(detail);
    bytes += field.name.size() + field.value.size() + kFieldOverhead;
    if (++count > bounds.fields) return bad(431, "header_too_large", "too many fields");
    if (bytes > bounds.bytes) return bad(431, "header_too_large", "the fields are too large");
    if (field.id == HeaderId::other && bounds.underscores != ServerLimits::Underscores::keep &&
        field.name.find('_') != std::string_view::npos) {
      if (bounds.underscores == ServerLimits::Underscores::reject) return bad_request("'_' in a field name");
      continue;
    }
    bool keep = true;
    if (!take_field(field, request, facts, keep, detail)) return bad_request(detail);
    if (keep) headers.push(field);
  }
  if (facts.nominated_count > 0) {
    headers.remove_if([&](const Field& field) {
      for (size_t i = 0; i < facts.nominated_count; ++i)
        if (equal_ignore_case(field.name, facts.nominated[i])) return true;
      return false;
    });
  }
  Parsed parsed;
  parsed.state = ParseState::ok;
  return parsed;
}

// The one protocol asked for with Upgrade, lower case; h2c is never forwarded (threats H1-20).
std::string_view upgrade_of(const FieldFacts& facts, Arena& arena) {
  if (!facts.upgrade_named || facts.upgrades != 1) return {};
  std::string_view protocol;
  bool several = false;
  each_element(facts.upgrade, [&](std::string_view element) {
    if (element.starts_with("h2c") || element.starts_with("H2C") || element.starts_with("h2") || element.starts_with("HTTP/"))
      return true;
    several |= !protocol.empty();
    protocol = element;
    return true;
  });
  if (several || !equal_ignore_case(protocol, "websocket")) return {};
  return arena.copy(to_lower(protocol));
}

// "HTTP/1.1" or "HTTP/1.0"; 505 for another major version, else 400 (RFC 9112 §2.3).
Parsed read_version(std::string_view text, http::Version& version) {
  Parsed parsed;
  parsed.state = ParseState::ok;
  if (text == "HTTP/1.1") {
    version = http::Version::http11;
  } else if (text == "HTTP/1.0") {
    version = http::Version::http10;
  } else if (text.size() == 8 && text.starts_with("HTTP/") && text[6] == '.' && is_digit(text[5]) && is_digit(text[7]) &&
             text[5] >= '2') {
    return bad(505, "version_not_supported", "HTTP version is not 1.0 or 1.1");
  } else {
    return bad_request("HTTP version is not 1.0 or 1.1");
  }
  return parsed;
}

// Splits an absolute-form target; the authority in it replaces Host (RFC 9112 §3.2.2).
bool read_absolute(std::string_view target, http::RequestHead& head) {
  size_t scheme = 0;
  if (target.size() > 7 && equal_ignore_case(target.substr(0, 7), "http://")) scheme = 7;
  if (target.size() > 8 && equal_ignore_case(target.substr(0, 8), "https://")) scheme = 8;
  if (scheme == 0) return false;
  std::string_view rest = target.substr(scheme);
  size_t end = rest.find_first_of("/?");
  head.authority = rest.substr(0, end);
  if (end == std::string_view::npos) {
    head.target = head.method == http::Method::options ? "*" : "/";
  } else if (rest[end] == '?') {
    head.target = head.headers.arena()->concat("/", rest.substr(end));
  } else {
    head.target = rest.substr(end);
  }
  return !head.authority.empty();
}

Parsed read_request_line(std::string_view line, const ServerLimits& limits, http::RequestHead& head) {
  size_t first = line.find(' ');
  if (first == std::string_view::npos) return bad_request("the request line has no target");
  size_t last = line.rfind(' ');
  head.method_text = line.substr(0, first);
  if (!http::is_token(head.method_text)) return bad_request("the method is no token");
  if (head.method_text.size() > kMaxMethod) return bad_request("the method is too long");
  for (char c : head.method_text)
    if (c >= 'a' && c <= 'z') return bad_request("lower case in the method");
  head.method = http::parse_method(head.method_text);
  if (last == first) return bad_request("the request line has no version");
  if (auto version = read_version(line.substr(last + 1), head.version); version.state != ParseState::ok) return version;
  std::string_view target = line.substr(first + 1, last - first - 1);
  if (target.size() > limits.target_bytes) return bad(414, "uri_too_long", "the target is too long");
  if (target.empty()) return bad_request("the target is empty");
  if (!http::all(target, http::kTarget)) return bad_request("byte not allowed in the target");
  head.target = target;
  Parsed parsed;
  parsed.state = ParseState::ok;
  return parsed;
}

// Which form of target the method may have, and the authority it gives (RFC 9112 §3.2).
Parsed settle_target(http::RequestHead& head, const FieldFacts& facts) {
  if (facts.hosts > 1) return bad_request("more than one host field");
  if (facts.hosts == 0 && head.version == http::Version::http11) return bad_request("no host field");
  Parsed parsed;
  parsed.state = ParseState::ok;
  std::string_view target = head.target;
  if (head.method == http::Method::connect) {
    if (target.front() == '/' || target.find(':') == std::string_view::npos || target.find('/') != std::string_view::npos)
      return bad_request("CONNECT without an authority");
    head.authority = target;
  } else if (target.front() == '/') {
    head.authority = facts.host;
    if (facts.hosts == 1 && facts.host.empty()) return bad_request("the host is empty");
    return parsed;
  } else if (target == "*") {
    if (head.method != http::Method::options) return bad_request("'*' with another method than OPTIONS");
    head.authority = facts.host;
    return parsed;
  } else if (!read_absolute(target, head)) {
    return bad_request("the target has no known form");
  }
  if (facts.hosts == 1 && !equal_ignore_case(head.authority, facts.host))
    return bad_request("the host field differs from the target");
  return parsed;
}

Parsed settle_request_framing(http::RequestHead& head, const FieldFacts& facts) {
  if (facts.expect_other) return bad(417, "expectation_failed", "the expectation is not 100-continue");
  if (facts.codings > 0 && facts.has_length) return bad_request("transfer-encoding and content-length");
  if (facts.codings > 0 && head.version == http::Version::http10) return bad_request("transfer-encoding in HTTP/1.0");
  if (facts.unknown_coding) return bad(501, "not_implemented", "unknown transfer coding");
  head.framing = facts.chunked      ? Framing::stream()
                 : facts.has_length ? Framing::of_length(facts.length)
                                    : Framing::none();
  head.close = facts.close || (head.version == http::Version::http10 && !facts.keep_alive);
  head.expect_continue = facts.expect_continue && head.version == http::Version::http11 && head.framing.has_body();
  head.accepts_trailers = facts.te_trailers;
  head.upgrade = head.version == http::Version::http11 ? upgrade_of(facts, *head.headers.arena()) : std::string_view();
  Parsed parsed;
  parsed.state = ParseState::ok;
  return parsed;
}

// The bytes of a head that is not complete yet may be wrong or too many already.
Parsed check_incomplete(std::span<const char> buffer, const HeadScanner& scanner, const ServerLimits& limits) {
  char first = buffer.empty() ? 'G' : buffer.front();
  if (!http::is(first, http::kToken) && first != '\r') return bad_request("the request line begins with no method");
  constexpr size_t kLineOverhead = kMaxMethod + 16;
  if (scanner.first_line() == 0 && buffer.size() > limits.target_bytes + kLineOverhead)
    return bad(414, "uri_too_long", "the request line is too long");
  if (buffer.size() > limits.head_bytes + limits.target_bytes) return bad(431, "header_too_large", "the head is too large");
  return {};
}

}  // namespace

HeadScanner::Found HeadScanner::scan(std::span<const char> buffer, size_t& end) {
  while (position_ < buffer.size()) {
    const void* found = std::memchr(buffer.data() + position_, '\n', buffer.size() - position_);
    if (found == nullptr) {
      position_ = buffer.size();
      return Found::need_more;
    }
    auto at = static_cast<size_t>(static_cast<const char*>(found) - buffer.data());
    if (at == 0 || buffer[at - 1] != '\r') return Found::bare_lf;
    bool empty = at - line_ == 1;
    position_ = at + 1;
    if (empty && !leading_) {
      end = position_;
      return Found::end;
    }
    // One empty line before the request line is passed over (RFC 9112 §2.2); a second one is the end of a bad head.
    if (!empty && first_line_ == 0) first_line_ = at - 1;
    leading_ = false;
    line_ = position_;
  }
  return Found::need_more;
}

bool parse_field_line(std::string_view line, Field& field, std::string_view& detail) {
  if (line.empty() || line.front() == ' ' || line.front() == '\t') {
    detail = "folded field line";
    return false;
  }
  size_t colon = 0;
  while (colon < line.size() && http::is(line[colon], http::kToken)) ++colon;
  if (colon == line.size() || line[colon] != ':' || colon == 0) {
    detail = colon == 0 ? "empty field name" : "byte not allowed in a field name";
    return false;
  }
  field.name = line.substr(0, colon);
  std::string_view raw = line.substr(colon + 1);
  field.value = trim(raw);
  // A vectorisable pass: controls and DEL are out, HTAB is in (RFC 9110 §5.5).
  bool wrong = false;
  for (char c : field.value) {
    auto byte = static_cast<unsigned char>(c);
    wrong |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
  }
  if (wrong) {
    detail = "byte not allowed in a field value";
    return false;
  }
  field.raw = raw.size() == field.value.size() + 1 && raw.front() == ' ';
  field.id = http::intern(field.name);
  return true;
}

Parsed RequestParser::parse(std::span<const char> buffer, http::RequestHead& head) {
  size_t end = 0;
  HeadScanner::Found found = scanner_.scan(buffer, end);
  if (found == HeadScanner::Found::bare_lf) return bad_request("line feed without carriage return");
  if (found == HeadScanner::Found::need_more) return check_incomplete(buffer, scanner_, limits_);
  std::string_view text(buffer.data(), end);
  if (text.starts_with("\r\n")) text.remove_prefix(2);
  text.remove_suffix(2);
  size_t line_end = text.find('\n');
  if (line_end == std::string_view::npos) return bad_request("empty request line");
  std::string_view line = text.substr(0, line_end - 1);
  Parsed step = read_request_line(line, limits_, head);
  FieldFacts facts;
  if (step.state == ParseState::ok) {
    Bounds bounds{limits_.head_bytes, limits_.head_fields, limits_.underscores};
    step = read_fields(text.substr(line_end + 1), bounds, true, head.headers, facts);
  }
  if (step.state == ParseState::ok) step = settle_target(head, facts);
  if (step.state == ParseState::ok) step = settle_request_framing(head, facts);
  step.consumed = end;
  step.rejection.line = line;
  step.rejection.version = head.version;
  return step;
}

Parsed ResponseParser::parse(std::span<const char> buffer, http::ResponseHead& head) {
  size_t end = 0;
  HeadScanner::Found found = scanner_.scan(buffer, end);
  if (found == HeadScanner::Found::bare_lf) return bad_request("line feed without carriage return");
  if (found == HeadScanner::Found::need_more) {
    if (buffer.size() > limits_.head_bytes) return bad(431, "header_too_large", "the response head is too large");
    size_t seen = std::min<size_t>(buffer.size(), 5);
    if (std::string_view(buffer.data(), seen) != std::string_view("HTTP/").substr(0, seen))
      return bad_request("the response is not HTTP/1");
    return {};
  }
  std::string_view text(buffer.data(), end - 2);
  size_t line_end = text.find('\n');
  if (line_end == std::string_view::npos) return bad_request("empty status line");
  std::string_view line = text.substr(0, line_end - 1);
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) return bad_request("malformed status line");
  Parsed step = read_version(line.substr(0, 8), head.version);
  if (step.state != ParseState::ok) return step;
  auto status = parse_dec(line.substr(9, 3));
  if (!status || *status < 100 || *status > 599) return bad_request("malformed status code");
  head.status = static_cast<int>(*status);
  head.reason = line.size() > 13 ? line.substr(13) : std::string_view();
  if (!http::all(head.reason, http::kFieldValue)) return bad_request("byte not allowed in the reason phrase");
  FieldFacts facts;
  Bounds bounds{limits_.head_bytes, limits_.head_fields, ServerLimits::Underscores::keep};
  step = read_fields(text.substr(line_end + 1), bounds, false, head.headers, facts);
  if (step.state != ParseState::ok) return step;
  bool interim = head.status < 200;
  if (facts.codings > 0 && facts.has_length) return bad_request("transfer-encoding and content-length");
  if (facts.unknown_coding) return bad_request("unknown transfer coding");
  if (facts.codings > 0 && (head.version == http::Version::http10 || interim || head.status == 204))
    return bad_request("transfer-encoding where there must be none");
  bool empty = interim || head.status == 204 || head.status == 304 || method_ == http::Method::head;
  head.framing = facts.chunked      ? (empty ? Framing::none() : Framing::stream())
                 : facts.has_length ? Framing::of_length(facts.length)
                 : empty            ? Framing::none()
                                    : Framing::until_eof();
  if (interim || head.status == 204) head.framing = Framing::none();
  head.close = facts.close || (head.version == http::Version::http10 && !facts.keep_alive);
  head.upgrade = {};
  if (head.status == 101) head.upgrade = upgrade_of(facts, *head.headers.arena());
  step.consumed = end;
  return step;
}

bool is_http2_preface(std::span<const char> buffer) {
  return buffer.size() >= kPreface.size() && std::string_view(buffer.data(), kPreface.size()) == kPreface;
}

bool allowed_in_trailers(const Field& field) {
  switch (field.id) {
    case HeaderId::other: {
      constexpr std::array<std::string_view, 8> kNever{"max-forwards", "pragma", "content-range", "if-match",
                                                       "if-none-match", "if-modified-since", "if-unmodified-since", "www-authenticate"};
      for (std::string_view name : kNever)
        if (equal_ignore_case(field.name, name)) return false;
      return !field.name.starts_with(':');
    }
    case HeaderId::grpc_message:
    case HeaderId::grpc_status:
    case HeaderId::etag:
    case HeaderId::date:
    case HeaderId::server: return true;
    default: return false;
  }
}

}  // namespace mesh::codec
