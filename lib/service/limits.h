// What one service may hold at a time over all workers, and the budget of its retries. Counted with relaxed atomics:
// a limit may be overshot by what other workers take in the same instant, never by more.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "base/duration.h"

namespace mesh::service {

struct Usage {
  std::atomic<uint32_t> connections{0};
  std::atomic<uint32_t> pending{0};
  std::atomic<uint32_t> requests{0};
  std::atomic<uint32_t> retries{0};
};

// Counts one for as long as it lives.
class Hold {
 public:
  Hold() = default;
  explicit Hold(std::atomic<uint32_t>& count) : count_(&count) { count.fetch_add(1, std::memory_order_relaxed); }
  Hold(Hold&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Hold& operator=(Hold&& other) noexcept {
    release();
    count_ = std::exchange(other.count_, nullptr);
    return *this;
  }
  ~Hold() { release(); }
  void release() {
    if (count_ != nullptr) std::exchange(count_, nullptr)->fetch_sub(1, std::memory_order_relaxed);
  }

  // Takes one unless `limit` are taken already.
  static bool take(std::atomic<uint32_t>& count, uint32_t limit, Hold& out) {
    if (count.load(std::memory_order_relaxed) >= limit) return false;
    out = Hold(count);
    return true;
  }

 private:
  std::atomic<uint32_t>* count_ = nullptr;
};

// Retries allowed: a share of the requests of the last ten seconds plus a floor per second. One per worker and service.
class RetryBudget {
 public:
  static constexpr int kWindowSeconds = 10;

  void request(Instant now) { slot(now).requests++; }
  // Takes one retry out of the budget.
  bool take(Instant now, double percent, uint32_t min_per_second);

 private:
  struct Slot {
    int64_t second = -1;
    uint32_t requests = 0;
    uint32_t retries = 0;
  };
  Slot& slot(Instant now);
  Slot slots_[kWindowSeconds];
};

}  // namespace mesh::service
