#include "net/stream.h"

#include <gtest/gtest.h>

#include "async/wait.h"
#include "net/pipe.h"
#include "net/tcp.h"

namespace mesh::net {
namespace {

using async::Deadline;
using async::Scope;
using async::Task;

std::unique_ptr<async::Loop> make_loop() { return std::move(*async::Loop::create()); }

// Two ends of a loopback TCP connection.
Task<void> make_tcp(async::Loop& loop, std::unique_ptr<Stream>& client, std::unique_ptr<Stream>& server) {
  auto fd = Listener::bind(*Address::parse("127.0.0.1:0"));
  Address address = Listener::local_address(fd->get());
  auto listener = Listener::create(loop, std::move(*fd));
  auto connected = co_await connect(loop, address, Deadline::in(loop.now(), Duration::seconds(5)));
  auto accepted = co_await (*listener)->accept();
  auto stream = SocketStream::create(loop, std::move(accepted->fd));
  client = std::move(*connected);
  server = std::move(*stream);
  loop.stop();
}

Task<void> send_all(Stream& stream, std::string text, Status& out) {
  out = co_await stream.write({text}, {});
  stream.shutdown_write();
}

Task<void> receive_all(Stream& stream, std::string& out, Errc& error, async::Loop& loop) {
  char buffer[4096];
  for (;;) {
    auto n = co_await stream.read(buffer, Deadline::in(loop.now(), Duration::seconds(20)));
    if (!n) error = n.error().code;
    if (!n || *n == 0) break;
    out.append(buffer, *n);
  }
  loop.stop();
}

class Streams : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    loop = make_loop();
    if (GetParam()) {
      Scope scope(*loop);
      scope.spawn(make_tcp(*loop, a, b));
      loop->run();
    } else {
      std::tie(a, b) = make_pipe(*loop, 1000);
    }
  }
  std::unique_ptr<async::Loop> loop;
  std::unique_ptr<Stream> a, b;
};

TEST_P(Streams, MoveManyBytesBothWaysAtOnceWithBackPressure) {
  std::string ping(3'000'000, 'p'), pong(2'000'000, 'q');
  for (size_t i = 0; i < ping.size(); i += 7) ping[i] = static_cast<char>('a' + i % 26);
  std::string got_ping, got_pong;
  Errc error = Errc::internal;
  Status sent_a, sent_b;
  Scope scope(*loop);
  int ended = 0;
  scope.spawn(send_all(*a, ping, sent_a));
  scope.spawn(send_all(*b, pong, sent_b));
  auto receive = [](Stream& s, std::string& out, async::Loop& l, int& count) -> Task<void> {
    char buffer[4096];
    for (;;) {
      auto n = co_await s.read(buffer, {});
      if (!n || *n == 0) break;
      out.append(buffer, *n);
    }
    if (++count == 2) l.stop();
  };
  scope.spawn(receive(*b, got_ping, *loop, ended));
  scope.spawn(receive(*a, got_pong, *loop, ended));
  loop->run();
  EXPECT_TRUE(sent_a && sent_b);
  EXPECT_EQ(got_ping, ping);
  EXPECT_EQ(got_pong, pong);
  EXPECT_EQ(error, Errc::internal);
}

TEST_P(Streams, ReadingAStillStreamEndsAtTheDeadline) {
  Errc seen = Errc::internal;
  Scope scope(*loop);
  scope.spawn([](Stream& s, Errc& out, async::Loop& l) -> Task<void> {
    char byte;
    auto n = co_await s.read({&byte, 1}, Deadline::in(l.now(), Duration::milliseconds(2)));
    out = n ? Errc::internal : n.error().code;
    l.stop();
  }(*a, seen, *loop));
  loop->run();
  EXPECT_EQ(seen, Errc::timeout);
}

TEST_P(Streams, AHalfClosedStreamStillReceives) {
  std::string got;
  Errc error = Errc::internal;
  Status sent;
  Scope scope(*loop);
  a->shutdown_write();
  scope.spawn(send_all(*b, "late", sent));
  scope.spawn(receive_all(*a, got, error, *loop));
  loop->run();
  EXPECT_EQ(got, "late");
}

TEST_P(Streams, AbortIsSeenAsAReset) {
  std::string got;
  Errc error = Errc::internal;
  Scope scope(*loop);
  scope.spawn(receive_all(*a, got, error, *loop));
  b->abort_on_close();
  b.reset();
  loop->run();
  EXPECT_EQ(error, Errc::reset);
}

TEST_P(Streams, ACutStreamWakesItsReader) {
  std::string got;
  Errc error = Errc::internal;
  Scope scope(*loop);
  scope.spawn(receive_all(*a, got, error, *loop));
  a->cut();
  loop->run();
  EXPECT_EQ(got, "");
}

TEST_P(Streams, DestroyingATaskThatWaitsLeavesNothingBehind) {
  {
    Scope scope(*loop);
    std::string got;
    Errc error = Errc::internal;
    Status sent;
    scope.spawn(receive_all(*a, got, error, *loop));
    scope.spawn(send_all(*a, std::string(20'000'000, 'x'), sent));
    loop->turn(Duration{});
  }
  EXPECT_EQ(a->readiness().reader, nullptr);
  EXPECT_EQ(a->readiness().writer, nullptr);
  b.reset();
  for (int i = 0; i < 3; ++i) loop->turn(Duration{});
}

INSTANTIATE_TEST_SUITE_P(Kinds, Streams, testing::Bool(),
                         [](const auto& param) { return std::string(param.param ? "Tcp" : "Pipe"); });

TEST(Connect, SaysThatNobodyListens) {
  auto loop = make_loop();
  auto fd = Listener::bind(*Address::parse("127.0.0.1:0"));
  Address address = Listener::local_address(fd->get());
  fd->reset();
  Errc seen = Errc::internal;
  Scope scope(*loop);
  scope.spawn([](async::Loop& l, Address to, Errc& out) -> Task<void> {
    auto stream = co_await connect(l, to, Deadline::in(l.now(), Duration::seconds(5)));
    out = stream ? Errc::internal : stream.error().code;
    l.stop();
  }(*loop, address, seen));
  loop->run();
  EXPECT_EQ(seen, Errc::refused);
}

TEST(Address, ReadsAndPrintsEveryForm) {
  for (const char* text : {"127.0.0.1:80", "[::1]:443", "unix:/tmp/a.sock"}) {
    auto address = Address::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  EXPECT_EQ(Address::parse(":8080")->to_string(), "[::]:8080");
  EXPECT_EQ(Address::from_ip("::ffff:10.1.2.3", 1)->ip(), "10.1.2.3");
  for (const char* text :
       {"", "80", "127.0.0.1", "127.0.0.1:65536", "1.2.3:80", "name:80", "::1:80", "unix:", "[::1%eth0]:1"})
    EXPECT_FALSE(Address::parse(text)) << text;
}

}  // namespace
}  // namespace mesh::net
