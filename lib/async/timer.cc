#include "async/timer.h"

#include <bit>

namespace mesh::async {

void Timer::cancel() {
  if (next_ == nullptr) return;
  next_->prev_ = prev_;
  prev_->next_ = next_;
  next_ = prev_ = nullptr;
  --wheel_->count_;
}

TimerWheel::TimerWheel() {
  for (auto& level : slots_)
    for (Timer& head : level) head.next_ = head.prev_ = &head;
}

TimerWheel::~TimerWheel() {
  for (auto& level : slots_)
    for (Timer& head : level) {
      for (Timer* timer = head.next_; timer != &head;) {
        Timer* next = timer->next_;
        timer->next_ = timer->prev_ = nullptr;
        timer = next;
      }
      head.next_ = head.prev_ = nullptr;
    }
}

void TimerWheel::start(Instant now) { origin_ns_ = now.ns; }

void TimerWheel::arm(Timer& timer, Instant when) {
  timer.cancel();
  int64_t since = when.ns - origin_ns_;
  // Rounded up: a timer never fires early.
  timer.tick_ = since <= 0 ? 0 : (static_cast<uint64_t>(since) + 999'999) / 1'000'000;
  timer.wheel_ = this;
  ++count_;
  insert(timer);
}

void TimerWheel::insert(Timer& timer) {
  uint64_t tick = timer.tick_ < tick_ ? tick_ : timer.tick_;
  uint64_t distance = tick - tick_;
  int level = 0;
  while (level < kLevels - 1 && distance >= (uint64_t{1} << (kBits * (level + 1)))) ++level;
  constexpr uint64_t kHorizon = (uint64_t{1} << (kBits * kLevels)) - 1;
  if (distance > kHorizon) tick = tick_ + kHorizon;
  uint64_t slot = (tick >> (kBits * level)) & (kSlots - 1);
  Timer& head = slots_[static_cast<size_t>(level)][slot];
  timer.prev_ = head.prev_;
  timer.next_ = &head;
  head.prev_->next_ = &timer;
  head.prev_ = &timer;
  occupied_[static_cast<size_t>(level)] |= uint64_t{1} << slot;
}

// Sorts the current slot of `level` into the levels below.
void TimerWheel::cascade(int level) {
  uint64_t slot = (tick_ >> (kBits * level)) & (kSlots - 1);
  Timer& head = slots_[static_cast<size_t>(level)][slot];
  occupied_[static_cast<size_t>(level)] &= ~(uint64_t{1} << slot);
  Timer* timer = head.next_;
  head.next_ = head.prev_ = &head;
  while (timer != &head) {
    Timer* next = timer->next_;
    insert(*timer);
    timer = next;
  }
}

void TimerWheel::advance(Instant now) {
  int64_t since = now.ns - origin_ns_;
  uint64_t target = since <= 0 ? 0 : static_cast<uint64_t>(since) / 1'000'000;
  while (tick_ <= target) {
    if (count_ == 0) {
      tick_ = target + 1;
      return;
    }
    uint64_t slot = tick_ & (kSlots - 1);
    if (slot == 0) {
      for (int level = 1; level < kLevels; ++level) {
        cascade(level);
        if (((tick_ >> (kBits * level)) & (kSlots - 1)) != 0) break;
      }
    }
    Timer& head = slots_[0][slot];
    ++tick_;  // timers armed by what fires now go to a later tick
    occupied_[0] &= ~(uint64_t{1} << slot);
    if (head.next_ == &head) continue;
    // Detached first: firing may destroy or arm any timer.
    Timer due;
    due.next_ = head.next_;
    due.prev_ = head.prev_;
    due.next_->prev_ = &due;
    due.prev_->next_ = &due;
    head.next_ = head.prev_ = &head;
    while (due.next_ != &due) {
      Timer& timer = *due.next_;
      timer.cancel();
      timer.fire_(timer);
    }
    due.next_ = due.prev_ = nullptr;
  }
}

int TimerWheel::next_ms(Instant now) const {
  if (count_ == 0) return -1;
  int64_t since = now.ns - origin_ns_;
  uint64_t current = since <= 0 ? 0 : static_cast<uint64_t>(since) / 1'000'000;
  uint64_t due = UINT64_MAX;
  for (int level = 0; level < kLevels; ++level) {
    uint64_t occupied = occupied_[static_cast<size_t>(level)];
    if (occupied == 0) continue;
    uint64_t here = tick_ >> (kBits * level);
    uint64_t rotated = std::rotr(occupied, static_cast<int>(here & (kSlots - 1)));
    // The slot the hand stands in was sorted down already unless the hand has just reached it: what is there is a turn
    // away.
    bool passed = level > 0 && (tick_ & ((uint64_t{1} << (kBits * level)) - 1)) != 0;
    uint64_t ahead = kSlots;
    if (passed) {
      if ((rotated & ~uint64_t{1}) != 0) ahead = static_cast<uint64_t>(std::countr_zero(rotated & ~uint64_t{1}));
    } else {
      ahead = static_cast<uint64_t>(std::countr_zero(rotated));
    }
    uint64_t tick = (here + ahead) << (kBits * level);
    if (tick < due) due = tick;
  }
  if (due <= current) return 0;
  uint64_t ms = due - current;
  return ms > 3'600'000 ? 3'600'000 : static_cast<int>(ms);
}

}  // namespace mesh::async
