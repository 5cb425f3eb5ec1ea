// What an HTTP/2 server connection does for requests that keep the rules.
#include "http2_server_probe.h"

namespace mesh::codec {
namespace {

constexpr uint16_t kWindow = NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE;

TEST_F(Http2ServerTest, AnnouncesItsLimitsFirst) {
  RawPeer& peer = start();
  ASSERT_FALSE(peer.frames().empty());
  const Frame& first = peer.frames().front();
  EXPECT_EQ(first.type, NGHTTP2_SETTINGS);
  EXPECT_NE(first.payload.find(setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100)), std::string::npos);
  EXPECT_NE(first.payload.find(setting(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1)), std::string::npos);
}

TEST_F(Http2ServerTest, AnswersARequest) {
  RawPeer& peer = start();
  peer.headers(1, get("/a?b=c", {{"x-one", "1"}, {"x-one", "2"}}));
  peer.settle();
  ASSERT_EQ(handler_.seen.size(), 1u);
  const auto& seen = handler_.seen[0];
  EXPECT_EQ(seen.method + " " + seen.target + " " + seen.authority, "GET /a?b=c a.test");
  EXPECT_EQ(seen.fields, (Fields{{"x-one", "1"}, {"x-one", "2"}}));
  EXPECT_FALSE(seen.framing.has_body());
  EXPECT_EQ(peer.status(1), "200");
  EXPECT_EQ(peer.find(NGHTTP2_HEADERS, 1)->value("content-length"), "2");
  EXPECT_EQ(peer.find(NGHTTP2_HEADERS, 1)->value("date"), "Mon, 01 Jan 2024 00:00:00 GMT");
  EXPECT_EQ(peer.content(1), "ok");
  EXPECT_TRUE(peer.ended(1));
  EXPECT_EQ(peer.reset_code(1), -1);
}

TEST_F(Http2ServerTest, RequestsRunBesideEachOther) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::hold;
  for (int32_t id = 1; id < 100; id += 2) peer.headers(id, get());
  peer.settle();
  EXPECT_EQ(handler_.running, 50);
  handler_.script = &ScriptedHandler::answer_ok;
  peer.headers(101, get());
  peer.settle();
  EXPECT_TRUE(peer.ended(101)) << "later requests do not wait for earlier ones";
}

TEST_F(Http2ServerTest, CookieCrumbsBecomeOneField) {
  RawPeer& peer = start();
  peer.headers(1, get("/", {{"cookie", "a=1"}, {"x-a", "b"}, {"cookie", "b=2"}, {"cookie", "c=3"}}));
  peer.settle();
  ASSERT_EQ(handler_.seen.size(), 1u);
  EXPECT_EQ(handler_.seen[0].value("cookie"), "a=1; b=2; c=3");
}

TEST_F(Http2ServerTest, HostStandsInForAuthority) {
  RawPeer& peer = start();
  peer.headers(1, {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"host", "b.test"}});
  peer.headers(3, get("/", {{"host", "A.test"}}));
  peer.settle();
  ASSERT_EQ(handler_.seen.size(), 2u);
  EXPECT_EQ(handler_.seen[0].authority, "b.test");
  EXPECT_EQ(handler_.seen[1].authority, "a.test");
  EXPECT_EQ(handler_.seen[1].value("host"), "");
}

TEST_F(Http2ServerTest, ReadsContentAndItsLength) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::read_all;
  peer.headers(1, request("POST", "/", {{"content-length", "10"}}), kEndHeaders);
  peer.data(1, "hello", 0);
  peer.settle();
  EXPECT_EQ(peer.status(1), "");
  peer.data(1, "world");
  peer.settle();
  EXPECT_EQ(handler_.received, "helloworld");
  EXPECT_EQ(handler_.seen[0].framing.kind, http::Framing::Kind::length);
  EXPECT_EQ(handler_.seen[0].framing.length, 10u);
  EXPECT_EQ(peer.status(1), "200");
}

TEST_F(Http2ServerTest, ContentWithoutLengthIsAStream) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::echo;
  peer.headers(1, request("POST"), kEndHeaders);
  peer.data(1, "one", 0);
  peer.settle();
  EXPECT_EQ(handler_.seen[0].framing.kind, http::Framing::Kind::stream);
  EXPECT_EQ(peer.content(1), "one") << "both directions at the same time";
  peer.data(1, "two");
  peer.settle();
  EXPECT_EQ(peer.content(1), "onetwo");
  EXPECT_TRUE(peer.ended(1));
}

TEST_F(Http2ServerTest, TrailersGoBothWays) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::echo;
  peer.headers(1, request("POST"), kEndHeaders);
  peer.data(1, "x", 0);
  peer.headers(1, {{"x-sum", "abc"}, {"authorization", "no"}});
  peer.settle();
  const Frame* last = peer.find(NGHTTP2_HEADERS, 1);
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(last->fields, (Fields{{"x-sum", "abc"}})) << "threats H1-11";
  EXPECT_TRUE(last->ends());
}

TEST_F(Http2ServerTest, AnAnswerToHeadHasALengthButNoContent) {
  RawPeer& peer = start();
  peer.headers(1, request("HEAD"));
  peer.settle();
  const Frame* head = peer.find(NGHTTP2_HEADERS, 1);
  ASSERT_NE(head, nullptr);
  EXPECT_TRUE(head->ends());
  EXPECT_EQ(head->value("content-length"), "2");
  EXPECT_EQ(peer.find(NGHTTP2_DATA, 1), nullptr);
}

TEST_F(Http2ServerTest, NoContentHasNeitherContentNorLength) {
  RawPeer& peer = start();
  handler_.script = [](ScriptedHandler&, ServerStream& stream) -> async::Task<void> {
    http::ResponseHead head(stream.arena());
    head.status = 204;
    head.framing = http::Framing::of_length(2);
    (void)co_await stream.respond(head, text_body(stream.arena(), "ok"));
  };
  peer.headers(1, get());
  peer.settle();
  const Frame* head = peer.find(NGHTTP2_HEADERS, 1);
  ASSERT_NE(head, nullptr);
  EXPECT_TRUE(head->ends());
  EXPECT_EQ(head->value("content-length"), "");
}

TEST_F(Http2ServerTest, FieldNamesAreLowerCaseOnTheWire) {
  RawPeer& peer = start();
  handler_.script = [](ScriptedHandler&, ServerStream& stream) -> async::Task<void> {
    http::ResponseHead head(stream.arena());
    head.status = 200;
    head.headers.add("X-Mixed-Case", "Value");
    head.headers.add("Server", "s");
    (void)co_await stream.respond(head, nullptr);
  };
  peer.headers(1, get());
  peer.settle();
  EXPECT_EQ(peer.find(NGHTTP2_HEADERS, 1)->value("x-mixed-case"), "Value");
  EXPECT_EQ(peer.find(NGHTTP2_HEADERS, 1)->value("server"), "s");
}

TEST_F(Http2ServerTest, InterimResponsesComeFirstAndAreAtMostEight) {
  RawPeer& peer = start();
  handler_.script = [](ScriptedHandler& self, ServerStream& stream) -> async::Task<void> {
    http::ResponseHead early(stream.arena());
    early.status = 103;
    early.headers.add("link", "</a.css>");
    for (int i = 0; i < 12; ++i) (void)co_await stream.send_interim(early);
    co_await ScriptedHandler::answer_ok(self, stream);
  };
  peer.headers(1, get());
  peer.settle();
  auto early = std::count_if(peer.frames().begin(), peer.frames().end(),
                             [](const Frame& f) { return f.value(":status") == "103" && !f.ends(); });
  EXPECT_EQ(early, 8);
  EXPECT_EQ(peer.status(1), "200");
}

TEST_F(Http2ServerTest, AnExpectationIsMetWhenTheContentIsAskedFor) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::read_all;
  peer.headers(1, request("POST", "/", {{"expect", "100-continue"}, {"content-length", "1"}}), kEndHeaders);
  peer.settle();
  ASSERT_NE(peer.find(NGHTTP2_HEADERS, 1), nullptr);
  EXPECT_EQ(peer.find(NGHTTP2_HEADERS, 1)->value(":status"), "100");
  peer.data(1, "x");
  peer.settle();
  EXPECT_EQ(peer.status(1), "200");
}

TEST_F(Http2ServerTest, H1_17_AnyOtherExpectationIsRefused) {
  RawPeer& peer = start();
  peer.headers(1, request("POST", "/", {{"expect", "a miracle"}}), kEndHeaders);
  peer.settle();
  EXPECT_EQ(peer.status(1), "417");
  EXPECT_TRUE(handler_.seen.empty());
}

TEST_F(Http2ServerTest, AHandlerThatSaysNothingResetsTheStream) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::say_nothing;
  peer.headers(1, get());
  peer.settle();
  EXPECT_EQ(peer.reset_code(1), NGHTTP2_INTERNAL_ERROR);
}

TEST_F(Http2ServerTest, ABodyThatFailsResetsTheStream) {
  RawPeer& peer = start();
  handler_.script = [](ScriptedHandler& self, ServerStream& stream) -> async::Task<void> {
    http::ResponseHead head(stream.arena());
    head.status = 200;
    head.framing = http::Framing::stream();
    auto* body = new PieceBody({"some", "more"}, &self.body);
    auto sent = co_await stream.respond(head, BodyPtr(&body->failing(Errc::reset)));
    if (!sent) self.failures.push_back(sent.error().code);
    EXPECT_FALSE(stream.downstream_failed());
  };
  peer.headers(1, get());
  peer.settle();
  EXPECT_FALSE(peer.ended(1)) << "a broken body never looks like a whole one";
  EXPECT_EQ(peer.reset_code(1), NGHTTP2_INTERNAL_ERROR);
  EXPECT_EQ(handler_.failures, std::vector{Errc::reset});
  EXPECT_TRUE(handler_.body.released);
}

TEST_F(Http2ServerTest, ABodyOfAnotherLengthThanAnnouncedIsCutOff) {
  for (const char* text : {"toolong", "s"}) {
    SCOPED_TRACE(text);
    RawPeer& peer = start();
    handler_.received = text;
    handler_.script = [](ScriptedHandler& self, ServerStream& stream) -> async::Task<void> {
      http::ResponseHead head(stream.arena());
      head.status = 200;
      head.framing = http::Framing::of_length(4);
      (void)co_await stream.respond(head, BodyPtr(new PieceBody({self.received})));
    };
    peer.headers(1, get());
    peer.settle();
    EXPECT_FALSE(peer.ended(1));
    EXPECT_EQ(peer.reset_code(1), NGHTTP2_INTERNAL_ERROR);
  }
}

TEST_F(Http2ServerTest, AnEarlyAnswerEndsTheRequestWithoutBlame) {
  RawPeer& peer = start();
  peer.headers(1, request("POST"), kEndHeaders);
  peer.settle();
  EXPECT_EQ(peer.status(1), "200");
  EXPECT_TRUE(peer.ended(1));
  EXPECT_EQ(peer.reset_code(1), NGHTTP2_NO_ERROR) << "RFC 9113 §8.1";
  peer.data(1, "what was on its way");
  peer.headers(3, get());
  peer.settle();
  EXPECT_EQ(peer.goaway_code(), -1);
  EXPECT_EQ(peer.status(3), "200");
}

// Flow control

TEST_F(Http2ServerTest, AnAnswerIsPulledOnlyAsFarAsTheWindowAllows) {
  RawPeer& peer = start(setting(kWindow, 0));
  handler_.script = &ScriptedHandler::large;
  peer.headers(1, get());
  peer.settle();
  EXPECT_EQ(peer.content(1), "");
  EXPECT_LE(handler_.body.pulls, 3u) << "at most 64 KiB wait";
  for (int i = 0; i < 16; ++i) {
    peer.window(1, 32 * 1024);
    peer.window(0, 32 * 1024);
  }
  peer.settle();
  EXPECT_EQ(peer.content(1).size(), 512u * 1024);
  EXPECT_TRUE(peer.ended(1));
}

TEST_F(Http2ServerTest, ContentThatIsNotPulledClosesTheWindow) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::hold;
  peer.headers(1, request("POST"), kEndHeaders);
  for (int i = 0; i < 4; ++i) peer.data(1, std::string(16 * 1024 - 1, 'x'), 0);
  peer.settle();
  EXPECT_EQ(peer.find(NGHTTP2_WINDOW_UPDATE, 1), nullptr);
  EXPECT_EQ(handler_.running, 1);
}

TEST_F(Http2ServerTest, ContentThatIsPulledOpensTheWindow) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::read_all;
  peer.headers(1, request("POST"), kEndHeaders);
  for (int i = 0; i < 64; ++i) {
    peer.data(1, std::string(16 * 1024, 'x'), 0);
    peer.settle();
    ASSERT_EQ(peer.reset_code(1), -1);
    ASSERT_EQ(peer.goaway_code(), -1);
  }
  peer.data(1, "", kEnd);
  peer.settle();
  EXPECT_EQ(handler_.received.size(), 1024u * 1024);
  EXPECT_TRUE(peer.ended(1));
}

// Many uploads to a slow service: the connection's window closes, and nobody is reset for it.
TEST_F(Http2ServerTest, ManyUploadsThatWaitAreHeldBackAndNotReset) {
  RawPeer& peer = start();
  handler_.script = [](ScriptedHandler& self, ServerStream& stream) -> async::Task<void> {
    // One event has one waiter: all but the first turn the wheel instead.
    while (!self.gate.is_set()) co_await async::yield(*self.loop);
    co_await ScriptedHandler::read_all(self, stream);
  };
  uint64_t sent = 0;
  for (int32_t id = 1; id < 160; id += 2) peer.headers(id, request("POST"), kEndHeaders);
  auto credit = [&] {
    uint64_t sum = 65535;
    for (const Frame& f : peer.frames())
      if (f.type == NGHTTP2_WINDOW_UPDATE && f.id == 0) sum += f.word(0);
    return sum;
  };
  for (int32_t id = 1; id < 160; id += 2)
    for (int i = 0; i < 3; ++i) {
      constexpr uint64_t kPiece = 16 * 1024;
      if (sent + kPiece > credit()) break;
      peer.data(id, std::string(kPiece, 'x'), 0);
      peer.settle();
      sent += kPiece;
    }
  EXPECT_EQ(peer.find(NGHTTP2_RST_STREAM), nullptr);
  EXPECT_LE(sent, 3u * 1024 * 1024 + 64 * 1024) << "what waits is bounded: 2 MiB and the window";
  handler_.gate.set();
  for (int32_t id = 1; id < 160; id += 2) peer.data(id, "", kEnd);
  peer.settle();
  EXPECT_EQ(handler_.received.size(), sent);
  for (int32_t id = 1; id < 160; id += 2) EXPECT_TRUE(peer.ended(id)) << id;
  EXPECT_GE(credit() - sent, limits_.h2_connection_window / 2) << "the window is open again";
}

// Tunnels (RFC 8441)

TEST_F(Http2ServerTest, ExtendedConnectBecomesATunnel) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::echo;
  peer.headers(1, request("CONNECT", "/chat", {{":protocol", "websocket"}}), kEndHeaders);
  peer.settle();
  ASSERT_EQ(handler_.seen.size(), 1u);
  EXPECT_TRUE(handler_.seen[0].extended);
  EXPECT_EQ(handler_.seen[0].upgrade, "websocket");
  EXPECT_EQ(handler_.seen[0].target, "/chat");
  EXPECT_EQ(peer.status(1), "200");
  EXPECT_FALSE(peer.ended(1));
  EXPECT_EQ(peer.find(NGHTTP2_HEADERS, 1)->value("content-length"), "");
  peer.data(1, "ping", 0);
  peer.settle();
  EXPECT_EQ(peer.content(1), "ping");
  peer.data(1, "", kEnd);
  peer.settle();
  EXPECT_TRUE(peer.ended(1));
}

// H1-20: what is asked for becomes an Upgrade field elsewhere.
TEST_F(Http2ServerTest, H1_20_OnlyWebSocketMayBeAskedForWithExtendedConnect) {
  for (const char* protocol : {"h2c", "websocket, h2c", "connect-udp", "WebSocket x", ""}) {
    SCOPED_TRACE(protocol);
    handler_.seen.clear();
    RawPeer& peer = start();
    Fields fields = request("CONNECT", "/chat");
    fields.insert(fields.begin() + 1, {":protocol", protocol});
    peer.headers(1, fields, kEndHeaders);
    peer.settle();
    EXPECT_TRUE(handler_.seen.empty());
    EXPECT_TRUE(peer.status(1) == "501" || peer.status(1) == "400" || peer.reset_code(1) == NGHTTP2_PROTOCOL_ERROR)
        << peer.status(1);
  }
}

TEST_F(Http2ServerTest, PlainConnectReachesTheHandlerWithItsAuthority) {
  RawPeer& peer = start();
  peer.headers(1, {{":method", "CONNECT"}, {":authority", "b.test:443"}}, kEndHeaders);
  peer.settle();
  ASSERT_EQ(handler_.seen.size(), 1u);
  EXPECT_EQ(handler_.seen[0].target, "b.test:443");
  EXPECT_FALSE(handler_.seen[0].extended);
}

// Endings

TEST_F(Http2ServerTest, H2_01_AResetCancelsTheHandlerAtOnce) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::hold;
  peer.headers(1, get());
  peer.settle();
  ASSERT_EQ(handler_.running, 1);
  peer.reset(1);
  peer.settle();
  EXPECT_EQ(handler_.running, 0);
  EXPECT_EQ(handler_.cancelled(), 1);
  peer.headers(3, get());
  handler_.script = &ScriptedHandler::answer_ok;
  peer.settle();
  EXPECT_EQ(peer.goaway_code(), -1);
}

TEST_F(Http2ServerTest, AResetInTheSameReadAsItsRequestStartsNoHandler) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::hold;
  peer.send(raw_frame(NGHTTP2_HEADERS, kEnd | kEndHeaders, 1, peer.block(get())) +
            raw_frame(NGHTTP2_RST_STREAM, 0, 1, be32(NGHTTP2_CANCEL)));
  peer.settle();
  EXPECT_EQ(handler_.running, 0);
  EXPECT_EQ(peer.goaway_code(), -1);
}

TEST_F(Http2ServerTest, AResetWhileTheAnswerWaitsForWindowReleasesItsBody) {
  RawPeer& peer = start(setting(kWindow, 0));
  handler_.script = &ScriptedHandler::large;
  peer.headers(1, get());
  peer.settle();
  ASSERT_EQ(handler_.running, 1);
  peer.reset(1);
  peer.settle();
  EXPECT_EQ(handler_.running, 0);
  EXPECT_TRUE(handler_.body.released);
}

TEST_F(Http2ServerTest, TheEndOfTheConnectionCancelsEveryHandler) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::hold;
  peer.headers(1, get());
  peer.settle();
  peer.close();
  for (int i = 0; i < 20; ++i) loop_->turn(Duration{});
  EXPECT_EQ(handler_.running, 0);
  EXPECT_TRUE(over());
}

TEST_F(Http2ServerTest, DestroyingTheConnectionCancelsEveryHandler) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::hold;
  peer.headers(1, get());
  peer.headers(3, request("POST"), kEndHeaders);
  peer.settle();
  scope_.reset();
  connection_.reset();
  EXPECT_EQ(handler_.running, 0);
}

TEST_F(Http2ServerTest, ADrainLetsRequestsUnderWayFinish) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::hold;
  peer.headers(1, get());
  peer.settle();
  connection_->drain();
  peer.settle();
  ASSERT_NE(peer.find(NGHTTP2_GOAWAY), nullptr);
  EXPECT_EQ(peer.goaway_code(), NGHTTP2_NO_ERROR);
  EXPECT_EQ(peer.find(NGHTTP2_GOAWAY)->word(0), 0x7fffffffu) << "a notice first: later streams still count";
  ASSERT_TRUE(peer.run_until([&] { return peer.find(NGHTTP2_GOAWAY)->word(0) == 1; }));
  EXPECT_EQ(handler_.running, 1);
  handler_.gate.set();
  ASSERT_TRUE(peer.run_until([&] { return peer.connection_ended(); }));
  EXPECT_EQ(peer.status(1), "200");
  EXPECT_TRUE(peer.ended(1));
  peer.settle();
  EXPECT_TRUE(over());
}

TEST_F(Http2ServerTest, ADrainEndsAnIdleConnection) {
  RawPeer& peer = start();
  connection_->drain();
  ASSERT_TRUE(peer.run_until([&] { return peer.connection_ended(); }));
  EXPECT_EQ(peer.goaway_code(), NGHTTP2_NO_ERROR);
}

TEST_F(Http2ServerTest, AHandlerThatWantsNoMoreDrainsTheConnection) {
  RawPeer& peer = start();
  handler_.keep = false;
  peer.headers(1, get());
  ASSERT_TRUE(peer.run_until([&] { return peer.connection_ended(); }));
  EXPECT_EQ(peer.status(1), "200");
  EXPECT_EQ(peer.goaway_code(), NGHTTP2_NO_ERROR);
}

TEST_F(Http2ServerTest, RequestsAConnectionAreBounded) {
  limits_.requests_per_connection = 3;
  RawPeer& peer = start();
  for (int32_t id = 1; id < 7; id += 2) peer.headers(id, get());
  ASSERT_TRUE(peer.run_until([&] { return peer.connection_ended(); }));
  EXPECT_EQ(peer.goaway_code(), NGHTTP2_NO_ERROR);
  EXPECT_TRUE(peer.ended(5));
}

// Timers: short limits instead of waiting long.

TEST_F(Http2ServerTest, AnIdleConnectionIsEndedInGoodOrder) {
  limits_.keep_alive_idle = Duration::milliseconds(5);
  RawPeer& peer = start();
  ASSERT_TRUE(peer.run_until([&] { return peer.connection_ended(); }));
  EXPECT_EQ(peer.goaway_code(), NGHTTP2_NO_ERROR);
}

TEST_F(Http2ServerTest, RS_01_AHeaderBlockThatDoesNotEndIsGivenUp) {
  limits_.head_timeout = Duration::milliseconds(5);
  RawPeer& peer = start();
  peer.headers(1, get(), kEnd);
  ASSERT_TRUE(peer.run_until([&] { return peer.connection_ended(); }));
  EXPECT_EQ(peer.goaway_code(), NGHTTP2_ENHANCE_YOUR_CALM);
}

// The frame's header alone says nothing of a block that is on its way.
TEST_F(Http2ServerTest, RS_01_AHeadersFrameThatDoesNotEndIsGivenUp) {
  limits_.head_timeout = Duration::milliseconds(5);
  handler_.script = &ScriptedHandler::hold;
  RawPeer& peer = start();
  peer.headers(1, get());
  std::string frame = raw_frame(NGHTTP2_HEADERS, kEnd | kEndHeaders, 3, peer.block(get()));
  peer.send(frame.substr(0, 12));
  ASSERT_TRUE(peer.run_until([&] { return peer.connection_ended(); }));
  EXPECT_EQ(peer.goaway_code(), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2ServerTest, RS_01_ContentThatDoesNotComeIsGivenUp) {
  limits_.body_idle = Duration::milliseconds(5);
  handler_.script = &ScriptedHandler::read_all;
  RawPeer& peer = start();
  peer.headers(1, request("POST"), kEndHeaders);
  peer.data(1, "x", 0);
  ASSERT_TRUE(peer.run_until([&] { return !handler_.failures.empty(); }));
  EXPECT_EQ(handler_.failures, std::vector{Errc::timeout});
}

TEST_F(Http2ServerTest, H2_04_AStreamWithoutWindowProgressIsReset) {
  limits_.write_idle = Duration::milliseconds(5);
  RawPeer& peer = start(setting(kWindow, 0));
  handler_.script = &ScriptedHandler::large;
  peer.headers(1, get());
  ASSERT_TRUE(peer.run_until([&] { return peer.reset_code(1) >= 0; }));
  EXPECT_EQ(handler_.failures, std::vector{Errc::timeout});
  EXPECT_FALSE(peer.ended(1));
  EXPECT_TRUE(handler_.body.released);
  peer.headers(3, request("HEAD"));
  handler_.script = &ScriptedHandler::answer_ok;
  peer.settle();
  EXPECT_EQ(peer.goaway_code(), -1) << "the others go on";
}

TEST_F(Http2ServerTest, H2_04_AShortAnswerThatIsNotTakenIsResetToo) {
  limits_.write_idle = Duration::milliseconds(5);
  RawPeer& peer = start(setting(kWindow, 0));
  peer.headers(1, get());
  ASSERT_TRUE(peer.run_until([&] { return peer.reset_code(1) >= 0; }));
  EXPECT_EQ(handler_.running, 0);
}

}  // namespace
}  // namespace mesh::codec
