// Any bytes as a target: what is accepted has one form, and nothing in it is left to interpret.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "http/chars.h"
#include "http/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mesh;
  std::vector<char> bytes(data, data + size);
  std::string_view target(bytes.data(), bytes.size());
  BlockPool pool;
  Arena arena(pool);
  for (auto mode : {http::PathMode::strict, http::PathMode::merge, http::PathMode::raw}) {
    auto out = http::normalise_target(target, mode, arena);
    if (!out) continue;
    if (out->path.empty() || out->path.front() != '/' || !http::all(out->path, http::kTarget)) std::abort();
    if (!http::all(out->query, http::kTarget)) std::abort();
    std::string once(out->path);
    auto again = http::normalise_target(once, mode, arena);
    if (!again || again->path != once || again->changed) std::abort();
    if (mode == http::PathMode::raw) {
      if (out->changed) std::abort();
      continue;
    }
    std::string wrapped = once + "/";
    for (const char* left : {"/../", "/./", "%2F", "%2f", "%5C", "%5c", "%00", "\\"})
      if (wrapped.find(left) != std::string::npos) std::abort();
    if (once.find("//") != std::string::npos) std::abort();
    // An unreserved byte is never written as an escape.
    for (size_t i = once.find('%'); i != std::string::npos; i = once.find('%', i + 1)) {
      unsigned value = http::hex_digit(once[i + 1]) << 4 | http::hex_digit(once[i + 2]);
      if (http::is(static_cast<char>(value), http::kUnreserved)) std::abort();
    }
  }
  return 0;
}
