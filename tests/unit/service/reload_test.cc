// What a new configuration, or a new answer of the name servers, does to endpoints and their connections.
#include "origin.h"

namespace mesh::service {
namespace {

using exchange::EndReason;

TEST_F(ServiceTest, AReloadKeepsConnectionsOfEndpointsThatStay) {
  Origin origin(*loop_), other(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  Call first(*loop_);
  finish(first);
  Endpoint* before = service().endpoints()[0].get();
  config_.endpoints = {endpoint(other.address()), endpoint(origin.address(), 9)};
  config_.timeouts.header = Duration::seconds(3);
  config_.balance = config::Balance::least_request;
  apply();
  ASSERT_EQ(service().endpoints().size(), 2u);
  EXPECT_EQ(service().endpoints()[1].get(), before);
  EXPECT_EQ(before->weight(), 9u);
  EXPECT_EQ(before->connections(), 1u);
  EXPECT_EQ(origin.accepted(), 1);
}

TEST_F(ServiceTest, AReloadToAnotherProtocolUsesNoKeptConnection) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  Call first(*loop_), second(*loop_);
  finish(first);
  config_.protocol = config::UpstreamProtocol::automatic;
  apply();
  settle();
  EXPECT_EQ(usage_->connections, 0u);
  finish(second);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(origin.accepted(), 2);
}

TEST_F(ServiceTest, WhatIsUnderWayAtAReloadIsFinishedOnItsConnection) {
  Origin origin(*loop_), other(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.script({{.hold = true}});
  Call call(*loop_);
  call.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return origin.held() == 1; }));
  config_.endpoints = {endpoint(other.address())};
  apply();
  settle();
  EXPECT_EQ(usage_->connections, 1u);
  origin.release();
  ASSERT_TRUE(run_until([&] { return call.done; }));
  EXPECT_EQ(call.status, 200);
  EXPECT_EQ(call.body, "ok");
  settle();
  EXPECT_EQ(usage_->connections, 0u) << "the endpoint is gone: nothing is kept";
  Call next(*loop_);
  finish(next);
  EXPECT_EQ(other.requests().size(), 1u);
}

TEST_F(ServiceTest, AServiceThatIsTakenOutAndPutBackKeepsConnectionsAgain) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  Call first(*loop_);
  finish(first);
  service().drain();
  settle();
  EXPECT_EQ(usage_->connections, 0u);
  // A connection that was accepted under the old configuration may still ask for it.
  Call late(*loop_);
  finish(late);
  EXPECT_EQ(late.status, 200);
  settle();
  EXPECT_EQ(usage_->connections, 0u);
  apply();
  Call second(*loop_), third(*loop_);
  finish(second);
  finish(third);
  EXPECT_EQ(origin.accepted(), 3);
  EXPECT_EQ(usage_->connections, 1u);
}

TEST_F(ServiceTest, AnAddressThatIsWrittenTwiceIsOneEndpoint) {
  Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address()), endpoint(origin.address(), 3)};
  apply();
  EXPECT_EQ(service().endpoints().size(), 1u);
}

class NamedServiceTest : public ServiceTest {
 protected:
  NamedServiceTest() {
    config_.endpoints = {{{}, config::Address::parse("orders.example:80").value(), 2}};
    apply();
  }
  void resolve(std::vector<net::Address> addresses) { service().resolved({"orders.example:80", std::move(addresses)}); }
};

TEST_F(NamedServiceTest, HasEndpointsOnceItsNameResolves) {
  Origin origin(*loop_);
  Call early(*loop_), late(*loop_);
  finish(early);
  EXPECT_EQ(early.reason(), EndReason::no_endpoint);
  resolve({origin.address()});
  ASSERT_EQ(service().endpoints().size(), 1u);
  EXPECT_EQ(service().endpoints()[0]->weight(), 2u);
  finish(late);
  EXPECT_EQ(late.status, 200);
}

TEST_F(NamedServiceTest, KeepsConnectionsToAddressesThatStay) {
  Origin a(*loop_), b(*loop_);
  resolve({a.address()});
  Call first(*loop_);
  finish(first);
  Endpoint* before = service().endpoints()[0].get();
  resolve({b.address(), a.address()});
  ASSERT_EQ(service().endpoints().size(), 2u);
  EXPECT_EQ(service().endpoints()[1].get(), before);
  EXPECT_EQ(before->connections(), 1u);
  resolve({b.address()});
  settle();
  EXPECT_EQ(service().endpoints().size(), 1u);
  EXPECT_EQ(usage_->connections, 0u);
  Call second(*loop_);
  finish(second);
  EXPECT_EQ(b.requests().size(), 1u);
}

TEST_F(NamedServiceTest, OtherNamesChangeNothing) {
  Origin origin(*loop_);
  service().resolved({"other.example:80", {origin.address()}});
  EXPECT_TRUE(service().endpoints().empty());
}

TEST_F(NamedServiceTest, AnswersSurviveAReload) {
  Origin origin(*loop_);
  resolve({origin.address()});
  config_.timeouts.header = Duration::seconds(3);
  apply();
  EXPECT_EQ(service().endpoints().size(), 1u);
}

// --- open_stream, for tcp listeners ---

async::Task<void> open(Service& service, std::optional<Result<std::unique_ptr<net::Stream>>>& out, EndReason& reason,
                       std::string& endpoint) {
  out = co_await service.open_stream(reason, endpoint);
}

TEST_F(ServiceTest, ARawStreamGoesToTheNextEndpointWhenOneCannotBeReached) {
  DeadPort dead;
  Origin origin(*loop_);
  config_.endpoints = {endpoint(dead.address()), endpoint(origin.address())};
  apply();
  for (int i = 0; i < 2; ++i) {
    std::optional<Result<std::unique_ptr<net::Stream>>> opened;
    EndReason reason = EndReason::internal;
    std::string text;
    async::Scope scope(*loop_);
    scope.spawn(open(service(), opened, reason, text));
    ASSERT_TRUE(run_until([&] { return opened.has_value(); }));
    EXPECT_TRUE(opened->has_value());
    EXPECT_EQ(reason, EndReason::ok);
    EXPECT_EQ(text, origin.address().to_string());
  }
}

TEST_F(ServiceTest, ARawStreamThatNobodyTakesSaysWhy) {
  DeadPort dead;
  config_.endpoints = {endpoint(dead.address())};
  apply();
  std::optional<Result<std::unique_ptr<net::Stream>>> opened;
  EndReason reason = EndReason::internal;
  std::string text;
  async::Scope scope(*loop_);
  scope.spawn(open(service(), opened, reason, text));
  ASSERT_TRUE(run_until([&] { return opened.has_value(); }));
  EXPECT_FALSE(opened->has_value());
  EXPECT_EQ(reason, EndReason::upstream_connect_failed);
}

}  // namespace
}  // namespace mesh::service
