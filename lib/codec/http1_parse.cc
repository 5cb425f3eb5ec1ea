#include "codec/http1_parse.h"

#include <algorithm>

#include "base/text.h"
#include "codec/http1_fields.h"
#include "http/chars.h"
#include "http/host.h"

namespace mesh::codec {

namespace {

using http::Framing;
using http::Method;
using http::Version;

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n";
constexpr size_t kMaxMethod = 32;
constexpr size_t kVersionSize = 8;
constexpr size_t kLineOverhead = kMaxMethod + kVersionSize + 4;  // of a request line beside its target

Parsed bad(const HeadFault& fault) {
  Parsed parsed;
  parsed.state = ParseState::bad;
  parsed.rejection.status = fault.status;
  parsed.rejection.reason = fault.reason;
  parsed.rejection.detail = fault.detail;
  return parsed;
}

// "HTTP/1.1" or "HTTP/1.0". A later version is 505, anything else no HTTP (RFC 9112 §2.3, RFC 9110 §15.6.6).
HeadFault read_version(std::string_view text, Version& version) {
  if (text == "HTTP/1.1") {
    version = Version::http11;
  } else if (text == "HTTP/1.0") {
    version = Version::http10;
  } else if (text.size() == kVersionSize && text.starts_with("HTTP/") && text[6] == '.' && is_digit(text[5]) &&
             is_digit(text[7]) && text[5] != '0') {
    return {505, "version_not_supported", "HTTP version is not 1.0 or 1.1"};
  } else {
    return bad_request("HTTP version is not 1.0 or 1.1");
  }
  return {};
}

// VCHAR without '#'. Has no early exit, so that it becomes vector code.
bool is_target(std::string_view text) {
  unsigned wrong = 0;
  for (char c : text)
    wrong |=
        static_cast<unsigned>(static_cast<unsigned char>(c - 0x21) > 0x7e - 0x21) | static_cast<unsigned>(c == '#');
  return wrong == 0;
}

// Upper-case tokens only: a lower-case spelling of a known method is read differently by others (threats H1-26).
HeadFault read_method(std::string_view text, http::RequestHead& head) {
  head.method_text = text;
  head.method = http::parse_method(text);
  if (head.method != Method::other) return {};
  if (text.size() > kMaxMethod) return bad_request("the method is too long");
  if (!http::is_token(text)) return bad_request("the method is no token");
  if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
    return bad_request("lower case in the method");
  return {};
}

HeadFault read_request_line(std::string_view line, const ServerLimits& limits, http::RequestHead& head) {
  size_t first = line.substr(0, kMaxMethod + 1).find(' ');
  if (first == std::string_view::npos) first = std::min(line.find(' '), line.size());
  if (HeadFault fault = read_method(line.substr(0, first), head)) return fault;
  if (line.size() < first + 2 + kVersionSize || line[line.size() - kVersionSize - 1] != ' ') {
    // No version where it should be: HTTP/0.9, or bytes too many or too few.
    return bad_request(line.find(' ', first + 1) == std::string_view::npos ? "the request line has not three parts"
                                                                           : "HTTP version is not 1.0 or 1.1");
  }
  if (HeadFault fault = read_version(line.substr(line.size() - kVersionSize), head.version)) return fault;
  if (line.size() == first + 2 + kVersionSize) return bad_request("the target is empty");
  std::string_view target = line.substr(first + 1, line.size() - kVersionSize - 2 - first);
  if (target.size() > limits.target_bytes) return {414, "uri_too_long", "the target is too long"};
  if (!is_target(target)) return bad_request("byte not allowed in the target");
  head.target = target;
  return {};
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
    head.target = head.method == Method::options ? "*" : "/";
  } else if (rest[end] == '?') {
    head.target = head.headers.arena()->concat("/", rest.substr(end));
  } else {
    head.target = rest.substr(end);
  }
  return true;
}

// Which form of target the method may have, and the authority it gives (RFC 9112 §3.2, §3.3).
HeadFault settle_target(http::RequestHead& head, const FieldFacts& facts) {
  if (facts.hosts > 1) return bad_request("more than one host field");
  if (facts.hosts == 0 && head.version == Version::http11) return bad_request("no host field");
  head.authority = facts.host;
  std::string_view target = head.target;
  if (head.method == Method::connect) {
    head.authority = target;
  } else if (target == "*") {
    if (head.method != Method::options) return bad_request("'*' with another method than OPTIONS");
  } else if (target.front() != '/' && !read_absolute(target, head)) {
    return bad_request("the target has no known form");
  }
  // Only HTTP/1.0 gets here without a host.
  if (facts.hosts == 0 && head.authority.empty() && (target == "*" || target.front() == '/')) return {};
  Arena& arena = *head.headers.arena();
  auto authority = http::parse_authority(head.authority, arena);
  if (!authority) return bad_request("the host is no valid authority");
  if (head.method == Method::connect && !authority->port) return bad_request("CONNECT without a port");
  if (facts.hosts == 1 && facts.host != head.authority) {
    uint16_t standard = head.method != Method::connect && (target[4] | 0x20) == 's' ? 443 : 80;
    auto host = http::parse_authority(facts.host, arena);
    if (!host || host->host != authority->host || host->port.value_or(standard) != authority->port.value_or(standard))
      return bad_request("the host field differs from the target");
  }
  return {};
}

HeadFault settle_request(http::RequestHead& head, const FieldFacts& facts) {
  bool old = head.version == Version::http10;
  if (facts.codings > 0 && facts.has_length) return bad_request("transfer-encoding and content-length");
  if (facts.codings > 0 && old) return bad_request("transfer-encoding in HTTP/1.0");
  if (facts.unknown_coding) return {501, "not_implemented", "unknown transfer coding"};
  if (facts.content_types > 1) return bad_request("more than one content-type");
  if (facts.expect_other && !old) return {417, "expectation_failed", "the expectation is not 100-continue"};
  head.framing = facts.chunked      ? Framing::stream()
                 : facts.has_length ? Framing::of_length(facts.length)
                                    : Framing::none();
  head.close = facts.close || (old && !facts.keep_alive);
  head.expect_continue = facts.expect_continue && !old && head.framing.has_body();
  head.accepts_trailers = facts.te_trailers;
  // The handshake is a GET of HTTP/1.1 (RFC 6455 §4.1, RFC 9110 §7.8).
  head.upgrade = !old && head.method == Method::get ? upgrade_of(facts) : std::string_view();
  return {};
}

// A first line that does not end may be wrong or too long already.
HeadFault check_open_line(std::string_view text, const ServerLimits& limits) {
  std::string_view start = text.substr(0, kMaxMethod + 1);
  size_t space = start.find(' ');
  std::string_view method = start.substr(0, space);
  if (!http::all(method, http::kToken) || space == 0) return bad_request("the request line begins with no method");
  if (method.size() > kMaxMethod) return bad_request("the method is too long");
  if (text.size() > limits.target_bytes + kLineOverhead) return {414, "uri_too_long", "the request line is too long"};
  return {};
}

Parsed refused(const HeadFault& fault, std::string_view line, Version version) {
  Parsed parsed = bad(fault);
  parsed.rejection.line = line;
  parsed.rejection.version = version;
  return parsed;
}

// What the status says of content (RFC 9112 §6.3).
HeadFault settle_response(http::ResponseHead& head, const FieldFacts& facts, Method method) {
  bool old = head.version == Version::http10, interim = head.status < 200;
  if (facts.codings > 0 && facts.has_length) return bad_request("transfer-encoding and content-length");
  if (facts.unknown_coding) return bad_request("unknown transfer coding");
  if (facts.codings > 0 && (old || interim || head.status == 204))
    return bad_request("transfer-encoding where there must be none");
  bool empty = interim || head.status == 204 || head.status == 304 || method == Method::head;
  if (interim || head.status == 204) {
    head.framing = Framing::none();
  } else if (facts.has_length) {
    head.framing = Framing::of_length(facts.length);
  } else {
    head.framing = empty ? Framing::none() : facts.chunked ? Framing::stream() : Framing::until_eof();
  }
  head.close = facts.close || (old && !facts.keep_alive);
  head.upgrade = head.status == 101 ? upgrade_of(facts) : std::string_view();
  return {};
}

HeadFault read_status_line(std::string_view line, http::ResponseHead& head) {
  // "HTTP/1.1 200" with a reason phrase behind a space; the space alone may be missing.
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' '))
    return bad_request("malformed status line");
  if (HeadFault fault = read_version(line.substr(0, kVersionSize), head.version)) return fault;
  auto status = parse_dec(line.substr(9, 3));
  if (!status || *status < 100 || *status > 599) return bad_request("malformed status code");
  head.status = static_cast<int>(*status);
  head.reason = line.substr(std::min<size_t>(line.size(), 13));
  return {};
}

}  // namespace

Parsed RequestParser::parse(std::span<const char> buffer, http::RequestHead& head) {
  HeadScanner::Found found = scanner_.scan(buffer);
  // One empty line before the request line is passed over (RFC 9112 §2.2).
  size_t lines = scanner_.lines();
  size_t lead = lines > 0 && scanner_.line_feed(buffer, 0, 0) == 1 ? 1 : 0;
  size_t from = 2 * lead;
  std::string_view line;
  if (lines > lead) {
    size_t feed = scanner_.line_feed(buffer, lead, from);
    line = {buffer.data() + from, feed - 1 - from};
    if (!line_read_ || found == HeadScanner::Found::end) {
      if (HeadFault fault = read_request_line(line, limits_, head)) return refused(fault, line, head.version);
      line_read_ = true;
    }
    from = feed + 1;
  }
  if (found == HeadScanner::Found::bad) return refused(bad_request(scanner_.fault()), line, head.version);
  if (found == HeadScanner::Found::need_more) {
    HeadFault fault;
    std::string_view open(buffer.data(), buffer.size());
    if (lines <= lead && open != "\r" && from < open.size()) fault = check_open_line(open.substr(from), limits_);
    if (lines > lead + 1 + limits_.head_fields) fault = {431, "header_too_large", "too many fields"};
    if (buffer.size() > limits_.head_bytes + limits_.target_bytes)
      fault = {431, "header_too_large", "the head is too large"};
    return fault ? refused(fault, line, head.version) : Parsed();
  }
  if (lines < lead + 2) return refused(bad_request("empty request line"), line, head.version);
  FieldFacts facts;
  FieldRules rules{true, limits_.head_bytes, limits_.head_fields, limits_.underscores};
  HeadFault fault = read_fields(buffer, scanner_, lead + 1, lines - 1, from, rules, head.headers, facts);
  if (!fault) fault = settle_target(head, facts);
  if (!fault) fault = settle_request(head, facts);
  if (fault) return refused(fault, line, head.version);
  Parsed parsed;
  parsed.state = ParseState::ok;
  parsed.consumed = scanner_.head_size();
  parsed.rejection.line = line;
  return parsed;
}

Parsed ResponseParser::parse(std::span<const char> buffer, http::ResponseHead& head) {
  HeadScanner::Found found = scanner_.scan(buffer);
  size_t seen = std::min<size_t>(buffer.size(), 5);
  if (std::string_view(buffer.data(), seen) != std::string_view("HTTP/").substr(0, seen))
    return bad(bad_request("the response is not HTTP/1"));
  if (found == HeadScanner::Found::bad) return bad(bad_request(scanner_.fault()));
  if (found == HeadScanner::Found::need_more) {
    if (buffer.size() > limits_.head_bytes) return bad({431, "header_too_large", "the response head is too large"});
    return {};
  }
  size_t feed = scanner_.line_feed(buffer, 0, 0);
  HeadFault fault = read_status_line({buffer.data(), feed - 1}, head);
  FieldFacts facts;
  FieldRules rules{false, limits_.head_bytes, limits_.head_fields, ServerLimits::Underscores::keep};
  if (!fault) fault = read_fields(buffer, scanner_, 1, scanner_.lines() - 1, feed + 1, rules, head.headers, facts);
  if (!fault) fault = settle_response(head, facts, method_);
  if (fault) return bad(fault);
  Parsed parsed;
  parsed.state = ParseState::ok;
  parsed.consumed = scanner_.head_size();
  return parsed;
}

bool is_http2_preface(std::span<const char> buffer) {
  return buffer.size() >= kPreface.size() && std::string_view(buffer.data(), kPreface.size()) == kPreface;
}

}  // namespace mesh::codec
