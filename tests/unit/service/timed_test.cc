// timeouts.total: from the first attempt to the response's last byte.
#include "origin.h"
#include "service/timed_body.h"

namespace mesh::service {
namespace {

using exchange::EndReason;

TEST_F(ServiceTest, AResponseThatDoesNotEndInTimeIsCut) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.timeouts.total = Duration::milliseconds(20);
  apply();
  origin.script({{.answer = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart"}});
  Call call(*loop_);
  finish(call);
  EXPECT_EQ(call.status, 200);
  EXPECT_EQ(call.body, "part");
  EXPECT_EQ(call.message, "timeout");
  settle();
  EXPECT_EQ(usage_->connections, 0u) << "what is left of the response must not meet another request";
}

TEST_F(ServiceTest, AResponseHeadThatDoesNotComeInTimeIsATimeoutOverAllAttempts) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.timeouts.total = Duration::milliseconds(5);
  apply();
  origin.script({{.hold = true}});
  Call call(*loop_);
  finish(call);
  EXPECT_EQ(call.reason(), EndReason::upstream_timeout);
  EXPECT_EQ(call.attempts(), 1u);
}

TEST_F(ServiceTest, AResponseInTimeIsWhole) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.timeouts.total = Duration::seconds(3600);
  apply();
  for (int i = 0; i < 2; ++i) {
    Call call(*loop_);
    finish(call);
    EXPECT_EQ(call.body, "ok");
    EXPECT_EQ(call.message, "");
  }
  EXPECT_EQ(origin.accepted(), 1);
}

// Waits for its event before each piece.
class SlowBody final : public codec::Body {
 public:
  explicit SlowBody(async::Loop& loop) : event(loop) {}
  void release() noexcept override { released = true; }
  async::Task<Result<codec::Chunk>> pull() override {
    (void)co_await event.wait();
    event.reset();
    co_return codec::Chunk{"piece", true};
  }
  async::Event event;
  bool released = false;
};

class TimedBodyTest : public ServiceTest {
 protected:
  void pull(codec::Body& body) {
    scope_.spawn([](codec::Body& from, std::optional<Result<codec::Chunk>>& out) -> async::Task<void> {
      out = co_await from.pull();
    }(body, pulled_));
  }
  BlockPool pool_;
  Arena arena_{pool_};
  std::optional<Result<codec::Chunk>> pulled_;
  async::Scope scope_{*loop_};
};

TEST_F(TimedBodyTest, APullThatWaitsTooLongIsGivenUpWhereItWaits) {
  SlowBody slow(*loop_);
  auto body =
      timed_body(*loop_, arena_, codec::BodyPtr(&slow), async::Deadline::in(loop_->now(), Duration::milliseconds(2)));
  pull(*body);
  ASSERT_TRUE(run_until([&] { return pulled_.has_value(); }));
  ASSERT_FALSE(pulled_->has_value());
  EXPECT_EQ(pulled_->error().code, Errc::timeout);
  slow.event.set();
  settle();
  body.reset();
  EXPECT_TRUE(slow.released);
}

TEST_F(TimedBodyTest, APieceInTimePassesAndTheTimerIsGone) {
  SlowBody slow(*loop_);
  auto body =
      timed_body(*loop_, arena_, codec::BodyPtr(&slow), async::Deadline::in(loop_->now(), Duration::seconds(3600)));
  pull(*body);
  EXPECT_FALSE(pulled_);
  slow.event.set();
  ASSERT_TRUE(run_until([&] { return pulled_.has_value(); }));
  ASSERT_TRUE(pulled_->has_value());
  EXPECT_EQ((*pulled_)->data, "piece");
}

TEST_F(TimedBodyTest, CancelledWhileItWaitsItLeavesNothingBehind) {
  SlowBody slow(*loop_);
  auto body =
      timed_body(*loop_, arena_, codec::BodyPtr(&slow), async::Deadline::in(loop_->now(), Duration::milliseconds(1)));
  pull(*body);
  scope_.cancel();
  slow.event.set();
  Instant later = loop_->now() + Duration::milliseconds(5);
  ASSERT_TRUE(run_until([&] { return loop_->now() > later; }));
  EXPECT_FALSE(pulled_);
}

TEST_F(TimedBodyTest, WithoutALimitOrContentNothingIsWrapped) {
  SlowBody slow(*loop_);
  auto body = timed_body(*loop_, arena_, codec::BodyPtr(&slow), {});
  EXPECT_EQ(body.get(), &slow);
  EXPECT_EQ(timed_body(*loop_, arena_, nullptr, async::Deadline::in(loop_->now(), Duration::seconds(1))), nullptr);
}

}  // namespace
}  // namespace mesh::service
