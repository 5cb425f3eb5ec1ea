#include "telemetry/log_line.h"

#include <array>
#include <cstring>
#include <ctime>
#include <span>

#include "base/escape.h"
#include "base/text.h"

namespace mesh::telemetry {

using config::LogFormat;
using exchange::Record;

namespace {

constexpr size_t kValues = 18;  // that come from outside or from the configuration, the target apart
// Everything escaped at its worst, plus keys, numbers and ids.
constexpr size_t kLineSize = (LogLine::kMaxTarget + kValues * LogLine::kMaxValue) * kMaxEscape + 4096;

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// Milliseconds with three digits behind the point; nothing is shorter than 0.
char* put_ms(char* out, Duration duration) {
  auto us = static_cast<uint64_t>(duration.ns < 0 ? 0 : duration.ns / 1000);
  out = format_dec(out, us / 1000);
  uint64_t rest = us % 1000;
  *out++ = '.';
  *out++ = static_cast<char>('0' + rest / 100);
  *out++ = static_cast<char>('0' + rest / 10 % 10);
  *out++ = static_cast<char>('0' + rest % 10);
  return out;
}

char* put_hex(char* out, std::span<const uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (uint8_t byte : bytes) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
  }
  return out;
}

bool any_bit(std::span<const uint8_t> bytes) {
  uint8_t all = 0;
  for (uint8_t byte : bytes) all |= byte;
  return all != 0;
}

void put_digits(char* out, int value, int digits) {
  for (int i = digits; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

// Both writers say the same facts; a format is how a key and its value are put down.
struct JsonWriter {
  char* out;
  void key(std::string_view name) {
    *out++ = ',';
    *out++ = '"';
    out = put(out, name);
    *out++ = '"';
    *out++ = ':';
  }
  // Left out when empty.
  void value(std::string_view name, std::string_view text, size_t most = LogLine::kMaxValue) {
    if (text.empty()) return;
    key(name);
    *out++ = '"';
    escaped(text.substr(0, most));
    *out++ = '"';
  }
  void escaped(std::string_view text) { out = escape_json(out, text); }
  void open() { *out++ = '"'; }
  void close() { *out++ = '"'; }
  void flag(std::string_view name, bool set) {
    key(name);
    out = put(out, set ? "true" : "false");
  }
};

struct TextWriter {
  char* out;
  void key(std::string_view name) {
    *out++ = ' ';
    out = put(out, name);
    *out++ = '=';
  }
  void value(std::string_view name, std::string_view text, size_t most = LogLine::kMaxValue) {
    if (text.empty()) return;
    key(name);
    bool quoted = text.find_first_of(" =\"") != std::string_view::npos;
    if (quoted) *out++ = '"';
    escaped(text.substr(0, most));
    if (quoted) *out++ = '"';
  }
  void escaped(std::string_view text) { out = escape_text(out, text); }
  void open() {}
  void close() {}
  void flag(std::string_view name, bool set) {
    key(name);
    *out++ = set ? '1' : '0';
  }
};

template <class Writer>
void number(Writer& w, std::string_view name, uint64_t value) {
  w.key(name);
  w.out = format_dec(w.out, value);
}

template <class Writer>
void milliseconds(Writer& w, std::string_view name, Instant from, Instant to) {
  if (from.ns == 0 || to.ns == 0) return;
  w.key(name);
  w.out = put_ms(w.out, to - from);
}

template <class Writer>
void decided(Writer& w, const SourcePos* pos) {
  if (pos == nullptr || !pos->known() || !pos->file) return;
  std::string_view file = *pos->file;
  w.key("decided");
  w.open();
  w.escaped(file.substr(0, LogLine::kMaxValue));
  *w.out++ = ':';
  w.out = format_dec(w.out, pos->line);
  w.close();
}

template <class Writer>
void trace(Writer& w, const http::TraceContext& context) {
  if (!any_bit(context.trace_id)) return;
  auto id = [&](std::string_view name, std::span<const uint8_t> bytes) {
    w.key(name);
    w.open();
    w.out = put_hex(w.out, bytes);
    w.close();
  };
  id("trace_id", context.trace_id);
  id("span_id", context.span_id);
  if (any_bit(context.parent_id)) id("parent_id", context.parent_id);
  w.flag("sampled", context.sampled());
}

// What both formats tell in the same order.
template <class Writer>
void tail(Writer& w, const Record& record) {
  w.value("reason", exchange::describe(record.reason).word);
  w.value("detail", record.detail);
  w.value("listener", record.listener);
  w.value("route", record.route);
  decided(w, record.decided);
  w.value("service", record.service);
  w.value("endpoint", record.endpoint);
  number(w, "bytes_in", record.bytes_in);
  number(w, "bytes_out", record.bytes_out);
  w.key("duration_ms");
  w.out = put_ms(w.out, record.ended - record.started);
  milliseconds(w, "first_byte_ms", record.started, record.responded);
  if (record.attempts > 0) {
    number(w, "attempts", record.attempts);
    milliseconds(w, "upstream_ms", record.upstream_started, record.upstream_responded);
    if (record.upstream_responded.ns != 0) w.value("upstream_protocol", to_string(record.upstream_version));
  }
  w.value("request_id", record.request_id);
  trace(w, record.trace);
  w.value("tls_version", record.tls_version);
  w.value("sni", record.sni);
  w.value("peer", record.peer_identity);
}

bool is_tcp(const Record& record) { return record.method == "TCP" && record.target.empty(); }

}  // namespace

// Not zeroed: only what lines reach is ever touched.
LogLine::LogLine() : line_(std::make_unique_for_overwrite<char[]>(kLineSize)) {}

std::string_view LogLine::format(LogFormat format, const Record& record) {
  read_second(record.wall_ns);
  return format == LogFormat::json ? json(record) : text(record);
}

std::string_view LogLine::json(const Record& record) {
  char* out = put(line_.get(), R"({"time":")");
  out = put(out, {rfc3339_, sizeof rfc3339_});
  put_digits(out, static_cast<int>(record.wall_ns / 1'000'000 % 1000), 3);
  out = put(out + 3, "Z\"");
  JsonWriter w{out};
  w.value("client", record.client);
  w.value("method", record.method);
  w.value("target", record.target, kMaxTarget);
  w.value("host", record.host);
  if (!is_tcp(record)) w.value("protocol", to_string(record.version));
  number(w, "status", static_cast<uint64_t>(record.status < 0 ? 0 : record.status));
  w.value("user_agent", record.user_agent);
  tail(w, record);
  w.out = put(w.out, "}\n");
  return {line_.get(), static_cast<size_t>(w.out - line_.get())};
}

// The combined format of other servers, then key=value pairs.
std::string_view LogLine::text(const Record& record) {
  char* out = line_.get();
  auto quoted = [&](std::string_view value) {
    *out++ = '"';
    out = value.empty() ? put(out, "-") : escape_text(out, value.substr(0, kMaxValue));
    *out++ = '"';
  };
  out = record.client.empty() ? put(out, "-") : escape_text(out, record.client.substr(0, kMaxValue));
  out = put(out, " - - [");
  out = put(out, {common_, 26});
  out = put(out, "] \"");
  out = record.method.empty() ? put(out, "-") : escape_text(out, record.method.substr(0, kMaxValue));
  if (!record.target.empty()) {
    *out++ = ' ';
    out = escape_text(out, record.target.substr(0, kMaxTarget));
    *out++ = ' ';
    out = put(out, to_string(record.version));
  }
  out = put(out, "\" ");
  out = format_dec(out, static_cast<uint64_t>(record.status < 0 ? 0 : record.status));
  *out++ = ' ';
  out = format_dec(out, record.bytes_out);
  out = put(out, " \"-\" ");
  quoted(record.user_agent);
  TextWriter w{out};
  w.value("host", record.host);
  tail(w, record);
  *w.out++ = '\n';
  return {line_.get(), static_cast<size_t>(w.out - line_.get())};
}

void LogLine::read_second(int64_t wall_ns) {
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int64_t second = wall_ns / 1'000'000'000;
  if (second == second_) return;
  second_ = second;
  auto seconds = static_cast<time_t>(second);
  tm parts{};
  gmtime_r(&seconds, &parts);
  std::memcpy(rfc3339_, "0000-00-00T00:00:00.", sizeof rfc3339_);
  put_digits(rfc3339_, parts.tm_year + 1900, 4);
  put_digits(rfc3339_ + 5, parts.tm_mon + 1, 2);
  put_digits(rfc3339_ + 8, parts.tm_mday, 2);
  put_digits(rfc3339_ + 11, parts.tm_hour, 2);
  put_digits(rfc3339_ + 14, parts.tm_min, 2);
  put_digits(rfc3339_ + 17, parts.tm_sec, 2);
  std::memcpy(common_, "00/Jan/0000:00:00:00 +0000", 26);
  put_digits(common_, parts.tm_mday, 2);
  std::memcpy(common_ + 3, kMonths[static_cast<size_t>(parts.tm_mon)].data(), 3);
  put_digits(common_ + 7, parts.tm_year + 1900, 4);
  std::memcpy(common_ + 12, rfc3339_ + 11, 8);
}

}  // namespace mesh::telemetry
