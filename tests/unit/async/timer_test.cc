#include "async/timer.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "base/random.h"

namespace mesh::async {
namespace {

struct Probe : Timer {
  explicit Probe(std::vector<int>& log, int number) : fired(log), id(number) {
    set_fire([](Timer& t) { static_cast<Probe&>(t).fired.push_back(static_cast<Probe&>(t).id); });
  }
  std::vector<int>& fired;
  int id;
};

Instant at_ms(int64_t ms) { return {ms * 1'000'000}; }

TEST(TimerWheel, FiresInOrderOfTimeAndNeverEarly) {
  TimerWheel wheel;
  wheel.start(at_ms(0));
  std::vector<int> fired;
  Probe a(fired, 1), b(fired, 2), c(fired, 3);
  wheel.arm(a, at_ms(30));
  wheel.arm(b, at_ms(10));
  wheel.arm(c, {10'000'001});
  wheel.advance(at_ms(9));
  EXPECT_TRUE(fired.empty());
  wheel.advance(at_ms(10));
  EXPECT_EQ(fired, (std::vector<int>{2}));
  wheel.advance(at_ms(11));
  EXPECT_EQ(fired, (std::vector<int>{2, 3}));
  wheel.advance(at_ms(1000));
  EXPECT_EQ(fired, (std::vector<int>{2, 3, 1}));
  EXPECT_EQ(wheel.count(), 0u);
}

TEST(TimerWheel, CancelledAndDestroyedTimersDoNotFire) {
  TimerWheel wheel;
  wheel.start(at_ms(0));
  std::vector<int> fired;
  Probe kept(fired, 1);
  {
    Probe gone(fired, 2);
    wheel.arm(gone, at_ms(5));
    wheel.arm(kept, at_ms(5));
  }
  Probe cancelled(fired, 3);
  wheel.arm(cancelled, at_ms(5));
  cancelled.cancel();
  wheel.advance(at_ms(100));
  EXPECT_EQ(fired, (std::vector<int>{1}));
}

TEST(TimerWheel, ArmingAgainMovesATimer) {
  TimerWheel wheel;
  wheel.start(at_ms(0));
  std::vector<int> fired;
  Probe probe(fired, 1);
  wheel.arm(probe, at_ms(5));
  wheel.arm(probe, at_ms(500));
  wheel.advance(at_ms(499));
  EXPECT_TRUE(fired.empty());
  wheel.advance(at_ms(500));
  EXPECT_EQ(fired.size(), 1u);
}

TEST(TimerWheel, AgreesWithASortedListOnRandomTimes) {
  Random random(7);
  TimerWheel wheel;
  wheel.start(at_ms(0));
  std::vector<int> fired;
  std::vector<std::unique_ptr<Probe>> probes;
  std::vector<int64_t> due;
  int64_t now = 0;
  for (int round = 0; round < 2000; ++round) {
    int64_t when = now + static_cast<int64_t>(random.below(uint64_t{1} << random.below(24)));
    probes.push_back(std::make_unique<Probe>(fired, static_cast<int>(probes.size())));
    due.push_back(when);
    wheel.arm(*probes.back(), at_ms(when));
    int next = wheel.next_ms(at_ms(now));
    ASSERT_GE(next, 0);
    int64_t step = static_cast<int64_t>(random.below(200));
    for (int id : fired) ASSERT_LE(due[static_cast<size_t>(id)], now);
    now += step;
    wheel.advance(at_ms(now));
    for (size_t i = 0; i < due.size(); ++i) {
      if (due[i] == now) continue;  // the tick may have passed when it was armed: then the next one fires it
      ASSERT_EQ(probes[i]->armed(), due[i] > now) << i << " at " << now;
    }
  }
}

TEST(TimerWheel, SaysHowLongNothingIsDue) {
  TimerWheel wheel;
  wheel.start(at_ms(0));
  EXPECT_EQ(wheel.next_ms(at_ms(0)), -1);
  std::vector<int> fired;
  Probe probe(fired, 1);
  wheel.arm(probe, at_ms(100'000));
  int64_t now = 0;
  int wakes = 0;
  while (fired.empty()) {
    int next = wheel.next_ms(at_ms(now));
    ASSERT_GE(next, 0);
    ASSERT_LE(now + next, 100'000);
    now += next == 0 ? 1 : next;
    wheel.advance(at_ms(now));
    ++wakes;
  }
  EXPECT_EQ(now, 100'000);
  EXPECT_LT(wakes, 12);
}

}  // namespace
}  // namespace mesh::async
