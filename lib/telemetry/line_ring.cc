#include "telemetry/line_ring.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace mesh::telemetry {

LineRing::LineRing(size_t capacity) : capacity_(capacity) {
  void* memory = mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<char*>(memory);
}

LineRing::~LineRing() { munmap(data_, capacity_); }

bool LineRing::push(std::string_view line) {
  uint64_t tail = tail_.load(std::memory_order_relaxed);
  passed_half_ = false;
  if (tail + line.size() - head_seen_ > capacity_ / 2) {
    head_seen_ = head_.load(std::memory_order_acquire);
    uint64_t used = tail - head_seen_;
    if (used + line.size() > capacity_) {
      dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      return false;
    }
    passed_half_ = used <= capacity_ / 2 && used + line.size() > capacity_ / 2;
  }
  size_t at = tail & (capacity_ - 1);
  size_t first = std::min(line.size(), capacity_ - at);
  std::memcpy(data_ + at, line.data(), first);
  std::memcpy(data_, line.data() + first, line.size() - first);
  pushed_.store(pushed_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  // Ordered with the consumer's flag that it sleeps (AccessLog): one of the two sees the other.
  tail_.store(tail + line.size());
  return true;
}

std::array<std::string_view, 2> LineRing::waiting(uint64_t end) const {
  uint64_t head = head_.load(std::memory_order_relaxed);
  size_t size = end > head ? static_cast<size_t>(end - head) : 0;
  size_t at = head & (capacity_ - 1);
  size_t first = std::min(size, capacity_ - at);
  return {std::string_view(data_ + at, first), std::string_view(data_, size - first)};
}

void LineRing::consume(size_t bytes) {
  head_.store(head_.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
}

}  // namespace mesh::telemetry
