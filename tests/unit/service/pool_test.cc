// Connections of an endpoint: kept, reused, dropped and bounded.
#include "origin.h"

namespace mesh::service {
namespace {

using exchange::EndReason;
using http::Method;

TEST_F(ServiceTest, OneConnectionServesRequestsOneAfterTheOther) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  for (int i = 0; i < 5; ++i) {
    Call call(*loop_);
    finish(call);
    EXPECT_EQ(call.status, 200);
    EXPECT_EQ(call.body, "ok");
    EXPECT_EQ(call.exchange.record.endpoint, origin.address().to_string());
  }
  EXPECT_EQ(origin.accepted(), 1);
  EXPECT_EQ(usage_->connections, 1u);
  EXPECT_EQ(usage_->requests, 0u);
  EXPECT_EQ(service().endpoints()[0]->active(), 0u);
}

TEST_F(ServiceTest, TheConnectionUsedLastIsUsedNext) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.script({{.hold = true}, {.hold = true}});
  Call first(*loop_), second(*loop_);
  first.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return origin.held() == 1; }));
  second.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return origin.held() == 2; }));
  EXPECT_EQ(usage_->requests, 2u);
  EXPECT_EQ(service().endpoints()[0]->active(), 2u);
  origin.release();
  ASSERT_TRUE(run_until([&] { return first.done && second.done; }));
  settle();
  // Which of the two came back last is the kernel's choice; from then on it is always the same one.
  Call third(*loop_), fourth(*loop_);
  finish(third);
  finish(fourth);
  ASSERT_EQ(origin.requests().size(), 4u);
  EXPECT_EQ(origin.requests()[2].connection, origin.requests()[3].connection);
  EXPECT_EQ(origin.accepted(), 2);
}

TEST_F(ServiceTest, AConnectionThatThePeerClosedWhileIdleLeavesThePool) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  Call first(*loop_);
  finish(first);
  origin.hang_up();
  EXPECT_TRUE(run_until([&] { return usage_->connections == 0; }));
  Call second(*loop_);
  finish(second);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.attempts(), 1u);
  EXPECT_EQ(origin.accepted(), 2);
}

TEST_F(ServiceTest, APeerThatSpeaksUnaskedIsNotTrustedWithAnotherRequest) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.script({{.answer = kOk + kOk}});
  Call first(*loop_);
  finish(first);
  EXPECT_EQ(first.status, 200);
  EXPECT_TRUE(run_until([&] { return usage_->connections == 0; }));
  Call second(*loop_);
  finish(second);
  EXPECT_EQ(origin.accepted(), 2);
}

// The peer has closed, and the loop has not heard of it.
TEST_F(ServiceTest, AStaleConnectionIsNotedBeforeARequestThatMustNotBeSentTwice) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  Call first(*loop_);
  finish(first);
  origin.hang_up();
  Call second(*loop_, Method::post, {"once"});
  second.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return second.done; }));
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.attempts(), 1u);
  EXPECT_EQ(origin.requests().size(), 2u);
}

TEST_F(ServiceTest, AStaleConnectionCostsAnIdempotentRequestASecondAttemptOnAFreshOne) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  Call first(*loop_);
  finish(first);
  origin.hang_up();
  Call second(*loop_);
  second.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return second.done; }));
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.attempts(), 2u);
  EXPECT_EQ(second.reason(), EndReason::ok);
  EXPECT_EQ(origin.accepted(), 2);
}

TEST_F(ServiceTest, ConnectionCloseAndUnreadContentEndAConnection) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.script({{.answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", .close = true},
                 {.answer = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\npart"}});
  Call told(*loop_);
  finish(told);
  settle();
  EXPECT_EQ(usage_->connections, 0u);
  Call unread(*loop_);
  unread.read_body = false;
  finish(unread);
  settle();
  EXPECT_EQ(usage_->connections, 0u);
  EXPECT_EQ(usage_->requests, 0u);
}

TEST_F(ServiceTest, AnExchangeThatIsGivenUpTakesItsConnectionWithIt) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.script({{.hold = true}});
  {
    Call call(*loop_);
    call.start(service(), policy());
    ASSERT_TRUE(run_until([&] { return origin.held() == 1; }));
  }
  settle();
  EXPECT_EQ(usage_->connections, 0u);
  EXPECT_EQ(usage_->requests, 0u);
  EXPECT_EQ(service().endpoints()[0]->active(), 0u);
}

TEST_F(ServiceTest, ARequestAboveTheCapOnConnectionsWaitsForOneToComeFree) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.limits.connections = 1;
  apply();
  origin.script({{.hold = true}});
  Call first(*loop_), second(*loop_);
  first.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return origin.held() == 1; }));
  second.start(service(), policy());
  settle();
  EXPECT_EQ(usage_->pending, 1u);
  EXPECT_FALSE(second.done);
  origin.release();
  ASSERT_TRUE(run_until([&] { return second.done; }));
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(origin.accepted(), 1);
  EXPECT_EQ(usage_->pending, 0u);
}

TEST_F(ServiceTest, RequestsThatComeWhileTheOnlyConnectionIsBeingMadeWaitForIt) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.limits.connections = 1;
  apply();
  Call first(*loop_), second(*loop_), third(*loop_);
  for (Call* call : {&first, &second, &third}) call->start(service(), policy());
  ASSERT_TRUE(run_until([&] { return first.done && second.done && third.done; }));
  for (Call* call : {&first, &second, &third}) EXPECT_EQ(call->status, 200);
  EXPECT_EQ(origin.accepted(), 1);
}

TEST_F(ServiceTest, AFailedConnectGivesItsPlaceToThoseWhoWait) {
  DeadPort dead;
  config_.endpoints = {endpoint(dead.address())};
  config_.limits.connections = 1;
  config_.retry.attempts = 1;
  apply();
  Call first(*loop_), second(*loop_);
  first.start(service(), policy());
  second.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return first.done && second.done; }));
  EXPECT_EQ(first.reason(), EndReason::upstream_connect_failed);
  EXPECT_EQ(second.reason(), EndReason::upstream_connect_failed);
  EXPECT_EQ(usage_->pending, 0u);
  EXPECT_EQ(usage_->connections, 0u);
}

TEST_F(ServiceTest, AnExchangeThatIsGivenUpWhileItWaitsLeavesTheQueue) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.limits.connections = 1;
  apply();
  origin.script({{.hold = true}});
  Call first(*loop_), third(*loop_);
  first.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return origin.held() == 1; }));
  {
    Call second(*loop_);
    second.start(service(), policy());
    settle();
    EXPECT_EQ(usage_->pending, 1u);
  }
  EXPECT_EQ(usage_->pending, 0u);
  third.start(service(), policy());
  origin.release();
  ASSERT_TRUE(run_until([&] { return third.done; }));
  EXPECT_EQ(third.status, 200);
}

TEST_F(ServiceTest, TheQueueIsBounded) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.limits.connections = config_.limits.pending = 1;
  apply();
  origin.script({{.hold = true}});
  Call first(*loop_), second(*loop_), third(*loop_);
  first.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return origin.held() == 1; }));
  second.start(service(), policy());
  third.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return third.done; }));
  EXPECT_EQ(third.reason(), EndReason::overload_pending);
  EXPECT_EQ(third.status, 0);
  EXPECT_FALSE(second.done);
}

TEST_F(ServiceTest, WaitingForAConnectionEndsWithTheTimeToConnect) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.limits.connections = 1;
  apply();
  origin.script({{.hold = true}});
  Call first(*loop_), second(*loop_);
  first.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return origin.held() == 1; }));
  config_.timeouts.connect = Duration::milliseconds(2);
  finish(second);
  EXPECT_EQ(second.reason(), EndReason::overload_connections);
  EXPECT_FALSE(first.done);
}

TEST_F(ServiceTest, WhatIdlesAtOneEndpointDoesNotKeepAnotherFromBeingReached) {
  Origin a(*loop_), b(*loop_);
  config_.endpoints = {endpoint(a.address()), endpoint(b.address())};
  config_.limits.connections = 1;
  apply();
  for (int i = 0; i < 6; ++i) {
    Call call(*loop_);
    finish(call);
    EXPECT_EQ(call.status, 200) << i << ": " << call.message;
    EXPECT_LE(usage_->connections, 1u);
  }
  EXPECT_EQ(a.requests().size() + b.requests().size(), 6u);
  EXPECT_FALSE(a.requests().empty() || b.requests().empty());
}

TEST_F(ServiceTest, NoRoomAnywhereIsSaidAtOnce) {
  Origin a(*loop_), b(*loop_);
  config_.endpoints = {endpoint(a.address()), endpoint(b.address())};
  config_.limits.connections = 1;
  config_.retry.attempts = 1;
  apply();
  a.script({{.hold = true}});
  b.script({{.hold = true}});
  Call first(*loop_), second(*loop_);
  first.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return a.held() + b.held() == 1; }));
  finish(second);
  EXPECT_EQ(second.reason(), EndReason::overload_connections);
}

TEST_F(ServiceTest, RequestsAreBoundedOverTheWholeService) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  config_.limits.requests = 1;
  apply();
  origin.script({{.hold = true}});
  Call first(*loop_), second(*loop_);
  first.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return origin.held() == 1; }));
  finish(second);
  EXPECT_EQ(second.reason(), EndReason::overload_requests);
  EXPECT_EQ(second.attempts(), 0u);
  origin.release();
  ASSERT_TRUE(run_until([&] { return first.done; }));
  Call third(*loop_);
  finish(third);
  EXPECT_EQ(third.status, 200);
}

TEST(Endpoint, IsAvoidedForTwiceAsLongAfterEachFailureUpToTenSeconds) {
  auto loop = std::move(async::Loop::create()).value();
  Endpoint endpoint(*loop, net::Address::parse("127.0.0.1:1").value(), 1, std::make_shared<Usage>());
  Instant now{1'000'000'000'000};
  EXPECT_FALSE(endpoint.avoided(now));
  int64_t expected = 100;
  for (int i = 0; i < 12; ++i) {
    endpoint.connect_failed(now);
    Duration pause = Duration::milliseconds(std::min<int64_t>(expected, 10'000));
    EXPECT_TRUE(endpoint.avoided(now + (pause - Duration{1}))) << i;
    EXPECT_FALSE(endpoint.avoided(now + pause)) << i;
    expected *= 2;
  }
  endpoint.connect_succeeded();
  EXPECT_FALSE(endpoint.avoided(now));
  endpoint.connect_failed(now);
  EXPECT_FALSE(endpoint.avoided(now + Duration::milliseconds(100))) << "success wipes the slate";
}

}  // namespace
}  // namespace mesh::service
