// A scripted upstream on loopback, and exchanges made by hand that a Service sends to it. All in one loop.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/wait.h"
#include "base/text.h"
#include "http/method.h"
#include "net/tcp.h"
#include "service/service.h"

namespace mesh::service {

inline const std::string kOk = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

// What an origin does with one request.
struct Step {
  std::string answer = kOk;
  bool close = false;  // after the answer
  bool reset = false;  // instead of ending in good order
  bool hold = false;   // answer only after release()
};

class Origin {
 public:
  struct Request {
    int connection = 0;  // counted from 1
    std::string bytes;
  };

  explicit Origin(async::Loop& loop) : loop_(loop), connections_(loop), accepting_(loop) {
    auto fd = net::Listener::bind(net::Address::parse("127.0.0.1:0").value());
    EXPECT_TRUE(fd) << fd.error().message;
    address_ = net::Listener::local_address(fd->get());
    listener_ = std::move(net::Listener::create(loop, std::move(*fd))).value();
    accepting_.spawn(accept());
  }

  net::Address address() const { return address_; }
  // The next requests are met with these; then every request with kOk.
  void script(std::deque<Step> steps) { steps_ = std::move(steps); }
  // Lets the requests that are held be answered.
  void release() {
    for (async::Event* event : std::exchange(held_, {})) event->set();
  }
  size_t held() const { return held_.size(); }
  // Ends all connections in good order, at once.
  void hang_up() { connections_.cancel(); }
  int accepted() const { return accepted_; }
  uint64_t open() const { return connections_.size(); }
  const std::vector<Request>& requests() const { return requests_; }

 private:
  async::Task<void> accept() {
    for (;;) {
      auto accepted = co_await listener_->accept();
      if (!accepted) co_return;
      auto stream = net::SocketStream::create(loop_, std::move(accepted->fd));
      connections_.spawn(serve(std::move(*stream), ++accepted_));
    }
  }

  // Whether `bytes` is a whole request, by the framing that our client writes.
  static bool whole(const std::string& bytes) {
    size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    std::string head = to_lower(bytes.substr(0, end));
    if (head.find("transfer-encoding: chunked") != std::string::npos) return bytes.ends_with("0\r\n\r\n");
    size_t at = head.find("content-length: ");
    if (at == std::string::npos) return true;
    size_t length = 0;
    for (at += 16; at < head.size() && head[at] >= '0' && head[at] <= '9'; ++at)
      length = length * 10 + static_cast<size_t>(head[at] - '0');
    return bytes.size() - end - 4 >= length;
  }

  async::Task<void> serve(std::unique_ptr<net::Stream> stream, int number) {
    std::string bytes;
    char buffer[8192];
    for (;;) {
      auto n = co_await stream->read(buffer, {});
      if (!n || *n == 0) co_return;
      bytes.append(buffer, *n);
      if (!whole(bytes)) continue;
      requests_.push_back({number, std::exchange(bytes, {})});
      Step step;
      if (!steps_.empty()) {
        step = steps_.front();
        steps_.pop_front();
      }
      if (step.hold) {
        async::Event event(loop_);
        struct Held {
          std::vector<async::Event*>& list;
          async::Event* event;
          ~Held() { std::erase(list, event); }
        } leave{held_, &event};
        held_.push_back(&event);
        (void)co_await event.wait();
      }
      if (!step.answer.empty()) (void)co_await stream->write({step.answer}, {});
      if (step.reset) stream->abort_on_close();
      if (step.close || step.reset) co_return;
    }
  }

  async::Loop& loop_;
  net::Address address_;
  std::unique_ptr<net::Listener> listener_;
  std::deque<Step> steps_;
  std::vector<Request> requests_;
  std::vector<async::Event*> held_;
  int accepted_ = 0;
  async::Scope connections_;
  async::Scope accepting_;
};

// An address that nobody listens on and nobody else can take.
class DeadPort {
 public:
  DeadPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    net::Address any = net::Address::parse("127.0.0.1:0").value();
    EXPECT_EQ(bind(fd_.get(), any.data(), any.size()), 0);
  }
  net::Address address() const { return net::Listener::local_address(fd_.get()); }

 private:
  net::Fd fd_;
};

// Request content in pieces; the last may be a failure.
class Pieces final : public codec::Body {
 public:
  explicit Pieces(std::vector<std::string> pieces, std::optional<Errc> failure = {})
      : pieces_(std::move(pieces)), failure_(failure) {}
  void release() noexcept override { released = true; }
  bool ready() const override { return true; }
  async::Task<Result<codec::Chunk>> pull() override {
    if (next_ == pieces_.size()) {
      if (failure_) co_return fail(*failure_);
      co_return codec::Chunk{{}, true};
    }
    std::string_view data = pieces_[next_++];
    co_return codec::Chunk{data, next_ == pieces_.size() && !failure_};
  }
  bool released = false;

 private:
  std::vector<std::string> pieces_;
  std::optional<Errc> failure_;
  size_t next_ = 0;
};

// One exchange under way.
struct Call {
  explicit Call(async::Loop& loop, http::Method method = http::Method::get)
      : arena(pool), head(arena), exchange(loop, arena, random, head, facts), scope(loop) {
    head.method = method;
    head.method_text = http::to_string(method);
    head.target = "/x";
    head.authority = "origin.example";
  }
  // With content of known length.
  Call(async::Loop& loop, http::Method method, std::vector<std::string> pieces) : Call(loop, method) {
    size_t size = 0;
    for (const std::string& piece : pieces) size += piece.size();
    head.framing = http::Framing::of_length(size);
    content.emplace(std::move(pieces));
  }

  void start(Service& service, const Policy& policy) { scope.spawn(run(*this, service, policy)); }

  int status = 0;       // 0 while there is none
  std::string body;     // of the response
  std::string message;  // of a failure
  bool done = false;
  bool read_body = true;
  exchange::EndReason reason() const { return exchange.record.reason; }
  uint32_t attempts() const { return exchange.record.attempts; }

  BlockPool pool;
  Arena arena;
  Random random{1};
  http::RequestHead head;
  exchange::ConnectionFacts facts;
  exchange::Exchange exchange;
  std::optional<Pieces> content;
  async::Scope scope;

 private:
  static async::Task<void> run(Call& call, Service& service, Policy policy) {
    codec::BodyPtr content(call.content ? &*call.content : nullptr);
    auto result = co_await service.send(call.exchange, policy, std::move(content), nullptr);
    if (result) {
      call.status = result->head.status;
      while (result->body && call.read_body) {
        auto chunk = co_await result->body->pull();
        if (!chunk) {
          call.message = to_string(chunk.error().code);
          break;
        }
        call.body += chunk->data;
        if (chunk->last) break;
      }
    } else {
      call.message = result.error().message;
    }
    call.done = true;
  }
};

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() : loop_(std::move(async::Loop::create()).value()) {
    config_.name = "orders";
    config_.timeouts.connect = Duration::seconds(20);
    config_.retry.backoff_min = config_.retry.backoff_max = Duration{};
  }

  template <class Done>
  bool run_until(Done done) {
    for (int i = 0; i < 3'000 && !done(); ++i) loop_->turn(Duration::milliseconds(10));
    return done();
  }
  // Everything that is under way inside this process comes to rest.
  void settle() {
    for (int i = 0; i < 20; ++i) loop_->turn(Duration{});
  }

  static config::Endpoint endpoint(const net::Address& address, uint32_t weight = 1) {
    return {{}, config::Address::parse(address.to_string()).value(), weight};
  }
  void apply() {
    auto spec = std::make_shared<Spec>();
    spec->config = config_;
    service().apply(std::move(spec));
  }
  Service& service() {
    if (!service_) service_ = std::make_unique<Service>(*loop_, random_, config_.name, usage_);
    return *service_;
  }
  Policy policy() const { return {config_.timeouts, config_.retry}; }
  // Runs a call to its end.
  void finish(Call& call) {
    call.start(service(), policy());
    ASSERT_TRUE(run_until([&] { return call.done; }));
  }

  std::unique_ptr<async::Loop> loop_;
  Random random_{7};
  std::shared_ptr<Usage> usage_ = std::make_shared<Usage>();
  config::Service config_;
  std::unique_ptr<Service> service_;
};

}  // namespace mesh::service
