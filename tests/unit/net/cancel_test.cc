// Every awaiter of this folder, destroyed while it waits: what it waited for comes, and nothing is resumed.
#include <gtest/gtest.h>

#include "async/wait.h"
#include "net/pipe.h"
#include "net/ready.h"
#include "net/tcp.h"

namespace mesh::net {
namespace {

using async::Deadline;
using async::Task;

struct Outcome {
  bool resumed = false;
};

// Two ends of a TCP connection over loopback, without help of the code under test.
struct TcpPair {
  explicit TcpPair(async::Loop& loop) {
    Fd listener = Listener::bind(Address::parse("127.0.0.1:0").value()).value();
    Address address = Listener::local_address(listener.get());
    Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.get(), address.data(), address.size()), 0);
    Fd server(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    near = SocketStream::create(loop, std::move(server)).value();
    far = std::move(client);
  }
  std::unique_ptr<Stream> near;
  Fd far;  // blocking
};

class Cancelled : public ::testing::TestWithParam<bool> {  // whether a deadline is armed as well
 protected:
  Cancelled() : loop_(std::move(async::Loop::create()).value()), tcp_(*loop_) {}

  Deadline deadline() const {
    return GetParam() ? Deadline::in(loop_->now(), Duration::milliseconds(1)) : Deadline::none();
  }
  Stream& stream() { return *tcp_.near; }
  // Starts the task, sees it wait, destroys it.
  void cancel(Task<void> task) {
    async::Scope scope(*loop_);
    scope.spawn(std::move(task));
    ASSERT_EQ(scope.size(), 1u) << "it does not wait";
    scope.cancel();
    EXPECT_EQ(stream().readiness().reader, nullptr);
    EXPECT_EQ(stream().readiness().writer, nullptr);
  }
  // Turns until a timer for later than any deadline here has fired and all I/O was handed out.
  void pass() {
    struct Mark : async::Timer {
      bool fired = false;
    } mark;
    mark.set_fire([](async::Timer& t) { static_cast<Mark&>(t).fired = true; });
    loop_->arm(mark, loop_->now() + Duration::milliseconds(3));
    while (!mark.fired) loop_->turn(Duration::milliseconds(10));
    EXPECT_FALSE(outcome_.resumed);
  }
  void peer_sends() { EXPECT_EQ(::send(tcp_.far.get(), "x", 1, MSG_NOSIGNAL), 1); }

  std::unique_ptr<async::Loop> loop_;
  TcpPair tcp_;
  Outcome outcome_;
};

TEST_P(Cancelled, ARead) {
  char byte = 0;
  cancel([](Stream& s, char& into, Deadline d, Outcome& out) -> Task<void> {
    (void)co_await s.read({&into, 1}, d);
    out.resumed = true;
  }(stream(), byte, deadline(), outcome_));
  peer_sends();
  pass();
  EXPECT_EQ(byte, 0) << "nothing may be written where the reader was";
}

TEST_P(Cancelled, AWaitForSomethingToRead) {
  stream().readiness().readable = false;
  cancel([](Stream& s, Deadline d, Outcome& out) -> Task<void> {
    (void)co_await s.readable(d);
    out.resumed = true;
  }(stream(), deadline(), outcome_));
  peer_sends();
  pass();
}

TEST_P(Cancelled, AWrite) {
  std::string much(16 << 20, 'x');
  cancel([](Stream& s, std::string_view text, Deadline d, Outcome& out) -> Task<void> {
    (void)co_await s.write({text}, d);
    out.resumed = true;
  }(stream(), much, deadline(), outcome_));
  // The peer reads, so that there is room again.
  std::string sink(1 << 20, 0);
  EXPECT_GT(recv(tcp_.far.get(), sink.data(), sink.size(), 0), 0);
  pass();
}

TEST_P(Cancelled, ABareWaitForADescriptor) {
  for (bool write : {false, true}) {
    async::Readiness& readiness = stream().readiness();
    (write ? readiness.writable : readiness.readable) = false;
    cancel([](async::Readiness& r, bool w, Deadline d, Outcome& out) -> Task<void> {
      (void)co_await ReadyAwaiter(r, w, d);
      out.resumed = true;
    }(readiness, write, deadline(), outcome_));
  }
  stream().readiness().wake_reader();
  stream().readiness().wake_writer();
  pass();
}

TEST_P(Cancelled, AStreamThatIsDestroyedAfterItsReader) {
  char byte = 0;
  cancel([](Stream& s, char& into, Deadline d, Outcome& out) -> Task<void> {
    (void)co_await s.read({&into, 1}, d);
    out.resumed = true;
  }(stream(), byte, deadline(), outcome_));
  peer_sends();
  tcp_.near.reset();
  pass();
}

INSTANTIATE_TEST_SUITE_P(Wait, Cancelled, ::testing::Bool(),
                         [](const auto& param) { return param.param ? "WithDeadline" : "WithoutDeadline"; });

class CancelledSockets : public ::testing::Test {
 protected:
  CancelledSockets() : loop_(std::move(async::Loop::create()).value()) {}
  void settle() {
    for (int i = 0; i < 5; ++i) loop_->turn(Duration{});
  }
  std::unique_ptr<async::Loop> loop_;
  Outcome outcome_;
};

TEST_F(CancelledSockets, AnAcceptLeavesTheConnectionToTheNext) {
  Fd fd = Listener::bind(Address::parse("127.0.0.1:0").value()).value();
  Address address = Listener::local_address(fd.get());
  auto listener = std::move(Listener::create(*loop_, std::move(fd))).value();
  auto take = [](Listener& l, Outcome& out) -> Task<void> {
    auto accepted = co_await l.accept();
    out.resumed = accepted.has_value();
  };
  {
    async::Scope scope(*loop_);
    scope.spawn(take(*listener, outcome_));
    ASSERT_EQ(scope.size(), 1u);
  }
  Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(client.get(), address.data(), address.size()), 0);
  settle();
  EXPECT_FALSE(outcome_.resumed);
  async::Scope scope(*loop_);
  scope.spawn(take(*listener, outcome_));
  settle();
  EXPECT_TRUE(outcome_.resumed);
}

TEST_F(CancelledSockets, AConnectClosesItsSocket) {
  Fd fd = Listener::bind(Address::parse("127.0.0.1:0").value()).value();
  Address address = Listener::local_address(fd.get());
  {
    async::Scope scope(*loop_);
    scope.spawn([](async::Loop& loop, Address to, Outcome& out) -> Task<void> {
      (void)co_await connect(loop, to, Deadline::none());
      out.resumed = true;
    }(*loop_, address, outcome_));
    ASSERT_EQ(scope.size(), 1u) << "loopback connects are answered in a later turn";
  }
  settle();
  EXPECT_FALSE(outcome_.resumed);
  Fd accepted(accept4(fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(accepted);
  char byte;
  EXPECT_EQ(recv(accepted.get(), &byte, 1, 0), 0);
}

TEST_F(CancelledSockets, AReadFromAPipe) {
  auto [near, far] = make_pipe(*loop_);
  char byte = 0;
  {
    async::Scope scope(*loop_);
    scope.spawn([](Stream& s, char& into, Outcome& out) -> Task<void> {
      (void)co_await s.read({&into, 1}, Deadline::none());
      out.resumed = true;
    }(*near, byte, outcome_));
    iovec part{const_cast<char*>("x"), 1};
    EXPECT_EQ(far->try_write({&part, 1}).size, 1u);  // the reader is on its way to run
  }
  settle();
  EXPECT_FALSE(outcome_.resumed);
  EXPECT_EQ(byte, 0);
}

}  // namespace
}  // namespace mesh::net
