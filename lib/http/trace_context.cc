#include "http/trace_context.h"

#include <cstring>

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

}  // namespace mesh::http
