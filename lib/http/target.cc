#include "http/target.h"

#include <cstring>

#include "http/chars.h"

namespace mesh::http {

namespace {

constexpr char kHex[] = "0123456789ABCDEF";

bool is_escape(std::string_view text, size_t i) {
  return i + 2 < text.size() && is(text[i + 1], kHexDigit) && is(text[i + 2], kHexDigit);
}

// Checks bytes and escapes. `plain` becomes false when the path needs work: an escape, an empty or a dot segment.
Status check(std::string_view path, PathMode mode, bool& plain) {
  plain = true;
  for (size_t i = 0; i < path.size(); ++i) {
    char c = path[i];
    if (!is(c, kTarget))
      return fail(Errc::invalid, c == '#' ? "fragment in the target" : "byte not allowed in the target");
    if (c == '\\') return fail(Errc::invalid, "backslash in the path");
    if (c == '/') {
      char next = i + 1 < path.size() ? path[i + 1] : 'x';
      if (next == '/' || next == '.') plain = false;
    }
    if (c != '%') continue;
    if (!is_escape(path, i)) return fail(Errc::invalid, "'%' without two hex digits");
    plain = false;
    if (mode == PathMode::raw) continue;
    unsigned value = hex_digit(path[i + 1]) << 4 | hex_digit(path[i + 2]);
    if (value == 0) return fail(Errc::invalid, "escaped NUL in the path");
    if (value < 0x20 || value == 0x7f) return fail(Errc::invalid, "escaped control byte in the path");
    if (value == '/') return fail(Errc::invalid, "escaped slash in the path");
    if (value == '\\') return fail(Errc::invalid, "escaped backslash in the path");
  }
  return {};
}

// Decodes unreserved escapes into `out`; returns the size.
size_t decode(std::string_view path, char* out) {
  size_t n = 0;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out[n++] = path[i];
      continue;
    }
    unsigned value = hex_digit(path[i + 1]) << 4 | hex_digit(path[i + 2]);
    if (is(static_cast<char>(value), kUnreserved)) {
      out[n++] = static_cast<char>(value);
    } else {
      out[n++] = '%';
      out[n++] = kHex[value >> 4];
      out[n++] = kHex[value & 15];
    }
    i += 2;
  }
  return n;
}

// An escaped '%' and two hex digits would be an escape to whoever decodes twice. Looked for in the decoded path, since
// the digits may have been escaped too.
bool is_double_encoded(std::string_view path) {
  for (size_t at = path.find("%25"); at != std::string_view::npos; at = path.find("%25", at + 3))
    if (is_escape(path, at + 2)) return true;
  return false;
}

// Removes dot and empty segments in place; returns the size.
Result<size_t> resolve(char* path, size_t size, PathMode mode) {
  size_t n = 0;  // path[0, n) is done and has no trailing slash
  for (size_t i = 0; i < size;) {
    size_t end = i + 1;
    while (end < size && path[end] != '/') ++end;
    std::string_view segment(path + i + 1, end - i - 1);
    bool last = end == size;
    if (segment == ".") {
      if (last) path[n++] = '/';
    } else if (segment == "..") {
      if (n == 0) return fail(Errc::invalid, "the path climbs above its root");
      do --n;
      while (path[n] != '/');
      if (last) path[n++] = '/';
    } else if (segment.empty() && !last) {
      if (mode == PathMode::strict) return fail(Errc::invalid, "empty segment in the path");
    } else if (segment.empty()) {
      if (mode == PathMode::strict || n == 0 || path[n - 1] != '/') path[n++] = '/';
    } else {
      path[n++] = '/';
      std::memmove(path + n, segment.data(), segment.size());
      n += segment.size();
    }
    i = end;
  }
  if (n == 0) path[n++] = '/';
  return n;
}

}  // namespace

Result<Target> normalise_target(std::string_view target, PathMode mode, Arena& arena) {
  if (target.empty() || target.front() != '/') return fail(Errc::invalid, "the target does not begin with '/'");
  Target out;
  size_t mark = target.find('?');
  out.path = target.substr(0, mark);
  if (mark != std::string_view::npos) {
    out.has_query = true;
    out.query = target.substr(mark + 1);
    for (size_t i = 0; i < out.query.size(); ++i) {
      char c = out.query[i];
      if (!is(c, kTarget))
        return fail(Errc::invalid, c == '#' ? "fragment in the target" : "byte not allowed in the query");
      if (c == '%' && !is_escape(out.query, i)) return fail(Errc::invalid, "'%' without two hex digits");
    }
  }
  bool plain = true;
  if (auto ok = check(out.path, mode, plain); !ok) return fail(ok.error());
  if (plain || mode == PathMode::raw) return out;
  char* text = arena.allocate(out.path.size() + 1);
  size_t size = decode(out.path, text);
  if (is_double_encoded({text, size})) return fail(Errc::invalid, "double encoding in the path");
  auto resolved = resolve(text, size, mode);
  if (!resolved) return fail(resolved.error());
  std::string_view path(text, *resolved);
  out.changed = path != out.path;
  if (out.changed) out.path = path;
  return out;
}

}  // namespace mesh::http
