// The hash of the table's maps. Their keys come from the configuration, requests only look up, so nobody can fill a
// chain from outside.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace mesh::route {

inline uint64_t hash_bytes(std::string_view text, uint64_t seed) {
  auto mix = [](uint64_t a, uint64_t b) {
    auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  };
  constexpr uint64_t kOne = 0x9e3779b97f4a7c15ull, kTwo = 0xd6e8feb86659fd93ull;
  uint64_t state = mix(seed ^ kOne, text.size() ^ kTwo);
  const char* at = text.data();
  size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    state = mix(state ^ word, kOne);
  }
  uint64_t word = 0;
  if (left != 0) std::memcpy(&word, at, left);
  return mix(state ^ word, kTwo);
}

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return hash_bytes(text, 0); }
};

}  // namespace mesh::route
