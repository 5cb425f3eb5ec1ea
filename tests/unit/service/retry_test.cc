// Which failures are tried again, for which requests, and within what bounds.
#include "origin.h"
#include "service/replay_body.h"

namespace mesh::service {
namespace {

using exchange::EndReason;
using http::Method;
using Kind = config::RetryOn::Kind;

TEST_F(ServiceTest, AnEndpointThatCannotBeReachedIsPassedOverWhateverTheMethod) {
  DeadPort dead;
  Origin origin(*loop_);
  config_.endpoints = {endpoint(dead.address()), endpoint(origin.address())};
  apply();
  uint32_t attempts = 0;
  for (int i = 0; i < 2; ++i) {
    Call call(*loop_, Method::post, {"hello ", "world"});
    finish(call);
    EXPECT_EQ(call.status, 200);
    EXPECT_EQ(call.reason(), EndReason::ok);
    attempts = std::max(attempts, call.attempts());
  }
  EXPECT_EQ(attempts, 2u) << "the dead one was tried once";
  for (const Origin::Request& request : origin.requests()) EXPECT_TRUE(request.bytes.ends_with("hello world"));
}

TEST_F(ServiceTest, AnEndpointThatFailedLatelyIsNotTriedWhileOthersAreThere) {
  DeadPort dead;
  Origin origin(*loop_);
  config_.endpoints = {endpoint(dead.address()), endpoint(origin.address())};
  apply();
  loop_->turn(Duration{});
  for (int i = 0; i < 10; ++i) service().endpoints()[0]->connect_failed(loop_->now());
  for (int i = 0; i < 6; ++i) {
    Call call(*loop_);
    finish(call);
    EXPECT_EQ(call.attempts(), 1u);
  }
}

TEST_F(ServiceTest, AnAvoidedEndpointIsBetterThanNone) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  loop_->turn(Duration{});
  for (int i = 0; i < 10; ++i) service().endpoints()[0]->connect_failed(loop_->now());
  Call call(*loop_);
  finish(call);
  EXPECT_EQ(call.status, 200);
  EXPECT_FALSE(service().endpoints()[0]->avoided(loop_->now()));
}

TEST_F(ServiceTest, AServiceWithoutEndpointsSaysSo) {
  apply();
  Call call(*loop_);
  finish(call);
  EXPECT_EQ(call.reason(), EndReason::no_endpoint);
  EXPECT_EQ(call.message, "service 'orders' has no endpoint");
}

const Step kReset{.answer = "", .reset = true};
const Step kEnd{.answer = "", .close = true};
const Step kHalf{.answer = "HTTP/1.1 200 OK\r\ncontent-le", .close = true};
const Step kBusy{.answer = "HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy"};
const Step kNonsense{.answer = "ICY 200 OK\r\n\r\n"};

struct Row {
  const char* name;
  Method method;
  std::vector<std::string> content;
  Step first;
  std::vector<config::RetryOn> on;
  uint64_t keep;
  uint32_t attempts;  // expected
  int status;         // expected, 0 for a failure
  EndReason reason;   // expected
};

const std::vector<config::RetryOn> kDefault = config::Retry().on;

class RetryRule : public ServiceTest, public ::testing::WithParamInterface<Row> {};

TEST_P(RetryRule, Holds) {
  const Row& row = GetParam();
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.retry.on = row.on;
  config_.retry.body = row.keep;
  apply();
  origin.script({row.first});
  auto call = row.content.empty() ? std::make_unique<Call>(*loop_, row.method)
                                  : std::make_unique<Call>(*loop_, row.method, row.content);
  finish(*call);
  EXPECT_EQ(call->attempts(), row.attempts);
  EXPECT_EQ(call->status, row.status);
  EXPECT_EQ(call->reason(), row.reason);
  EXPECT_EQ(origin.requests().size(), row.attempts);
  std::string content;
  for (const std::string& piece : row.content) content += piece;
  for (const Origin::Request& request : origin.requests()) EXPECT_TRUE(request.bytes.ends_with("\r\n\r\n" + content));
  settle();
  EXPECT_EQ(usage_->requests, 0u);
  EXPECT_EQ(usage_->retries, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RetryRule,
    ::testing::Values(
        Row{"GetAfterReset", Method::get, {}, kReset, kDefault, 65536, 2, 200, EndReason::ok},
        Row{"GetAfterEnd", Method::get, {}, kEnd, kDefault, 65536, 2, 200, EndReason::ok},
        Row{"HeadAfterReset", Method::head, {}, kReset, kDefault, 65536, 2, 200, EndReason::ok},
        Row{"DeleteAfterReset", Method::delete_, {}, kReset, kDefault, 65536, 2, 200, EndReason::ok},
        Row{"PutWithContentAfterReset", Method::put, {"abc", "def"}, kReset, kDefault, 65536, 2, 200, EndReason::ok},
        Row{"PutWithContentAtTheBound", Method::put, {"abc", "def"}, kReset, kDefault, 6, 2, 200, EndReason::ok},
        Row{"PutWithContentOverTheBound",
            Method::put,
            {"abc", "def"},
            kReset,
            kDefault,
            5,
            1,
            0,
            EndReason::upstream_reset},
        Row{"PostAfterReset", Method::post, {}, kReset, kDefault, 65536, 1, 0, EndReason::upstream_reset},
        Row{"PatchAfterReset", Method::patch, {}, kReset, kDefault, 65536, 1, 0, EndReason::upstream_reset},
        Row{"PostWithContentAfterEnd", Method::post, {"abc"}, kEnd, kDefault, 65536, 1, 0, EndReason::upstream_reset},
        Row{"GetWithoutThatRule",
            Method::get,
            {},
            kReset,
            {{Kind::connect_failure}},
            65536,
            1,
            0,
            EndReason::upstream_reset},
        Row{"GetAfterHalfAHead", Method::get, {}, kHalf, kDefault, 65536, 1, 0, EndReason::upstream_protocol},
        Row{"GetAfterNonsense", Method::get, {}, kNonsense, kDefault, 65536, 1, 0, EndReason::upstream_protocol},
        Row{"GetWithStatusNotListed", Method::get, {}, kBusy, kDefault, 65536, 1, 503, EndReason::ok},
        Row{"GetWithStatusListed", Method::get, {}, kBusy, {{Kind::status, 503}}, 65536, 2, 200, EndReason::ok},
        Row{"GetWithOtherStatusListed", Method::get, {}, kBusy, {{Kind::status, 502}}, 65536, 1, 503, EndReason::ok},
        Row{"PostWithStatusListed", Method::post, {}, kBusy, {{Kind::status, 503}}, 65536, 1, 503, EndReason::ok}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(ServiceTest, ATunnelIsNotTriedAgainAfterAReset) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.script({kReset});
  Call call(*loop_);
  call.head.upgrade = "websocket";
  finish(call);
  EXPECT_EQ(call.attempts(), 1u);
  EXPECT_EQ(call.reason(), EndReason::upstream_reset);
}

TEST_F(ServiceTest, ASlowAnswerIsATimeoutAndNotTriedAgain) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.timeouts.header = Duration::milliseconds(2);
  apply();
  origin.script({{.hold = true}});
  Call call(*loop_);
  finish(call);
  EXPECT_EQ(call.reason(), EndReason::upstream_timeout);
  EXPECT_EQ(call.attempts(), 1u);
}

TEST_F(ServiceTest, AttemptsAreBounded) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.retry.attempts = 3;
  apply();
  origin.script({kReset, kReset, kReset, kReset});
  Call call(*loop_);
  finish(call);
  EXPECT_EQ(call.attempts(), 3u);
  EXPECT_EQ(origin.requests().size(), 3u);
  EXPECT_EQ(call.reason(), EndReason::upstream_reset);
}

TEST_F(ServiceTest, ASingleAttemptKeepsNoContent) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.retry.attempts = 1;
  apply();
  origin.script({kReset});
  Call call(*loop_, Method::put, {"abc"});
  finish(call);
  EXPECT_EQ(call.attempts(), 1u);
  EXPECT_TRUE(call.content->released);
}

TEST_F(ServiceTest, RetriesUnderWayAreBoundedOverTheService) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.limits.retries = 0;
  apply();
  origin.script({kReset});
  Call call(*loop_);
  finish(call);
  EXPECT_EQ(call.attempts(), 1u);
}

TEST_F(ServiceTest, ASpentBudgetEndsRetries) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.retry.budget = 0;
  config_.retry.min_per_second = 0;
  apply();
  origin.script({kReset});
  Call call(*loop_);
  finish(call);
  EXPECT_EQ(call.attempts(), 1u);
}

TEST_F(ServiceTest, AnotherEndpointGetsTheSecondAttempt) {
  Origin a(*loop_), b(*loop_);
  config_.endpoints = {endpoint(a.address(), 100), endpoint(b.address(), 1)};  // a would be next by its weight
  apply();
  a.script({kReset});
  b.script({kReset});
  Call call(*loop_);
  finish(call);
  // Both failed once; had the first been asked again it would have answered.
  EXPECT_EQ(call.attempts(), 2u);
  EXPECT_EQ(a.requests().size(), 1u);
  EXPECT_EQ(b.requests().size(), 1u);
}

TEST_F(ServiceTest, ContentThatBreaksOffIsNotSentAgain) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  Call call(*loop_, Method::put);
  call.head.framing = http::Framing::stream();
  call.content.emplace(std::vector<std::string>{"abc"}, Errc::reset);
  finish(call);
  EXPECT_EQ(call.status, 0);
  EXPECT_EQ(call.attempts(), 1u);
  EXPECT_TRUE(origin.requests().empty()) << "half a request must not look whole";
}

// --- RetryBudget ---

Instant at(int64_t seconds) { return {seconds * 1'000'000'000}; }

TEST(RetryBudget, AllowsAShareOfRecentRequests) {
  RetryBudget budget;
  for (int i = 0; i < 100; ++i) budget.request(at(100));
  int taken = 0;
  while (taken < 1000 && budget.take(at(100), 20, 0)) ++taken;
  EXPECT_EQ(taken, 20);
}

TEST(RetryBudget, AllowsAFloorWithoutRequests) {
  RetryBudget budget;
  int taken = 0;
  while (taken < 1000 && budget.take(at(100), 0, 3)) ++taken;
  EXPECT_EQ(taken, 30) << "three a second over ten seconds";
}

TEST(RetryBudget, ForgetsAfterTenSeconds) {
  RetryBudget budget;
  for (int i = 0; i < 10; ++i) budget.request(at(100));
  EXPECT_TRUE(budget.take(at(100), 10, 0));
  EXPECT_FALSE(budget.take(at(109), 10, 0));
  EXPECT_FALSE(budget.take(at(110), 10, 0)) << "the requests are gone too";
  for (int i = 0; i < 10; ++i) budget.request(at(110));
  EXPECT_TRUE(budget.take(at(110), 10, 0));
}

// --- ReplayBody ---

// Pulls to the end, or `most` pieces.
std::string drained(async::Loop& loop, codec::Body& body, int most = 100) {
  std::string out;
  async::Scope scope(loop);
  scope.spawn([](codec::Body& b, std::string& text, int left) -> async::Task<void> {
    while (left-- > 0) {
      auto chunk = co_await b.pull();
      if (!chunk) {
        text += "<error>";
        co_return;
      }
      text += chunk->data;
      if (chunk->last) {
        text += "<end>";
        co_return;
      }
    }
  }(body, out, most));
  EXPECT_EQ(scope.size(), 0u);
  return out;
}

class ReplayBodyTest : public ServiceTest {};

TEST_F(ReplayBodyTest, GivesTheWholeContentToEveryAttempt) {
  Pieces source({"one ", "two ", "three"});
  auto owned = ReplayBody::create(codec::BodyPtr(&source), 100);
  ReplayBody& body = *owned;
  EXPECT_TRUE(body.untouched());
  EXPECT_EQ(drained(*loop_, *body.begin(), 1), "one ");
  EXPECT_FALSE(body.untouched());
  EXPECT_EQ(drained(*loop_, *body.begin(), 2), "one two ");
  EXPECT_EQ(drained(*loop_, *body.begin()), "one two three<end>");
  EXPECT_TRUE(body.replayable());
  EXPECT_EQ(drained(*loop_, *body.begin()), "one two three<end>");
}

TEST_F(ReplayBodyTest, LetsContentOverTheBoundThroughOnce) {
  Pieces source({"one ", "two ", "three"});
  auto owned = ReplayBody::create(codec::BodyPtr(&source), 8);
  ReplayBody& body = *owned;
  EXPECT_EQ(drained(*loop_, *body.begin()), "one two three<end>");
  EXPECT_FALSE(body.replayable());
}

TEST_F(ReplayBodyTest, CannotReplayWhatBrokeOff) {
  Pieces source({"one "}, Errc::reset);
  auto owned = ReplayBody::create(codec::BodyPtr(&source), 100);
  ReplayBody& body = *owned;
  EXPECT_EQ(drained(*loop_, *body.begin()), "one <error>");
  EXPECT_FALSE(body.replayable());
}

TEST_F(ReplayBodyTest, HoldsUntouchedContentOfAnySize) {
  Pieces source({std::string(1000, 'x')});
  auto owned = ReplayBody::create(codec::BodyPtr(&source), 0);
  ReplayBody& body = *owned;
  EXPECT_NE(body.begin(), nullptr);
  EXPECT_TRUE(body.replayable());
}

TEST_F(ReplayBodyTest, NoContentIsAlwaysTheSame) {
  auto owned = ReplayBody::create(nullptr, 0);
  ReplayBody& body = *owned;
  EXPECT_EQ(body.begin(), nullptr);
  EXPECT_TRUE(body.replayable());
}

TEST_F(ReplayBodyTest, ReplaysEmptyContent) {
  Pieces source({});
  auto owned = ReplayBody::create(codec::BodyPtr(&source), 0);
  ReplayBody& body = *owned;
  EXPECT_EQ(drained(*loop_, *body.begin()), "<end>");
  EXPECT_EQ(drained(*loop_, *body.begin()), "<end>");
}

}  // namespace
}  // namespace mesh::service
