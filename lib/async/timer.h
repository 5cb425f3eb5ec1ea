// Timers for deadlines: armed and cancelled in O(1), because nearly all of them never fire.
#pragma once

#include <array>
#include <cstdint>

#include "base/duration.h"

namespace mesh::async {

// Fires once at or after its time, within 1 ms of it plus the length of a turn. Cancels itself when destroyed.
class Timer {
 public:
  using Fire = void (*)(Timer&);
  Timer() = default;
  explicit Timer(Fire fire) : fire_(fire) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { cancel(); }

  void set_fire(Fire fire) { fire_ = fire; }
  bool armed() const { return next_ != nullptr; }
  void cancel();

 private:
  friend class TimerWheel;
  Timer* prev_ = nullptr;
  Timer* next_ = nullptr;
  Fire fire_ = nullptr;
  uint64_t tick_ = 0;
  class TimerWheel* wheel_ = nullptr;
};

// Hashed hierarchical wheel: five levels of 64 slots, 1 ms a tick: 12 days; later times wait at the far end and are
// sorted in again.
class TimerWheel {
 public:
  TimerWheel();
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;
  void start(Instant now);
  // Re-arms a timer that is armed already.
  void arm(Timer& timer, Instant when);
  // Fires what is due.
  void advance(Instant now);
  // Milliseconds until something may be due: 0 and up, -1 when nothing is armed.
  int next_ms(Instant now) const;
  uint64_t count() const { return count_; }

 private:
  friend class Timer;
  static constexpr int kLevels = 5;
  static constexpr int kBits = 6;
  static constexpr uint64_t kSlots = 1u << kBits;
  void insert(Timer& timer);
  void cascade(int level);

  std::array<std::array<Timer, kSlots>, kLevels> slots_;  // heads of circular lists
  std::array<uint64_t, kLevels> occupied_{};              // a bit may stay set for an empty slot; swept when reached
  uint64_t tick_ = 0;                                     // the next tick to be fired
  int64_t origin_ns_ = 0;
  uint64_t count_ = 0;
};

// When to give up waiting. Default: never.
struct Deadline {
  Instant at{INT64_MAX};
  bool never() const { return at.ns == INT64_MAX; }
  static constexpr Deadline none() { return {}; }
  static constexpr Deadline in(Instant now, Duration d) { return {now + d}; }
  Deadline sooner(Deadline o) const { return at < o.at ? *this : o; }
};

}  // namespace mesh::async
