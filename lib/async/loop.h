// Loop: one thread's reactor. Edge-triggered epoll, a timer wheel of 1 ms ticks, a list of waiters that are ready, and
// a mailbox other threads post to. Everything but post() and stop() belongs to the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "async/timer.h"
#include "base/arena.h"
#include "base/duration.h"
#include "base/result.h"

namespace mesh::async {

// Something to run: a suspended coroutine's awaiter, or a callback. Unlinks itself when destroyed.
class Waiter {
 public:
  using Fire = void (*)(Waiter&);
  Waiter() = default;
  explicit Waiter(Fire fire) : fire_(fire) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { unlink(); }

  void set_fire(Fire fire) { fire_ = fire; }
  void fire() { fire_(*this); }
  bool linked() const { return next_ != nullptr; }
  void unlink() {
    if (next_ == nullptr) return;
    next_->prev_ = prev_;
    prev_->next_ = next_;
    next_ = prev_ = nullptr;
  }

 private:
  friend class Loop;
  friend class WaiterList;
  Waiter* prev_ = nullptr;
  Waiter* next_ = nullptr;
  Fire fire_ = nullptr;
};

// Whether one end of a stream can be read or written now, and who waits for it: at most one reader and one writer.
// `readable` and `writable` start true and are cleared by an attempt that fell short; epoll sets them again.
struct Readiness {
  class Loop* loop = nullptr;
  Waiter* reader = nullptr;
  Waiter* writer = nullptr;
  bool readable = true;
  bool writable = true;
  bool hangup = false;  // the peer ended its side: a short read does not mean "drained"

  void wake_reader() {
    readable = true;
    if (reader != nullptr) std::exchange(reader, nullptr)->fire();
  }
  void wake_writer() {
    writable = true;
    if (writer != nullptr) std::exchange(writer, nullptr)->fire();
  }
};

class Loop {
 public:
  static Result<std::unique_ptr<Loop>> create();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop(). Work posted before stop() is done first.
  void run();
  // One turn: waits at most `limit` for something to happen, then does it. For tests.
  void turn(Duration limit);
  // Any thread.
  void stop();
  // Runs `work` on the loop's thread. Any thread.
  void post(std::move_only_function<void()> work);

  // Watches a descriptor, edge-triggered, for as long as the registration lives. `readiness` must outlive it.
  Status watch(int fd, Readiness& readiness);
  void unwatch(int fd, Readiness& readiness);

  // Fires the waiter later in this turn or in the next; in order.
  void schedule(Waiter& waiter);
  void arm(Timer& timer, Instant when) { timers_.arm(timer, when); }

  // Of the start of this turn.
  Instant now() const { return now_; }
  // Nanoseconds since 1970, of the start of this turn.
  int64_t wall_ns() const { return now_.ns + wall_offset_; }
  BlockPool& blocks() { return blocks_; }
  // A large buffer that any receiver on this thread may use until it next suspends.
  std::span<char> bulk() { return {bulk_.get(), kBulkSize}; }
  // Longest time one turn has spent outside of epoll_wait since the last call.
  Duration take_longest_turn();

  static constexpr size_t kBulkSize = 256 * 1024;

 private:
  Loop() = default;
  void take_mail();
  void run_ready();
  void dispatch(int timeout_ms);
  void read_clocks();

  int epoll_ = -1;
  int mail_fd_ = -1;
  Readiness mail_readiness_;
  Instant now_;
  int64_t wall_offset_ = 0;
  TimerWheel timers_;
  Waiter ready_head_;  // circular list
  BlockPool blocks_;
  std::unique_ptr<char[]> bulk_;
  Duration longest_turn_;
  bool stopped_ = false;
  // Registrations changed while events are being handed out must not be reached through a stale event.
  struct Slot {
    Readiness* readiness = nullptr;
    uint32_t generation = 0;
  };
  std::vector<Slot> slots_;  // by descriptor
  std::mutex mail_mutex_;
  std::vector<std::move_only_function<void()>> mail_;
};

}  // namespace mesh::async
