// Bytes both ways between two streams.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>

#include "async/wait.h"
#include "net/pipe.h"
#include "net/tcp.h"
#include "proxy/tcp_tunnel.h"

namespace mesh::proxy {
namespace {

// client <-> downstream | the tunnel | upstream <-> origin
class TunnelTest : public ::testing::Test {
 protected:
  TunnelTest() : loop_(std::move(async::Loop::create()).value()), peers_(*loop_), tunnel_(*loop_) {
    std::tie(client_, downstream_) = net::make_pipe(*loop_, 1000);
    std::tie(origin_, upstream_) = net::make_pipe(*loop_, 1000);
  }
  void start(Duration idle = Duration::seconds(3600)) { tunnel_.spawn(run(*this, idle)); }
  static async::Task<void> run(TunnelTest& test, Duration idle) {
    test.ended_ = co_await run_tunnel(*test.downstream_, *test.upstream_, idle, test.counts_);
    test.downstream_.reset();
    test.upstream_.reset();
  }
  void send(net::Stream& from, std::string text, bool end) { peers_.spawn(write(from, std::move(text), end)); }
  static async::Task<void> write(net::Stream& stream, std::string text, bool end) {
    (void)co_await stream.write({text}, {});
    if (end) stream.shutdown_write();
  }
  struct Received {
    std::string text;
    std::optional<Status> end;
  };
  void receive(net::Stream& at, Received& into) { peers_.spawn(read(at, into)); }
  static async::Task<void> read(net::Stream& stream, Received& into) {
    char buffer[512];
    for (;;) {
      auto n = co_await stream.read(buffer, {});
      if (!n || *n == 0) {
        into.end = n ? Status{} : Status(fail(n.error()));
        co_return;
      }
      into.text.append(buffer, *n);
    }
  }
  template <class Done>
  bool run_until(Done done) {
    for (int i = 0; i < 3'000 && !done(); ++i) loop_->turn(Duration::milliseconds(10));
    return done();
  }

  std::unique_ptr<async::Loop> loop_;
  std::unique_ptr<net::Stream> client_, downstream_, upstream_, origin_;
  TunnelCounts counts_;
  std::optional<Status> ended_;
  async::Scope peers_;
  async::Scope tunnel_;
};

TEST_F(TunnelTest, CarriesBothWaysAtOnceAndCounts) {
  std::string up(70'000, 'u'), down(50'000, 'd');
  Received at_origin, at_client;
  start();
  receive(*origin_, at_origin);
  receive(*client_, at_client);
  send(*client_, up, true);
  send(*origin_, down, true);
  ASSERT_TRUE(run_until([&] { return ended_ && at_origin.end && at_client.end; }));
  EXPECT_TRUE(*ended_);
  EXPECT_EQ(at_origin.text, up);
  EXPECT_EQ(at_client.text, down);
  EXPECT_EQ(counts_.to_upstream, up.size());
  EXPECT_EQ(counts_.to_downstream, down.size());
}

TEST_F(TunnelTest, TheEndOfTheClientsHalfLeavesTheOtherOpen) {
  Received at_origin, at_client;
  start();
  receive(*origin_, at_origin);
  receive(*client_, at_client);
  send(*client_, "question", true);
  ASSERT_TRUE(run_until([&] { return at_origin.end.has_value(); }));
  EXPECT_TRUE(*at_origin.end) << "in good order";
  EXPECT_EQ(at_origin.text, "question");
  EXPECT_FALSE(ended_);
  EXPECT_FALSE(at_client.end);
  send(*origin_, "answer", true);
  ASSERT_TRUE(run_until([&] { return ended_ && at_client.end; }));
  EXPECT_TRUE(*ended_);
  EXPECT_EQ(at_client.text, "answer");
}

TEST_F(TunnelTest, TheEndOfTheUpstreamsHalfLeavesTheOtherOpen) {
  Received at_origin, at_client;
  start();
  receive(*origin_, at_origin);
  receive(*client_, at_client);
  send(*origin_, "greeting", true);
  ASSERT_TRUE(run_until([&] { return at_client.end.has_value(); }));
  EXPECT_EQ(at_client.text, "greeting");
  EXPECT_FALSE(ended_);
  send(*client_, "late", true);
  ASSERT_TRUE(run_until([&] { return ended_ && at_origin.end; }));
  EXPECT_EQ(at_origin.text, "late");
}

TEST_F(TunnelTest, AResetOfOneSideIsAResetOfTheOther) {
  for (bool from_client : {true, false}) {
    std::tie(client_, downstream_) = net::make_pipe(*loop_, 1000);
    std::tie(origin_, upstream_) = net::make_pipe(*loop_, 1000);
    ended_.reset();
    std::unique_ptr<net::Stream>& broken = from_client ? client_ : origin_;
    net::Stream& other = from_client ? *origin_ : *client_;
    Received seen;
    start();
    receive(other, seen);
    broken->abort_on_close();
    broken.reset();
    ASSERT_TRUE(run_until([&] { return ended_ && seen.end; }));
    ASSERT_FALSE(*ended_);
    EXPECT_EQ(ended_->error().code, Errc::reset);
    ASSERT_FALSE(*seen.end) << "a broken stream must not look ended";
    EXPECT_EQ(seen.end->error().code, Errc::reset);
  }
}

// Two ends of a TCP connection over loopback: one for the tunnel, one blocking.
std::pair<std::unique_ptr<net::Stream>, net::Fd> tcp_pair(async::Loop& loop) {
  net::Fd listener = net::Listener::bind(net::Address::parse("127.0.0.1:0").value()).value();
  net::Address address = net::Listener::local_address(listener.get());
  net::Fd far(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(far.get(), address.data(), address.size()), 0);
  net::Fd near(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  return {net::SocketStream::create(loop, std::move(near)).value(), std::move(far)};
}

TEST_F(TunnelTest, OverTcpAResetArrivesAsAReset) {
  auto [down, client] = tcp_pair(*loop_);
  auto [up, origin] = tcp_pair(*loop_);
  downstream_ = std::move(down);
  upstream_ = std::move(up);
  start();
  linger hard{1, 0};
  setsockopt(origin.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  origin.reset();
  ASSERT_TRUE(run_until([&] { return ended_ && !downstream_; }));
  char byte;
  EXPECT_EQ(recv(client.get(), &byte, 1, 0), -1) << "an end in good order would be a lie";
  EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(TunnelTest, SilenceBothWaysEndsIt) {
  Received at_origin, at_client;
  start(Duration::milliseconds(3));
  receive(*origin_, at_origin);
  receive(*client_, at_client);
  ASSERT_TRUE(run_until([&] { return ended_ && at_origin.end && at_client.end; }));
  ASSERT_FALSE(*ended_);
  EXPECT_EQ(ended_->error().code, Errc::timeout);
}

TEST_F(TunnelTest, APeerThatDoesNotReadHoldsTheOtherBack) {
  start();
  send(*client_, std::string(100'000, 'x'), true);
  for (int i = 0; i < 200; ++i) loop_->turn(Duration{});
  EXPECT_EQ(peers_.size(), 1u) << "the client's write waits";
  Received at_origin;
  receive(*origin_, at_origin);
  ASSERT_TRUE(run_until([&] { return at_origin.end.has_value(); }));
  EXPECT_EQ(at_origin.text.size(), 100'000u);
}

TEST_F(TunnelTest, GivenUpHalfWayItLeavesNothingBehind) {
  start();
  send(*client_, "x", false);
  loop_->turn(Duration{});
  tunnel_.cancel();
  EXPECT_EQ(downstream_->readiness().reader, nullptr);
  EXPECT_EQ(upstream_->readiness().reader, nullptr);
  send(*client_, "y", true);
  for (int i = 0; i < 5; ++i) loop_->turn(Duration{});
  EXPECT_FALSE(ended_);
}

}  // namespace
}  // namespace mesh::proxy
