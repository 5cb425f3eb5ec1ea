// Any bytes as an authority: what is accepted has one form, of few bytes, and reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/text.h"
#include "http/host.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mesh;
  std::vector<char> bytes(data, data + size);
  BlockPool pool;
  Arena arena(pool);
  auto out = http::parse_authority({bytes.data(), bytes.size()}, arena);
  if (!out) return 0;
  if (out->host.empty() || out->host.size() > 253 || out->host.back() == '.' || out->host.front() == '.') std::abort();
  bool literal = out->host.front() == '[';
  for (char c : out->host) {
    bool name = is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
    if (!(name || (literal && (c == '[' || c == ']' || c == ':')))) std::abort();
  }
  std::string text(out->host);
  if (out->port) text += ":" + std::to_string(*out->port);
  auto again = http::parse_authority(text, arena);
  if (!again || again->host != out->host || again->port != out->port) std::abort();
  return 0;
}
