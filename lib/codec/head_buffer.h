// Receives a head into an arena: contiguous, reserved as it arrives, so that parsing may allocate from the same arena.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>

#include "base/arena.h"

namespace mesh::codec {

class HeadBuffer {
 public:
  explicit HeadBuffer(Arena& arena) : arena_(arena) {}

  // Room behind what was received; what was received moves when there is none.
  std::span<char> space() {
    std::span<char> room = arena_.tail(1);
    if (used_ == 0 && room.size() >= kLeast) {
      data_ = room.data();
    } else if (used_ == 0 || room.data() != data_ + used_) {
      room = arena_.tail(used_ + std::max(used_, kLeast));
      if (used_ > 0) std::memcpy(room.data(), data_, used_);
      data_ = room.data();
      arena_.commit(used_);
      room = room.subspan(used_);
    }
    return room;
  }
  void received(size_t size) {
    arena_.commit(size);
    used_ += size;
  }
  void append(std::string_view text) {
    while (!text.empty()) {
      std::span<char> room = space();
      size_t n = std::min(room.size(), text.size());
      std::memcpy(room.data(), text.data(), n);
      received(n);
      text.remove_prefix(n);
    }
  }
  // What was received and not consumed.
  std::span<char> bytes() const { return {data_, used_}; }
  void consume(size_t size) {
    data_ += size;
    used_ -= size;
  }

 private:
  static constexpr size_t kLeast = 4096;
  Arena& arena_;
  char* data_ = nullptr;
  size_t used_ = 0;
};

}  // namespace mesh::codec
