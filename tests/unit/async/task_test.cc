#include "async/task.h"

#include <gtest/gtest.h>

#include <thread>

#include "async/loop.h"
#include "async/wait.h"

namespace mesh::async {
namespace {

std::unique_ptr<Loop> make_loop() {
  auto loop = Loop::create();
  EXPECT_TRUE(loop.has_value());
  return std::move(*loop);
}

Task<int> add(int a, int b) { co_return a + b; }
Task<int> sum_to(int n) {
  int sum = 0;
  for (int i = 1; i <= n; ++i) sum = co_await add(sum, i);
  co_return sum;
}

Task<void> store(Task<int> task, int& out) { out = co_await std::move(task); }

struct CountsDestruction {
  int* count;
  explicit CountsDestruction(int& c) : count(&c) {}
  CountsDestruction(const CountsDestruction&) = delete;
  ~CountsDestruction() { ++*count; }
};

Task<void> wait_for(Event& event, bool& reached, int& destroyed) {
  CountsDestruction guard(destroyed);
  (void)co_await event.wait();
  reached = true;
}

TEST(Task, ReturnsValuesThroughAwaits) {
  auto loop = make_loop();
  Scope scope(*loop);
  int out = 0;
  scope.spawn(store(sum_to(50'000), out));
  EXPECT_EQ(out, 1'250'025'000);
  EXPECT_EQ(scope.size(), 0u);
}

TEST(Scope, DestroysTasksThatHaveNotFinished) {
  auto loop = make_loop();
  bool reached = false;
  int destroyed = 0;
  Event event(*loop);
  {
    Scope scope(*loop);
    scope.spawn(wait_for(event, reached, destroyed));
    EXPECT_EQ(scope.size(), 1u);
    EXPECT_EQ(destroyed, 0);
  }
  EXPECT_EQ(destroyed, 1);
  event.set();
  loop->turn(Duration{});
  EXPECT_FALSE(reached);
}

TEST(Scope, JoinWaitsForAll) {
  auto loop = make_loop();
  Event first(*loop), second(*loop), both(*loop);
  bool a = false, b = false, joined = false;
  int destroyed = 0;
  Scope inner(*loop), outer(*loop);
  inner.spawn(wait_for(first, a, destroyed));
  inner.spawn(wait_for(second, b, destroyed));
  outer.spawn([](Scope& scope, bool& done) -> Task<void> {
    (void)co_await scope.join();
    done = true;
  }(inner, joined));
  first.set();
  loop->turn(Duration{});
  loop->turn(Duration{});
  EXPECT_TRUE(a);
  EXPECT_FALSE(joined);
  second.set();
  for (int i = 0; i < 4; ++i) loop->turn(Duration{});
  EXPECT_TRUE(joined);
  EXPECT_EQ(destroyed, 2);
}

TEST(Event, WaitEndsAtItsDeadline) {
  auto loop = make_loop();
  Event event(*loop);
  Scope scope(*loop);
  Errc seen = Errc::internal;
  scope.spawn([](Loop& l, Event& e, Errc& out) -> Task<void> {
    auto woken = co_await e.wait(Deadline::in(l.now(), Duration::milliseconds(1)));
    out = woken ? Errc::internal : woken.error().code;
    l.stop();
  }(*loop, event, seen));
  loop->run();
  EXPECT_EQ(seen, Errc::timeout);
}

TEST(Loop, RunsWhatOtherThreadsPostInOrder) {
  auto loop = make_loop();
  std::vector<int> seen;
  std::thread poster([&] {
    for (int i = 0; i < 1000; ++i) loop->post([&seen, i] { seen.push_back(i); });
    loop->stop();
  });
  loop->run();
  poster.join();
  ASSERT_EQ(seen.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[static_cast<size_t>(i)], i);
}

TEST(Loop, AScheduledWaiterThatIsDestroyedDoesNotFire) {
  auto loop = make_loop();
  static int fired;
  fired = 0;
  Waiter kept([](Waiter&) { ++fired; });
  {
    Waiter gone([](Waiter&) { fired += 100; });
    loop->schedule(gone);
    loop->schedule(kept);
  }
  loop->turn(Duration{});
  EXPECT_EQ(fired, 1);
}

}  // namespace
}  // namespace mesh::async
