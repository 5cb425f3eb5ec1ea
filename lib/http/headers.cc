#include "http/headers.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"

namespace mesh::http {

namespace {

constexpr std::array<std::string_view, static_cast<size_t>(HeaderId::kCount)> kNames{
    "",
    "accept",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "age",
    "alt-svc",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "forwarded",
    "grpc-message",
    "grpc-status",
    "grpc-timeout",
    "host",
    "http2-settings",
    "keep-alive",
    "location",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "retry-after",
    "sec-websocket-accept",
    "sec-websocket-key",
    "sec-websocket-version",
    "server",
    "set-cookie",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
};

// A perfect hash over (length, first and last byte), found by search at compile time.
constexpr unsigned slot_of(size_t size, char first, char last, unsigned seed) {
  unsigned h = static_cast<unsigned>(size) * 0x9e3779b1u + static_cast<unsigned char>(first | 0x20) * 0x85ebca6bu +
               static_cast<unsigned char>(last | 0x20) * 0xc2b2ae35u;
  h ^= seed;
  h *= 0x27d4eb2fu;
  return h >> 24;
}

// A name to compare with: its bytes, and 0x20 where a letter's case does not matter. Padded, so that words can be read.
struct Pattern {
  char text[32] = {};
  char fold[32] = {};
};

constexpr std::array<Pattern, kNames.size()> make_patterns() {
  std::array<Pattern, kNames.size()> patterns;
  for (size_t id = 0; id < kNames.size(); ++id) {
    for (size_t i = 0; i < kNames[id].size(); ++i) {
      patterns[id].text[i] = kNames[id][i];
      patterns[id].fold[i] = kNames[id][i] >= 'a' && kNames[id][i] <= 'z' ? 0x20 : 0;
    }
  }
  return patterns;
}
constexpr std::array<Pattern, kNames.size()> kPatterns = make_patterns();

template <class Word>
bool equal_word(const Pattern& pattern, const char* name, size_t at) {
  Word text, fold, word;
  std::memcpy(&text, pattern.text + at, sizeof text);
  std::memcpy(&fold, pattern.fold + at, sizeof fold);
  std::memcpy(&word, name + at, sizeof word);
  return static_cast<Word>(word | fold) == text;
}

// Is `name`, of the pattern's size, this name in any case? Reads whole words, the last two overlapping.
bool equal(const Pattern& pattern, std::string_view name) {
  size_t size = name.size();
  if (size >= 8) {
    for (size_t at = 0; at + 8 < size; at += 8)
      if (!equal_word<uint64_t>(pattern, name.data(), at)) return false;
    return equal_word<uint64_t>(pattern, name.data(), size - 8);
  }
  if (size >= 4)
    return equal_word<uint32_t>(pattern, name.data(), 0) && equal_word<uint32_t>(pattern, name.data(), size - 4);
  for (size_t i = 0; i < size; ++i)
    if (!equal_word<uint8_t>(pattern, name.data(), i)) return false;
  return true;
}

struct Table {
  unsigned seed = 0;
  std::array<uint8_t, 256> first{};  // first id of the chain
  std::array<uint8_t, kNames.size()> next{};
};

constexpr Table make_table() {
  Table best;
  unsigned best_collisions = 1000;
  for (unsigned seed = 1; seed < 400; ++seed) {
    Table table;
    table.seed = seed;
    unsigned collisions = 0;
    for (size_t id = 1; id < kNames.size(); ++id) {
      unsigned slot = slot_of(kNames[id].size(), kNames[id].front(), kNames[id].back(), seed);
      collisions += table.first[slot] != 0;
      table.next[id] = table.first[slot];
      table.first[slot] = static_cast<uint8_t>(id);
    }
    if (collisions < best_collisions) {
      best = table;
      best_collisions = collisions;
      if (collisions == 0) break;
    }
  }
  return best;
}

constexpr Table kTable = make_table();
static_assert(std::ranges::all_of(kNames, [](std::string_view name) { return name.size() <= sizeof(Pattern::text); }));

}  // namespace

HeaderId intern(std::string_view name) {
  if (name.empty()) return HeaderId::other;
  for (unsigned id = kTable.first[slot_of(name.size(), name.front(), name.back(), kTable.seed)]; id != 0;
       id = kTable.next[id])
    if (kNames[id].size() == name.size() && equal(kPatterns[id], name)) return static_cast<HeaderId>(id);
  return HeaderId::other;
}

std::string_view name_of(HeaderId id) { return kNames[static_cast<size_t>(id)]; }

bool has_name(const Field& field, std::string_view lower_name) { return equal_ignore_case(field.name, lower_name); }

void Headers::grow() {
  uint32_t capacity = capacity_ == 0 ? 24 : capacity_ * 2;
  Field* fields = arena_->allocate_array<Field>(capacity);
  if (size_ > 0) std::memcpy(static_cast<void*>(fields), fields_, size_ * sizeof(Field));
  fields_ = fields;
  capacity_ = capacity;
}

const Field* Headers::find(std::string_view name) const {
  if (HeaderId id = intern(name); id != HeaderId::other) return find(id);
  for (uint32_t i = 0; i < size_; ++i)
    if (fields_[i].id == HeaderId::other && equal_ignore_case(fields_[i].name, name)) return &fields_[i];
  return nullptr;
}

uint32_t Headers::remove(HeaderId id) {
  return remove_if([id](const Field& f) { return f.id == id; });
}

uint32_t Headers::remove(std::string_view name) {
  if (HeaderId id = intern(name); id != HeaderId::other) return remove(id);
  return remove_if([name](const Field& f) { return f.id == HeaderId::other && equal_ignore_case(f.name, name); });
}

void Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

}  // namespace mesh::http
