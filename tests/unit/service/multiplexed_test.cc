// HTTP/2 sessions of an endpoint: one serves many requests at a time.
#include "codec/http2_server.h"
#include "codec/text_body.h"
#include "origin.h"

namespace mesh::service {
namespace {

using exchange::EndReason;

// Speaks HTTP/2 without TLS; answers 200 "ok" at once, or after release().
class Http2Origin final : public codec::ServerHandler {
 public:
  explicit Http2Origin(async::Loop& loop) : loop_(loop), sessions_(loop), accepting_(loop) {
    auto fd = net::Listener::bind(net::Address::parse("127.0.0.1:0").value());
    EXPECT_TRUE(fd) << fd.error().message;
    address_ = net::Listener::local_address(fd->get());
    listener_ = std::move(net::Listener::create(loop, std::move(*fd))).value();
    accepting_.spawn(accept());
  }
  net::Address address() const { return address_; }
  void hold() { holding_ = true; }
  void release() {
    holding_ = false;
    for (async::Event* event : std::exchange(held_, {})) event->set();
  }
  size_t held() const { return held_.size(); }
  int accepted() const { return accepted_; }
  int served() const { return served_; }
  void hang_up() { sessions_.cancel(); }
  // GOAWAY on every session.
  void drain() {
    for (codec::Http2ServerConnection* session : open_) session->drain();
  }

  async::Task<void> serve(codec::ServerStream& stream) override {
    ++served_;
    if (holding_) {
      async::Event event(loop_);
      struct Held {
        std::vector<async::Event*>& list;
        async::Event* event;
        ~Held() { std::erase(list, event); }
      } leave{held_, &event};
      held_.push_back(&event);
      (void)co_await event.wait();
    }
    codec::Response response(stream.arena());
    response.head.status = 200;
    response.head.framing = http::Framing::of_length(2);
    (void)co_await stream.respond(response.head, codec::text_body(stream.arena(), "ok"));
  }
  void rejected(const codec::Rejection& rejection) override { ADD_FAILURE() << rejection.detail; }
  std::string_view date() override { return "Mon, 01 Jan 2024 00:00:00 GMT"; }

 private:
  async::Task<void> accept() {
    for (;;) {
      auto accepted = co_await listener_->accept();
      if (!accepted) co_return;
      ++accepted_;
      sessions_.spawn(run(std::move(*net::SocketStream::create(loop_, std::move(accepted->fd)))));
    }
  }
  async::Task<void> run(std::unique_ptr<net::Stream> stream) {
    codec::Http2ServerConnection session(*stream, *this, limits_, http::Scheme::http);
    struct Open {
      std::vector<codec::Http2ServerConnection*>& list;
      codec::Http2ServerConnection* session;
      ~Open() { std::erase(list, session); }
    } open{open_, &session};
    open_.push_back(&session);
    co_await session.run({});
  }

  async::Loop& loop_;
  codec::ServerLimits limits_;
  net::Address address_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<async::Event*> held_;
  std::vector<codec::Http2ServerConnection*> open_;
  bool holding_ = false;
  int accepted_ = 0;
  int served_ = 0;
  async::Scope sessions_;
  async::Scope accepting_;
};

class MultiplexedTest : public ServiceTest {
 protected:
  MultiplexedTest() { config_.protocol = config::UpstreamProtocol::h2; }
  using Calls = std::vector<std::unique_ptr<Call>>;
  Calls start(int count) {
    Calls calls;
    for (int i = 0; i < count; ++i) {
      calls.push_back(std::make_unique<Call>(*loop_));
      calls.back()->start(service(), policy());
    }
    return calls;
  }
  static bool done(const Calls& calls) {
    return std::all_of(calls.begin(), calls.end(), [](const auto& call) { return call->done; });
  }
};

TEST_F(MultiplexedTest, RequestsThatComeTogetherShareOneSession) {
  Http2Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.hold();
  Calls calls = start(20);
  ASSERT_TRUE(run_until([&] { return origin.held() == 20; }));
  EXPECT_EQ(service().endpoints()[0]->active(), 20u);
  EXPECT_EQ(usage_->requests, 20u);
  origin.release();
  ASSERT_TRUE(run_until([&] { return done(calls); }));
  for (const auto& call : calls) {
    EXPECT_EQ(call->status, 200);
    EXPECT_EQ(call->body, "ok");
  }
  EXPECT_EQ(origin.accepted(), 1);
  settle();
  EXPECT_EQ(usage_->requests, 0u);
  EXPECT_EQ(usage_->pending, 0u);
  EXPECT_EQ(usage_->connections, 1u);
}

TEST_F(MultiplexedTest, OneThatIsGivenUpDoesNotHurtTheOthers) {
  Http2Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.hold();
  Calls calls = start(3);
  ASSERT_TRUE(run_until([&] { return origin.held() == 3; }));
  calls.erase(calls.begin());
  ASSERT_TRUE(run_until([&] { return origin.held() == 2; })) << "the origin hears of it";
  EXPECT_EQ(usage_->requests, 2u);
  origin.release();
  ASSERT_TRUE(run_until([&] { return done(calls); }));
  for (const auto& call : calls) EXPECT_EQ(call->status, 200);
  EXPECT_EQ(origin.accepted(), 1);
}

TEST_F(MultiplexedTest, OneThatIsGivenUpWhileTheSessionIsMadeLeavesTheOthersWaiting) {
  Http2Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  Calls calls = start(3);
  calls.erase(calls.begin());  // it was making the session
  ASSERT_TRUE(run_until([&] { return done(calls); }));
  for (const auto& call : calls) EXPECT_EQ(call->status, 200) << call->message;
}

TEST_F(MultiplexedTest, AFailedConnectIsToldToAllWhoWaitedForIt) {
  DeadPort dead;
  config_.endpoints = {endpoint(dead.address())};
  config_.retry.attempts = 1;
  apply();
  Calls calls = start(4);
  ASSERT_TRUE(run_until([&] { return done(calls); }));
  for (const auto& call : calls) EXPECT_EQ(call->reason(), EndReason::upstream_connect_failed);
  EXPECT_EQ(usage_->pending, 0u);
  EXPECT_EQ(usage_->connections, 0u);
}

TEST_F(MultiplexedTest, ASessionThatDiedWhileIdleIsReplaced) {
  Http2Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  Calls first = start(1);
  ASSERT_TRUE(run_until([&] { return done(first); }));
  origin.hang_up();
  EXPECT_TRUE(run_until([&] { return usage_->connections == 0; }));
  Calls second = start(1);
  ASSERT_TRUE(run_until([&] { return done(second); }));
  EXPECT_EQ(second[0]->status, 200);
  EXPECT_EQ(second[0]->attempts(), 1u);
  EXPECT_EQ(origin.accepted(), 2);
}

TEST_F(MultiplexedTest, AfterGoawayWhatIsUnderWayFinishesAndTheNextTakesANewSession) {
  Http2Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.hold();
  Calls first = start(1);
  ASSERT_TRUE(run_until([&] { return origin.held() == 1; }));
  origin.drain();
  settle();
  Calls second = start(1);
  ASSERT_TRUE(run_until([&] { return origin.held() == 2; }));
  EXPECT_EQ(origin.accepted(), 2);
  origin.release();
  ASSERT_TRUE(run_until([&] { return done(first) && done(second); }));
  EXPECT_EQ(first[0]->status, 200);
  EXPECT_EQ(second[0]->status, 200);
  EXPECT_TRUE(run_until([&] { return usage_->connections == 1; })) << "the old session goes";
}

TEST_F(MultiplexedTest, AnEndpointThatIsTakenOutLetsItsRequestsFinish) {
  Http2Origin origin(*loop_), other(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.hold();
  Calls calls = start(2);
  ASSERT_TRUE(run_until([&] { return origin.held() == 2; }));
  config_.endpoints = {endpoint(other.address())};
  apply();
  origin.release();
  ASSERT_TRUE(run_until([&] { return done(calls); }));
  for (const auto& call : calls) EXPECT_EQ(call->status, 200);
  EXPECT_TRUE(run_until([&] { return usage_->connections == 0; }));
}

TEST_F(MultiplexedTest, ASessionThatBreaksIsTriedAgainForIdempotentRequestsOnly) {
  Http2Origin origin(*loop_);
  config_.endpoints = {endpoint(origin.address())};
  apply();
  origin.hold();
  Call get(*loop_), post(*loop_, http::Method::post, {"once"});
  get.start(service(), policy());
  post.start(service(), policy());
  ASSERT_TRUE(run_until([&] { return origin.held() == 2; }));
  origin.hang_up();
  ASSERT_TRUE(run_until([&] { return origin.held() == 1 && post.done; }));
  EXPECT_EQ(post.reason(), EndReason::upstream_reset);
  EXPECT_EQ(post.attempts(), 1u);
  origin.release();
  ASSERT_TRUE(run_until([&] { return get.done; }));
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.attempts(), 2u);
  EXPECT_EQ(origin.served(), 3);
}

}  // namespace
}  // namespace mesh::service
