// A worker under snapshots that follow each other: what is connected, what is new, what ends.
#include "proxy/worker.h"
#include "edge.h"
#include "proxy/sockets.h"
#include "telemetry/telemetry.h"
#include "unit/service/origin.h"

namespace mesh::gateway {
namespace {

using service::Origin;

// A client's connection: keeps what it receives.
struct Client {
  explicit Client(async::Loop& the_loop) : loop(the_loop), scope(the_loop) {}
  void connect(const std::string& address) { scope.spawn(run(*this, net::Address::parse(address).value())); }
  void send(std::string text) { scope.spawn(write(*stream, std::move(text))); }

  async::Loop& loop;
  std::unique_ptr<net::Stream> stream;
  std::string received;
  bool ended = false;
  async::Scope scope;

 private:
  static async::Task<void> run(Client& client, net::Address to) {
    auto connected = co_await net::connect(client.loop, to, {});
    if (connected) {
      client.stream = std::move(*connected);
      char buffer[4096];
      for (;;) {
        auto n = co_await client.stream->read(buffer, {});
        if (!n || *n == 0) break;
        client.received.append(buffer, *n);
      }
      client.stream.reset();
    }
    client.ended = true;
  }
  static async::Task<void> write(net::Stream& stream, std::string text) { (void)co_await stream.write({text}, {}); }
};

const std::string kGet = "GET /x HTTP/1.1\r\nhost: shop.example\r\n\r\n";

class WorkerTest : public EdgeTest {
 protected:
  WorkerTest() : telemetry_(telemetry::Settings{}) {
    telemetry_.start(1);
    worker_ = std::make_unique<proxy::Worker>(0, std::move(async::Loop::create()).value(), shared_, telemetry_);
  }
  ~WorkerTest() override {
    worker_.reset();
    telemetry_.stop();
  }
  async::Loop& loop() { return worker_->loop(); }

  // As the control thread does it.
  void apply(const std::string& text) {
    auto outcome = compile(text);
    ASSERT_TRUE(outcome.snapshot) << outcome.error;
    std::vector<proxy::Worker::Socket> sockets;
    for (const proxy::ListenerPlan& listener : outcome.snapshot->listeners) {
      if (bound_.has(listener.config)) continue;
      auto fds = bound_.bind(listener.config, 1);
      ASSERT_TRUE(fds) << fds.error().message;
      sockets.push_back({listener.config.name, std::move((*fds)[0])});
    }
    std::vector<std::shared_ptr<service::Usage>> usage;
    for (const auto& spec : outcome.snapshot->services) {
      auto& shared = shared_.usage[spec->config.name];
      if (!shared) shared = std::make_shared<service::Usage>();
      usage.push_back(shared);
    }
    telemetry_.apply(outcome.snapshot->model);
    worker_->apply(outcome.snapshot, std::move(usage), std::move(sockets));
  }
  std::unique_ptr<Client> client(const std::string& listener) {
    auto out = std::make_unique<Client>(loop());
    out->connect(bound_.address_of(listener));
    EXPECT_TRUE(run_until([&] { return out->stream || out->ended; }));
    return out;
  }
  // Sends a request and waits for the "ok" that an origin answers.
  void ask(Client& client) {
    client.received.clear();
    client.send(kGet);
    ASSERT_TRUE(run_until([&] { return client.received.ends_with("ok") || client.ended; }));
    EXPECT_TRUE(client.received.starts_with("HTTP/1.1 200 OK\r\n")) << client.received;
  }
  template <class Done>
  bool run_until(Done done) {
    for (int i = 0; i < 3'000 && !done(); ++i) loop().turn(Duration::milliseconds(10));
    return done();
  }
  static std::string services(const std::vector<std::pair<std::string, Origin*>>& all) {
    std::string out = "telemetry: { access_log: { format: \"off\" } }\nservices:\n";
    for (const auto& [name, origin] : all)
      out += "  " + name + ": { endpoints: [\"" + origin->address().to_string() + "\"] }\n";
    return out;
  }
  static std::string route_to(const std::string& service) {
    return "routes:\n  - { name: all, match: { path: /* }, to: " + service + " }\n";
  }

  proxy::SharedState shared_;
  telemetry::Telemetry telemetry_;
  proxy::BoundListeners bound_;
  std::unique_ptr<proxy::Worker> worker_;
};

constexpr const char* kWeb = "version: 1\nlisteners:\n  web: { address: \"127.0.0.1:0\" }\n";
constexpr const char* kOther = "version: 1\nlisteners:\n  other: { address: \"127.0.0.1:0\" }\n";

TEST_F(WorkerTest, AConnectionOutlivesAReloadAndFollowsTheNewRoutes) {
  Origin a(loop()), b(loop());
  apply(kWeb + services({{"a", &a}, {"b", &b}}) + route_to("a"));
  auto http = client("web");
  ask(*http);
  apply(kWeb + services({{"a", &a}, {"b", &b}}) + route_to("b"));
  ask(*http);
  EXPECT_FALSE(http->ended);
  EXPECT_EQ(a.requests().size(), 1u);
  EXPECT_EQ(b.requests().size(), 1u);
}

// The old snapshot's indexes mean other services, or none, in the new one.
TEST_F(WorkerTest, AConnectionOfAListenerThatIsGoneIsServedUnderItsOldPlan) {
  Origin a(loop()), b(loop());
  apply(kWeb + services({{"a", &a}, {"b", &b}}) + route_to("b"));
  auto http = client("web");
  ask(*http);
  apply(kOther + services({{"a", &a}}) + route_to("a"));
  ask(*http);
  EXPECT_EQ(b.requests().size(), 2u);
  EXPECT_TRUE(a.requests().empty());
  EXPECT_NE(http->received.find("connection: close\r\n"), std::string::npos) << http->received;
  EXPECT_TRUE(run_until([&] { return http->ended; }));
}

TEST_F(WorkerTest, AListenerThatMovesAcceptsAtTheNewAddressOnly) {
  Origin a(loop());
  std::string rest = services({{"a", &a}}) + route_to("a");
  apply(kWeb + rest);
  std::string before = bound_.address_of("web");
  apply("version: 1\nlisteners:\n  web: { address: \"unix:" + folder_ + "/web.sock\" }\n" + rest);
  auto http = client("web");
  ask(*http);
  Client late(loop());
  late.connect(before);
  EXPECT_TRUE(run_until([&] { return late.ended; }));
}

TEST_F(WorkerTest, DrainEndsWhatIdlesAndLetsTheRestFinish) {
  Origin a(loop());
  apply(kWeb + services({{"a", &a}}) + route_to("a"));
  auto idle = client("web"), busy = client("web");
  ask(*idle);
  a.script({{.hold = true}});
  busy->send(kGet);
  ASSERT_TRUE(run_until([&] { return a.held() == 1; }));
  EXPECT_EQ(shared_.connections, 2u);
  worker_->drain();
  ASSERT_TRUE(run_until([&] { return idle->ended; }));
  EXPECT_FALSE(busy->ended);
  EXPECT_TRUE(client("web")->ended) << "nothing new is taken";
  a.release();
  ASSERT_TRUE(run_until([&] { return busy->ended; }));
  EXPECT_TRUE(busy->received.ends_with("ok")) << busy->received;
  EXPECT_TRUE(run_until([&] { return shared_.connections == 0; }));
  EXPECT_EQ(shared_.exchanges, 0u);
}

TEST_F(WorkerTest, ConnectionsAboveTheLimitAreClosed) {
  Origin a(loop());
  apply(kWeb + services({{"a", &a}}) + route_to("a"));
  shared_.max_connections = 1;
  auto first = client("web");
  ask(*first);
  auto second = client("web");
  EXPECT_TRUE(run_until([&] { return second->ended; }));
  EXPECT_FALSE(first->ended);
}

TEST_F(WorkerTest, ATcpListenerPassesBytes) {
  Origin a(loop());
  apply("version: 1\nlisteners:\n  raw: { address: \"127.0.0.1:0\", tcp: a }\n" + services({{"a", &a}}));
  auto tcp = client("raw");
  tcp->send(kGet);
  ASSERT_TRUE(run_until([&] { return tcp->received == service::kOk; }));
  ASSERT_EQ(a.requests().size(), 1u);
  EXPECT_EQ(a.requests()[0].bytes, kGet);
}

TEST_F(WorkerTest, AClientThatLeftIsCountedNoLongerOnceItsAnswerComes) {
  Origin a(loop());
  apply(kWeb + services({{"a", &a}}) + route_to("a"));
  a.script({{.hold = true}});
  auto http = client("web");
  http->send(kGet);
  ASSERT_TRUE(run_until([&] { return a.held() == 1; }));
  EXPECT_EQ(shared_.exchanges, 1u);
  http->stream->abort_on_close();
  http.reset();
  a.release();
  EXPECT_TRUE(run_until([&] { return shared_.connections == 0; }));
  EXPECT_EQ(shared_.exchanges, 0u);
  EXPECT_EQ(shared_.usage["a"]->requests, 0u);
}

}  // namespace
}  // namespace mesh::gateway
