#include "http/trace_context.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace mesh::http {

namespace {

constexpr char kHex[] = "0123456789abcdef";

int lower_hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

template <size_t N>
bool read_bytes(std::string_view text, std::array<uint8_t, N>& out) {
  bool any = false;
  for (size_t i = 0; i < N; ++i) {
    int high = lower_hex(text[2 * i]), low = lower_hex(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<uint8_t>(high << 4 | low);
    any |= out[i] != 0;
  }
  return any || N == 1;
}

template <size_t N>
char* put_bytes(char* out, const std::array<uint8_t, N>& bytes) {
  for (uint8_t byte : bytes) {
    *out++ = kHex[byte >> 4];
    *out++ = kHex[byte & 15];
  }
  return out;
}

template <size_t N>
void fill(std::array<uint8_t, N>& out, Random& random) {
  static_assert(N % 8 == 0);
  for (size_t i = 0; i < N; i += 8) {
    uint64_t word = random.next() | (i == 0 ? 1 : 0);  // never all zero
    std::memcpy(out.data() + i, &word, 8);
  }
}

constexpr size_t kMaxMembers = 32;
constexpr size_t kMaxKey = 256, kMaxMemberValue = 256;

// key = lcalpha 0*255( lcalpha / DIGIT / "_" / "-" / "*" / "/" / "@" ), at level 2 with a digit to begin with
// (§3.3.1.3.1).
bool is_key(std::string_view key) {
  auto inner = [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
  };
  return !key.empty() && key.size() <= kMaxKey && ((key[0] >= 'a' && key[0] <= 'z') || is_digit(key[0])) &&
         std::all_of(key.begin(), key.end(), inner);
}

// Printable ASCII without ',' and '='; leading spaces belong to it, trailing ones do not (§3.3.1.3.2).
bool is_member_value(std::string_view value) {
  return !value.empty() && value.size() <= kMaxMemberValue &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

// Checks the members of one field; `keys` are those of all fields so far.
bool check_members(std::string_view text, std::array<std::string_view, kMaxMembers>& keys, size_t& count) {
  while (!text.empty()) {
    size_t comma = text.find(',');
    std::string_view member = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (member.empty()) continue;  // allowed, for the sake of old senders
    size_t equals = member.find('=');
    if (equals == std::string_view::npos || count == kMaxMembers) return false;
    std::string_view key = member.substr(0, equals);
    if (!is_key(key) || !is_member_value(member.substr(equals + 1))) return false;
    if (std::find(keys.begin(), keys.begin() + count, key) != keys.begin() + count) return false;
    keys[count++] = key;
  }
  return true;
}

}  // namespace

bool parse_traceparent(std::string_view text, TraceContext& out) {
  constexpr size_t kSize = 55;
  if (text.size() < kSize || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  std::array<uint8_t, 1> version, flags;
  if (!read_bytes(text.substr(0, 2), version) || version[0] == 0xff) return false;
  if (version[0] == 0 ? text.size() != kSize : text.size() > kSize && text[kSize] != '-') return false;
  TraceContext read;
  if (!read_bytes(text.substr(3, 32), read.trace_id)) return false;
  if (!read_bytes(text.substr(36, 16), read.parent_id)) return false;
  if (!read_bytes(text.substr(53, 2), flags)) return false;
  read.flags = version[0] == 0 ? flags[0] & 3 : flags[0] & 1;
  read.continued = true;
  out = read;
  return true;
}

TraceContext continue_trace(std::string_view traceparent, bool only_one, Random& random) {
  TraceContext context;
  if (!only_one || !parse_traceparent(traceparent, context)) {
    fill(context.trace_id, random);
    context.flags = 2;  // the trace id is random (level 2)
  }
  fill(context.span_id, random);
  return context;
}

std::string_view format_traceparent(const TraceContext& context, Arena& arena) {
  char* out = arena.allocate(55);
  char* at = out;
  *at++ = '0', *at++ = '0', *at++ = '-';
  at = put_bytes(at, context.trace_id);
  *at++ = '-';
  at = put_bytes(at, context.span_id);
  *at++ = '-';
  *at++ = kHex[context.flags >> 4];
  *at++ = kHex[context.flags & 15];
  return {out, 55};
}

std::string_view combine_tracestate(const Headers& headers, Arena& arena) {
  std::array<std::string_view, kMaxMembers> keys;
  size_t members = 0;
  std::string_view combined;
  for (const Field& field : headers) {
    if (field.id != HeaderId::tracestate) continue;
    size_t before = members;
    if (!check_members(field.value, keys, members)) return {};
    if (members == before) continue;
    combined = combined.empty() ? field.value : arena.concat(combined, ",", field.value);
  }
  return combined;
}

}  // namespace mesh::http
