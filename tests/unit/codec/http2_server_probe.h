// An HTTP/2 server connection with a scripted handler, and a raw client at the other end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "codec/http2_server.h"
#include "codec/text_body.h"
#include "http2_probe.h"

namespace mesh::codec {

// Keeps what each request was, and answers as the script says.
class ScriptedHandler final : public ServerHandler {
 public:
  using Script = async::Task<void> (*)(ScriptedHandler&, ServerStream&);
  struct Seen {
    std::string method, target, authority, upgrade;
    http::Framing framing;
    Fields fields;
    bool extended = false;
    std::string value(std::string_view name) const {
      for (const auto& [n, v] : fields)
        if (n == name) return v;
      return {};
    }
  };

  explicit ScriptedHandler(async::Loop& event_loop) : loop(&event_loop), gate(event_loop) {}

  async::Loop* loop;

  Script script = &answer_ok;
  std::vector<Seen> seen;
  std::vector<int> refused;  // statuses
  std::vector<Errc> failures;
  async::Event gate;  // for scripts that wait
  std::string received;
  PieceBody::Seen body;
  bool keep = true;
  int running = 0, finished = 0;

  int cancelled() const { return static_cast<int>(seen.size()) - finished - running; }

  async::Task<void> serve(ServerStream& stream) override {
    const http::RequestHead& head = stream.request();
    Seen one{std::string(head.method_text),
             std::string(head.target),
             std::string(head.authority),
             std::string(head.upgrade),
             head.framing,
             {},
             head.extended_connect};
    for (const http::Field& field : head.headers) one.fields.emplace_back(field.name, field.value);
    seen.push_back(std::move(one));
    struct Count {
      int& n;
      explicit Count(int& at) : n(at) { ++n; }
      ~Count() { --n; }
    };
    {
      Count count(running);
      co_await script(*this, stream);
    }
    ++finished;
  }
  void rejected(const Rejection& rejection) override {
    EXPECT_FALSE(rejection.reason.empty());
    refused.push_back(rejection.status);
  }
  std::string_view date() override { return "Mon, 01 Jan 2024 00:00:00 GMT"; }
  bool keep_alive() const override { return keep; }

  static async::Task<void> answer_ok(ScriptedHandler&, ServerStream& stream) {
    http::ResponseHead head(stream.arena());
    head.status = 200;
    head.framing = http::Framing::of_length(2);
    (void)co_await stream.respond(head, text_body(stream.arena(), "ok"));
  }
  // Reads the content whole, then answers.
  static async::Task<void> read_all(ScriptedHandler& self, ServerStream& stream) {
    if (BodyPtr body = stream.take_body()) {
      for (;;) {
        auto chunk = co_await body->pull();
        if (!chunk) {
          self.failures.push_back(chunk.error().code);
          break;
        }
        self.received += chunk->data;
        if (chunk->last) break;
      }
    }
    co_await answer_ok(self, stream);
  }
  // Sends the content back as it comes.
  static async::Task<void> echo(ScriptedHandler& self, ServerStream& stream) {
    http::ResponseHead head(stream.arena());
    head.status = stream.request().upgrade.empty() ? 200 : 101;
    head.framing = http::Framing::stream();
    auto sent = co_await stream.respond(head, stream.take_body());
    if (!sent) self.failures.push_back(sent.error().code);
  }
  // Waits at the gate, then answers.
  static async::Task<void> hold(ScriptedHandler& self, ServerStream& stream) {
    (void)co_await self.gate.wait();
    co_await answer_ok(self, stream);
  }
  static async::Task<void> say_nothing(ScriptedHandler&, ServerStream&) { co_return; }
  // Sixteen pieces of 32 KiB.
  static async::Task<void> large(ScriptedHandler& self, ServerStream& stream) {
    http::ResponseHead head(stream.arena());
    head.status = 200;
    head.framing = http::Framing::stream();
    auto sent = co_await stream.respond(
        head, BodyPtr(new PieceBody(std::vector<std::string>(16, std::string(32 * 1024, 'x')), &self.body)));
    if (!sent) self.failures.push_back(sent.error().code);
  }
};

class Http2ServerTest : public testing::Test {
 protected:
  Http2ServerTest() : loop_(std::move(*async::Loop::create())), handler_(*loop_) {}
  ~Http2ServerTest() override {
    scope_.reset();
    connection_.reset();
  }

  // With the preface and SETTINGS of a client; `settings` go with them.
  RawPeer& start(std::string_view settings = {}) {
    scope_.reset();
    connection_.reset();
    auto [server, client] = net::make_pipe(*loop_, 256 * 1024);
    stream_ = std::move(server);
    peer_ = std::make_unique<RawPeer>(*loop_, std::move(client));
    connection_ = std::make_unique<Http2ServerConnection>(*stream_, handler_, limits_, http::Scheme::http);
    scope_ = std::make_unique<async::Scope>(*loop_);
    scope_->spawn(connection_->run(NGHTTP2_CLIENT_MAGIC));
    peer_->send(raw_frame(NGHTTP2_SETTINGS, 0, 0, settings));
    peer_->settle();
    return *peer_;
  }
  bool over() const { return scope_->size() == 0; }

  static Fields get(std::string path = "/", Fields more = {}) {
    return request("GET", std::move(path), std::move(more));
  }
  static Fields request(std::string method, std::string path = "/", Fields more = {}) {
    Fields fields{
        {":method", std::move(method)}, {":scheme", "http"}, {":path", std::move(path)}, {":authority", "a.test"}};
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  }

  std::unique_ptr<async::Loop> loop_;
  ServerLimits limits_;
  ScriptedHandler handler_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<RawPeer> peer_;
  std::unique_ptr<Http2ServerConnection> connection_;
  std::unique_ptr<async::Scope> scope_;
};

}  // namespace mesh::codec
