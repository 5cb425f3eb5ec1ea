// Counters of one worker: written by that worker alone, read by anyone. Adding is a plain load and store.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace mesh::telemetry {

class Cell {
 public:
  // By the owning worker only.
  void add(uint64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }
  void clear() { value_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// Grows by chunks that never move, so that readers need no lock.
class Shard {
 public:
  static constexpr uint32_t kChunk = 1024;
  static constexpr uint32_t kChunks = 64;
  static constexpr uint32_t kCells = kChunk * kChunks;

  Shard() = default;
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard() {
    for (auto& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
  }

  // The cell, made if need be. Cells of one chunk lie side by side. By the owning worker only.
  Cell* make(uint32_t index) {
    std::atomic<Cell*>& chunk = chunks_[index / kChunk];
    Cell* cells = chunk.load(std::memory_order_relaxed);
    if (cells == nullptr) {
      cells = new Cell[kChunk];
      chunk.store(cells, std::memory_order_release);
    }
    return cells + index % kChunk;
  }
  // 0 for a cell that was never made. Any thread.
  uint64_t get(uint32_t index) const {
    const Cell* cells = chunks_[index / kChunk].load(std::memory_order_acquire);
    return cells == nullptr ? 0 : cells[index % kChunk].get();
  }
  void clear(uint32_t index) {
    Cell* cells = chunks_[index / kChunk].load(std::memory_order_acquire);
    if (cells != nullptr) cells[index % kChunk].clear();
  }

 private:
  std::array<std::atomic<Cell*>, kChunks> chunks_{};
};

}  // namespace mesh::telemetry
