// Lines on their way from one worker to the writer thread: a ring of bytes, one producer, one consumer, no locks.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace mesh::telemetry {

class LineRing {
 public:
  // `capacity` is a power of two. Memory is reserved now and used only as far as lines reach.
  explicit LineRing(size_t capacity);
  ~LineRing();
  LineRing(const LineRing&) = delete;
  LineRing& operator=(const LineRing&) = delete;

  // The producer's calls.

  // Takes the whole line or nothing: no room, and it is counted as dropped.
  bool push(std::string_view line);
  // The last push() went past half of the ring: the consumer should hurry.
  bool passed_half() const { return passed_half_; }

  // The consumer's calls.

  // Where the lines pushed so far end, counted in bytes since the beginning. Any thread.
  uint64_t end() const { return tail_.load(); }
  // What waits before `end`, oldest first, in up to two pieces (the end of the ring's memory lies between them).
  std::array<std::string_view, 2> waiting(uint64_t end) const;
  void consume(size_t bytes);

  bool empty() const { return end() == head_.load(std::memory_order_relaxed); }
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  uint64_t pushed() const { return pushed_.load(std::memory_order_relaxed); }

 private:
  char* data_ = nullptr;
  size_t capacity_;
  alignas(64) std::atomic<uint64_t> tail_{0};  // bytes ever pushed
  uint64_t head_seen_ = 0;
  std::atomic<uint64_t> dropped_{0};
  std::atomic<uint64_t> pushed_{0};
  bool passed_half_ = false;
  alignas(64) std::atomic<uint64_t> head_{0};  // bytes ever consumed
};

}  // namespace mesh::telemetry
