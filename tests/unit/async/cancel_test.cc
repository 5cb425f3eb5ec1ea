// Every awaiter of this folder, destroyed while it waits: what it waited for comes, and nothing is resumed.
#include <gtest/gtest.h>

#include <functional>

#include "async/loop.h"
#include "async/wait.h"

namespace mesh::async {
namespace {

// Fails if a task goes on behind the place where it waits; counts that its frame was destroyed.
struct Passed {
  int& destroyed;
  explicit Passed(int& count) : destroyed(count) {}
  Passed(const Passed&) = delete;
  ~Passed() { ++destroyed; }
};

class Cancelled : public ::testing::Test {
 protected:
  Cancelled() : loop_(std::move(Loop::create()).value()) {}
  // Starts the task, sees it wait, destroys it.
  void cancel(Task<void> task) {
    Scope scope(*loop_);
    scope.spawn(std::move(task));
    ASSERT_EQ(scope.size(), 1u) << "it does not wait";
    ASSERT_EQ(destroyed_, 0);
    scope.cancel();
    EXPECT_EQ(destroyed_, 1);
  }
  // Turns until a timer armed now for `ahead` has fired, so that all earlier ones were due.
  void pass(Duration ahead) {
    struct Mark : Timer {
      bool fired = false;
    } mark;
    mark.set_fire([](Timer& t) { static_cast<Mark&>(t).fired = true; });
    loop_->arm(mark, loop_->now() + ahead);
    while (!mark.fired) loop_->turn(Duration::milliseconds(10));
  }

  std::unique_ptr<Loop> loop_;
  int destroyed_ = 0;
  bool resumed_ = false;
};

Task<void> wait_event(Event& event, Deadline deadline, int& destroyed, bool& resumed) {
  Passed guard(destroyed);
  (void)co_await event.wait(deadline);
  resumed = true;
}

TEST_F(Cancelled, AnEventThatIsSetLater) {
  Event event(*loop_);
  cancel(wait_event(event, {}, destroyed_, resumed_));
  event.set();
  loop_->turn(Duration{});
  EXPECT_FALSE(resumed_);
}

TEST_F(Cancelled, AnEventThatIsSetAlready) {
  Event event(*loop_);
  {
    Scope scope(*loop_);
    scope.spawn(wait_event(event, {}, destroyed_, resumed_));
    event.set();  // the waiter is on its way to run
    scope.cancel();
  }
  loop_->turn(Duration{});
  EXPECT_FALSE(resumed_);
  EXPECT_EQ(destroyed_, 1);
}

TEST_F(Cancelled, AnEventWhoseDeadlinePasses) {
  Event event(*loop_);
  cancel(wait_event(event, Deadline::in(loop_->now(), Duration::milliseconds(1)), destroyed_, resumed_));
  pass(Duration::milliseconds(3));
  EXPECT_FALSE(resumed_);
}

TEST_F(Cancelled, AnEventThatAnotherWaitsForNext) {
  Event event(*loop_);
  cancel(wait_event(event, {}, destroyed_, resumed_));
  bool other = false;
  Scope scope(*loop_);
  scope.spawn(wait_event(event, {}, destroyed_, other));
  event.set();
  loop_->turn(Duration{});
  EXPECT_TRUE(other);
  EXPECT_FALSE(resumed_);
}

TEST_F(Cancelled, ASleep) {
  cancel([](Loop& loop, int& destroyed, bool& resumed) -> Task<void> {
    Passed guard(destroyed);
    co_await sleep_for(loop, Duration::milliseconds(1));
    resumed = true;
  }(*loop_, destroyed_, resumed_));
  pass(Duration::milliseconds(3));
  EXPECT_FALSE(resumed_);
}

TEST_F(Cancelled, AYield) {
  cancel([](Loop& loop, int& destroyed, bool& resumed) -> Task<void> {
    Passed guard(destroyed);
    co_await yield(loop);
    resumed = true;
  }(*loop_, destroyed_, resumed_));
  loop_->turn(Duration{});
  EXPECT_FALSE(resumed_);
}

TEST_F(Cancelled, AJoin) {
  Event event(*loop_);
  Scope inner(*loop_);
  int inner_destroyed = 0;
  bool inner_resumed = false;
  inner.spawn(wait_event(event, {}, inner_destroyed, inner_resumed));
  cancel([](Scope& scope, int& destroyed, bool& resumed) -> Task<void> {
    Passed guard(destroyed);
    (void)co_await scope.join();
    resumed = true;
  }(inner, destroyed_, resumed_));
  event.set();
  for (int i = 0; i < 3; ++i) loop_->turn(Duration{});
  EXPECT_TRUE(inner_resumed);
  EXPECT_FALSE(resumed_);
}

TEST_F(Cancelled, ATaskThatAwaitsATask) {
  Event event(*loop_);
  cancel([](Event& e, int& destroyed, bool& resumed) -> Task<void> {
    co_await wait_event(e, {}, destroyed, resumed);
    resumed = true;
  }(event, destroyed_, resumed_));
  event.set();
  loop_->turn(Duration{});
  EXPECT_FALSE(resumed_);
}

}  // namespace
}  // namespace mesh::async
