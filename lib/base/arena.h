// Memory for one exchange: bytes are carved off pooled 16 KiB blocks and given back all at once. A plain request fits
// one block and causes no allocation.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>

namespace mesh {

// Free list of equal blocks; one per worker, not shared between threads.
class BlockPool {
 public:
  static constexpr size_t kBlockSize = 16 * 1024;

  BlockPool() = default;
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  char* take();
  void give(char* block) noexcept;

 private:
  static constexpr size_t kKept = 256;
  char* free_ = nullptr;
  size_t count_ = 0;
};

// Bump allocator. Views handed out stay valid until reset() or destruction. Neither copied nor moved.
class Arena {
 public:
  explicit Arena(BlockPool& pool) : pool_(pool) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() { reset(); }

  // `size` bytes aligned to `align` (a power of two, at most 16).
  char* allocate(size_t size, size_t align = 1) {
    size_t start = (used_ + align - 1) & ~(align - 1);
    if (start + size > capacity_) {
      grow(size);
      start = used_;
    }
    used_ = start + size;
    return base_ + start;
  }
  template <class T>
  T* allocate_array(size_t count) {
    return reinterpret_cast<T*>(allocate(sizeof(T) * count, alignof(T)));
  }
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* out = allocate(text.size());
    std::memcpy(out, text.data(), text.size());
    return {out, text.size()};
  }
  // The parts joined into one string.
  template <class... Parts>
  std::string_view concat(const Parts&... parts) {
    size_t size = (std::string_view(parts).size() + ... + 0);
    char* out = allocate(size);
    char* at = out;
    ((at = append(at, std::string_view(parts))), ...);
    return {out, size};
  }

  // Free contiguous space at the end, at least `at_least` bytes, to receive into. Nothing is reserved until commit().
  std::span<char> tail(size_t at_least) {
    if (capacity_ - used_ < at_least) grow(at_least);
    return {base_ + used_, capacity_ - used_};
  }
  // Reserves the first `size` bytes of what tail() gave.
  void commit(size_t size) { used_ += size; }

  // Gives every block back.
  void reset() noexcept;

 private:
  struct Header {
    char* next;
    size_t size;
  };
  static constexpr size_t kHeader = 16;
  static char* append(char* at, std::string_view part) {
    if (!part.empty()) std::memcpy(at, part.data(), part.size());
    return at + part.size();
  }
  void grow(size_t size);

  BlockPool& pool_;
  char* base_ = nullptr;  // current block, newest first in the chain
  size_t used_ = 0;
  size_t capacity_ = 0;
};

}  // namespace mesh
