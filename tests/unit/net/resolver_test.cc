#include "net/resolver.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <map>
#include <optional>

#include "async/wait.h"
#include "net/fd.h"
#include "net/tcp.h"

namespace mesh::net {
namespace {

// A name server on a loopback port of its own: says for each name and type what it was told to.
class NameServer {
 public:
  struct Answer {
    int code = 0;  // of the header: 0 good, 2 SERVFAIL, 3 NXDOMAIN
    std::vector<std::string> addresses;
    uint32_t ttl = 60;
    std::string alias;  // a CNAME before the addresses
    uint32_t alias_ttl = 60;
    bool silent = false;
    bool garbage = false;
    bool truncated = false;  // over UDP: ask over TCP
  };
  static constexpr uint16_t kA = 1, kAaaa = 28;

  explicit NameServer(async::Loop& loop)
      : loop_(loop), fd_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    Address any = Address::parse("127.0.0.1:0").value();
    EXPECT_EQ(bind(fd_.get(), any.data(), any.size()), 0);
    reader_.server = this;
    reader_.set_fire([](async::Waiter& w) { static_cast<Reader&>(w).server->serve(); });
    readiness_.reader = &reader_;
    EXPECT_TRUE(loop.watch(fd_.get(), readiness_));
  }
  ~NameServer() { loop_.unwatch(fd_.get(), readiness_); }

  Address address() const {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &size);
    return Address::from_sockaddr(reinterpret_cast<sockaddr*>(&storage), size);
  }
  void say(const std::string& name, uint16_t type, Answer answer) { answers_[{name, type}] = std::move(answer); }
  int asked() const { return asked_; }
  // Answers over TCP as well, on the same port, each reply in pieces of `piece` bytes.
  async::Task<void> serve_tcp(size_t piece) {
    auto listener = Listener::create(loop_, Listener::bind(address()).value()).value();
    for (;;) {
      auto accepted = co_await listener->accept();
      if (!accepted) co_return;
      auto stream = SocketStream::create(loop_, std::move(accepted->fd)).value();
      co_await answer_tcp(*stream, piece);
    }
  }

 private:
  async::Task<void> answer_tcp(Stream& stream, size_t piece) {
    std::string got;
    char buffer[512];
    for (;;) {
      auto n = co_await stream.read(buffer, {});
      if (!n || *n == 0) co_return;
      got.append(buffer, *n);
      auto size = [&] {
        return static_cast<size_t>(static_cast<unsigned char>(got[0]) << 8 | static_cast<unsigned char>(got[1]));
      };
      while (got.size() >= 2 && got.size() >= 2 + size()) {
        std::string message = answer(std::string_view(got).substr(2, size()), true);
        got.erase(0, 2 + size());
        std::string reply;
        put16(reply, static_cast<uint32_t>(message.size()));
        reply += message;
        for (size_t at = 0; at < reply.size(); at += piece) {
          if (!co_await stream.write({std::string_view(reply).substr(at, piece)}, {})) co_return;
          co_await async::yield(loop_);
        }
      }
    }
  }
  struct Reader : async::Waiter {
    NameServer* server = nullptr;
  };
  static void put16(std::string& out, uint32_t v) {
    out += static_cast<char>(v >> 8 & 0xff);
    out += static_cast<char>(v & 0xff);
  }
  static void put32(std::string& out, uint32_t v) {
    put16(out, v >> 16);
    put16(out, v & 0xffff);
  }
  static std::string encode(const std::string& name) {
    std::string out;
    for (size_t at = 0; at < name.size();) {
      size_t dot = std::min(name.find('.', at), name.size());
      out += static_cast<char>(dot - at);
      out += name.substr(at, dot - at);
      at = dot + 1;
    }
    return out + '\0';
  }
  void serve() {
    readiness_.reader = &reader_;
    char packet[512];
    sockaddr_storage from{};
    for (;;) {
      socklen_t size = sizeof from;
      ssize_t n = recvfrom(fd_.get(), packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (n < 12) return;
      std::string reply = answer({packet, static_cast<size_t>(n)}, false);
      if (!reply.empty()) sendto(fd_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }
  std::string answer(std::string_view question, bool tcp) {
    ++asked_;
    std::string name;
    size_t at = 12;
    while (at < question.size() && question[at] != 0) {
      auto size = static_cast<size_t>(question[at]);
      name += (name.empty() ? "" : ".") + std::string(question.substr(at + 1, size));
      at += size + 1;
    }
    auto type = static_cast<uint16_t>(static_cast<unsigned char>(question[at + 2]));
    auto it = answers_.find({name, type});
    Answer said = it == answers_.end() ? Answer{.code = 3} : it->second;
    if (said.silent) return {};
    std::string out(question.substr(0, 2));
    if (said.truncated && !tcp) {
      put16(out, 0x8380u);
      put16(out, 1);
      out += std::string(6, '\0');
      return out + std::string(question.substr(12, at + 5 - 12));
    }
    if (said.garbage) return out + "\x81\x80\xff\xff\xff\xff nonsense";
    put16(out, 0x8180u | static_cast<uint32_t>(said.code));
    put16(out, 1);
    put16(out, static_cast<uint32_t>(said.addresses.size() + (said.alias.empty() ? 0 : 1)));
    put32(out, 0);
    out += question.substr(12, at + 5 - 12);
    std::string owner = "\xc0\x0c";
    if (!said.alias.empty()) {
      std::string target = encode(said.alias);
      out += owner;
      put16(out, 5);
      put16(out, 1);
      put32(out, said.alias_ttl);
      put16(out, static_cast<uint32_t>(target.size()));
      out += target;
      owner = target;
    }
    for (const std::string& ip : said.addresses) {
      Address a = Address::from_ip(ip, 0).value();
      out += owner;
      put16(out, type);
      put16(out, 1);
      put32(out, said.ttl);
      put16(out, type == kA ? 4 : 16);
      if (type == kA) {
        out.append(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in*>(a.data())->sin_addr), 4);
      } else {
        out.append(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in6*>(a.data())->sin6_addr), 16);
      }
    }
    return out;
  }

  async::Loop& loop_;
  Fd fd_;
  async::Readiness readiness_;
  Reader reader_;
  std::map<std::pair<std::string, uint16_t>, Answer> answers_;
  int asked_ = 0;
};

class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest() : loop_(std::move(async::Loop::create()).value()), server_(*loop_), scope_(*loop_) { make({}); }

  void make(Resolver::Options options) {
    options.servers = {server_.address()};
    if (options.try_timeout == Duration::seconds(2)) options.try_timeout = Duration::milliseconds(30);
    options.tries = 2;
    resolver_ = std::move(Resolver::create(*loop_, options)).value();
  }
  static async::Task<void> ask(Resolver& resolver, std::string name, async::Deadline deadline,
                               std::optional<Result<Resolved>>& out) {
    out = co_await resolver.resolve(std::move(name), 80, deadline);
  }
  Result<Resolved> resolve(const std::string& name, async::Deadline deadline = {}) {
    std::optional<Result<Resolved>> out;
    scope_.spawn(ask(*resolver_, name, deadline, out));
    run_until([&] { return out.has_value(); });
    scope_.cancel();
    return out ? *out : fail(Errc::internal, "the question hangs");
  }
  bool run_until(const std::function<bool()>& done) {
    for (int i = 0; i < 20'000 && !done(); ++i) loop_->turn(Duration::milliseconds(10));
    return done();
  }
  static std::vector<std::string> texts(const Resolved& resolved) {
    std::vector<std::string> out;
    for (const Address& a : resolved.addresses) out.push_back(a.to_string());
    std::sort(out.begin(), out.end());
    return out;
  }
  using Texts = std::vector<std::string>;

  std::unique_ptr<async::Loop> loop_;
  NameServer server_;
  std::unique_ptr<Resolver> resolver_;
  async::Scope scope_;
};

TEST_F(ResolverTest, BothFamiliesAreAskedAndTheLeastTtlCounts) {
  server_.say("a.example", NameServer::kA, {0, {"192.0.2.1", "192.0.2.2"}, 50});
  server_.say("a.example", NameServer::kAaaa, {0, {"2001:db8::1"}, 20});
  auto got = resolve("a.example");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(texts(*got), (Texts{"192.0.2.1:80", "192.0.2.2:80", "[2001:db8::1]:80"}));
  EXPECT_EQ(got->ttl, Duration::seconds(20));
}

TEST_F(ResolverTest, OneFamilyIsEnough) {
  server_.say("v4.example", NameServer::kA, {0, {"192.0.2.1"}});
  server_.say("v4.example", NameServer::kAaaa, {0, {}});
  EXPECT_EQ(texts(resolve("v4.example").value()), Texts{"192.0.2.1:80"});
  server_.say("v6.example", NameServer::kA, {0, {}});
  server_.say("v6.example", NameServer::kAaaa, {0, {"2001:db8::1"}});
  EXPECT_EQ(texts(resolve("v6.example").value()), Texts{"[2001:db8::1]:80"});
}

TEST_F(ResolverTest, TtlOfAnAliasCountsToo) {
  server_.say("alias.example", NameServer::kA, {0, {"192.0.2.1"}, 50, "real.example", 9});
  server_.say("alias.example", NameServer::kAaaa, {0, {}});
  auto got = resolve("alias.example");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(texts(*got), Texts{"192.0.2.1:80"});
  EXPECT_EQ(got->ttl, Duration::seconds(9));
}

TEST_F(ResolverTest, TtlStaysWithinBounds) {
  Resolver::Options options;
  options.min_ttl = Duration::seconds(5);
  options.max_ttl = Duration::seconds(100);
  make(options);
  for (auto [given, expected] : {std::pair<uint32_t, int>{0, 5}, {7, 7}, {86'400, 100}}) {
    server_.say("a.example", NameServer::kA, {0, {"192.0.2.1"}, given});
    server_.say("a.example", NameServer::kAaaa, {0, {}});
    EXPECT_EQ(resolve("a.example").value().ttl, Duration::seconds(expected)) << given;
  }
}

TEST_F(ResolverTest, AChangedAnswerIsSeenAtTheNextQuestion) {
  server_.say("a.example", NameServer::kAaaa, {0, {}});
  server_.say("a.example", NameServer::kA, {0, {"192.0.2.1"}, 30});
  EXPECT_EQ(texts(resolve("a.example").value()), Texts{"192.0.2.1:80"});
  server_.say("a.example", NameServer::kA, {0, {"192.0.2.9"}, 10});
  auto got = resolve("a.example");
  EXPECT_EQ(texts(*got), Texts{"192.0.2.9:80"});
  EXPECT_EQ(got->ttl, Duration::seconds(10));
}

TEST_F(ResolverTest, FailuresAreToldApart) {  // FT-09
  for (uint16_t type : {NameServer::kA, NameServer::kAaaa}) {
    server_.say("broken.example", type, {2, {}});
    server_.say("empty.example", type, {0, {}});
    NameServer::Answer silent;
    silent.silent = true;
    server_.say("silent.example", type, silent);
    NameServer::Answer garbage;
    garbage.garbage = true;
    server_.say("garbage.example", type, garbage);
  }
  auto error_of = [&](const std::string& name) {
    auto got = resolve(name);
    EXPECT_FALSE(got) << name;
    return got ? Error{} : got.error();
  };
  EXPECT_EQ(error_of("gone.example").code, Errc::not_found);
  EXPECT_EQ(error_of("gone.example").message, "cannot resolve 'gone.example': no such name");
  EXPECT_EQ(error_of("empty.example").code, Errc::not_found);
  EXPECT_EQ(error_of("empty.example").message, "cannot resolve 'empty.example': no address");
  EXPECT_EQ(error_of("broken.example").code, Errc::unreachable);
  EXPECT_EQ(error_of("silent.example").code, Errc::timeout);
  Errc garbage = error_of("garbage.example").code;
  EXPECT_TRUE(garbage == Errc::unreachable || garbage == Errc::timeout || garbage == Errc::not_found);
}

TEST_F(ResolverTest, DeadlineEndsTheWait) {
  NameServer::Answer silent;
  silent.silent = true;
  server_.say("silent.example", NameServer::kA, silent);
  server_.say("silent.example", NameServer::kAaaa, silent);
  Resolver::Options options;
  options.servers = {server_.address()};
  options.try_timeout = Duration::seconds(3600);
  resolver_ = std::move(Resolver::create(*loop_, options)).value();
  auto got = resolve("silent.example", async::Deadline::in(loop_->now(), Duration::milliseconds(5)));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::timeout);
}

TEST_F(ResolverTest, ASilentServerIsAskedAgain) {
  NameServer::Answer silent;
  silent.silent = true;
  server_.say("late.example", NameServer::kA, silent);
  server_.say("late.example", NameServer::kAaaa, {0, {}});
  std::optional<Result<Resolved>> out;
  scope_.spawn(ask(*resolver_, "late.example", {}, out));
  ASSERT_TRUE(run_until([&] { return server_.asked() >= 2; }));
  server_.say("late.example", NameServer::kA, {0, {"192.0.2.1"}});
  ASSERT_TRUE(run_until([&] { return out.has_value(); }));
  EXPECT_TRUE(*out) << out->error().message;
}

TEST_F(ResolverTest, LongAnswersAreFetchedOverTcp) {
  Texts expected;
  for (size_t piece : {size_t{1}, size_t{10'000}}) {
    NameServer::Answer many;
    many.truncated = true;
    expected.clear();
    for (int i = 0; i < 100; ++i) {
      many.addresses.push_back("192.0.2." + std::to_string(i));
      expected.push_back(many.addresses.back() + ":80");
    }
    std::sort(expected.begin(), expected.end());
    server_.say("long.example", NameServer::kA, many);
    server_.say("long.example", NameServer::kAaaa, {0, {}});
    async::Scope tcp(*loop_);
    tcp.spawn(server_.serve_tcp(piece));
    Resolver::Options patient;
    patient.try_timeout = Duration::seconds(20);
    make(patient);
    auto got = resolve("long.example");
    ASSERT_TRUE(got) << piece << ": " << got.error().message;
    EXPECT_EQ(texts(*got), expected) << piece;
  }
}

TEST_F(ResolverTest, LiteralsAndTheHostsFileNeedNoServer) {
  EXPECT_EQ(texts(resolve("192.0.2.7").value()), Texts{"192.0.2.7:80"});
  EXPECT_EQ(texts(resolve("2001:db8::7").value()), Texts{"[2001:db8::7]:80"});
  auto local = resolve("localhost");
  ASSERT_TRUE(local) << local.error().message;
  for (const Address& a : local->addresses) EXPECT_TRUE(a.ip() == "127.0.0.1" || a.ip() == "::1") << a.to_string();
  EXPECT_EQ(server_.asked(), 0);
}

TEST_F(ResolverTest, ManyQuestionsRunBesideEachOther) {
  constexpr int kNames = 100;
  std::vector<std::optional<Result<Resolved>>> out(kNames);
  for (int i = 0; i < kNames; ++i) {
    std::string name = "n" + std::to_string(i) + ".example";
    server_.say(name, NameServer::kA, {0, {"192.0.2." + std::to_string(i)}});
    server_.say(name, NameServer::kAaaa, {0, {}});
    scope_.spawn(ask(*resolver_, name, {}, out[static_cast<size_t>(i)]));
  }
  ASSERT_TRUE(run_until([&] { return scope_.size() == 0; }));
  for (int i = 0; i < kNames; ++i) {
    auto& got = out[static_cast<size_t>(i)];
    ASSERT_TRUE(got.has_value() && got->has_value()) << i;
    EXPECT_EQ(texts(**got), Texts{"192.0.2." + std::to_string(i) + ":80"});
  }
}

TEST_F(ResolverTest, AskerMayGoBeforeTheAnswer) {
  server_.say("a.example", NameServer::kA, {0, {"192.0.2.1"}});
  std::optional<Result<Resolved>> out;
  scope_.spawn(ask(*resolver_, "a.example", {}, out));
  scope_.cancel();
  ASSERT_TRUE(run_until([&] { return server_.asked() >= 2; }));
  for (int i = 0; i < 10; ++i) loop_->turn(Duration{});
  EXPECT_FALSE(out.has_value());
}

TEST_F(ResolverTest, ResolverMayGoBeforeTheAsker) {
  std::optional<Result<Resolved>> out;
  scope_.spawn(ask(*resolver_, "a.example", {}, out));
  resolver_.reset();
  ASSERT_TRUE(run_until([&] { return out.has_value(); }));
  ASSERT_FALSE(*out);
  EXPECT_EQ(out->error().code, Errc::cancelled);
}

}  // namespace
}  // namespace mesh::net
