// The budgets of threats.md 1.2 and rows H2-01 to H2-06 and H2-11: what a client may cost one connection.
#include "http2_server_probe.h"

namespace mesh::codec {
namespace {

class Http2LimitsTest : public Http2ServerTest {
 public:
  // Sends what `make` gives until the connection is given up; how many went.
  template <class Make>
  int flood(int most, Make make) {
    int sent = 0;
    while (sent < most && !peer_->connection_ended() && peer_->goaway_code() < 0) {
      std::string batch;
      for (int i = 0; i < 10 && sent < most; ++i) batch += make(sent++);
      peer_->send(batch);
      peer_->receive();
    }
    peer_->settle();
    return sent;
  }
  std::string head(int32_t id, const Fields& fields, uint8_t flags = kEnd | kEndHeaders) {
    return raw_frame(NGHTTP2_HEADERS, flags, id, peer_->block(fields));
  }
  void expect_given_up(uint32_t code = NGHTTP2_ENHANCE_YOUR_CALM) {
    EXPECT_EQ(peer_->goaway_code(), int64_t{code});
    EXPECT_EQ(handler_.running, 0);
    ASSERT_TRUE(peer_->run_until([&] {
      if (peer_->goaway_code() >= 0) peer_->stream().shutdown_write();
      return over();
    }));
  }
};

TEST_F(Http2LimitsTest, H2_01_RapidResetIsStopped) {
  start();
  handler_.script = &ScriptedHandler::hold;
  int sent = flood(5000, [&](int n) {
    int32_t id = 1 + 2 * n;
    return head(id, get()) + raw_frame(NGHTTP2_RST_STREAM, 0, id, be32(NGHTTP2_CANCEL));
  });
  EXPECT_GE(sent, 200);
  EXPECT_LE(sent, 200 + 100);
  EXPECT_LE(handler_.seen.size(), 300u);
  expect_given_up();
}

TEST_F(Http2LimitsTest, H2_02_ResetsThatWeAreMadeToSendCountToo) {
  using Make = std::string (*)(Http2LimitsTest&, int32_t);
  const std::pair<const char*, Make> triggers[] = {
      {"window update of 0",
       [](Http2LimitsTest& t, int32_t id) {
         return t.head(id, request("POST"), kEndHeaders) + raw_frame(NGHTTP2_WINDOW_UPDATE, 0, id, be32(0));
       }},
      {"window overflow",
       [](Http2LimitsTest& t, int32_t id) {
         return t.head(id, request("POST"), kEndHeaders) + raw_frame(NGHTTP2_WINDOW_UPDATE, 0, id, be32(0x7fffffff));
       }},
      {"length mismatch",
       [](Http2LimitsTest& t, int32_t id) {
         return t.head(id, request("POST", "/", {{"content-length", "1"}}), kEndHeaders) +
                raw_frame(NGHTTP2_DATA, kEnd, id, "xx");
       }},
      {"data after the end",
       [](Http2LimitsTest& t, int32_t id) { return t.head(id, get()) + raw_frame(NGHTTP2_DATA, kEnd, id, "x"); }},
      {"malformed", [](Http2LimitsTest& t, int32_t id) { return t.head(id, get("/", {{"connection", "close"}})); }},
      {"self-dependency",
       [](Http2LimitsTest& t, int32_t id) {
         return t.head(id, request("POST"), kEndHeaders) +
                raw_frame(NGHTTP2_PRIORITY, 0, id, be32(static_cast<uint32_t>(id)) + "\x10");
       }},
  };
  handler_.script = &ScriptedHandler::hold;
  for (const auto& [name, make] : triggers) {
    SCOPED_TRACE(name);
    start();
    handler_.seen.clear();
    handler_.finished = 0;
    int sent = flood(3000, [&](int n) { return make(*this, 1 + 2 * n); });
    EXPECT_LE(sent, 320);
    EXPECT_LE(handler_.seen.size(), 320u);
    EXPECT_EQ(handler_.running, 0);
    EXPECT_GE(peer_->goaway_code(), 1);
  }
}

TEST_F(Http2LimitsTest, H2_03_AHeaderBlockHasAtMostEightContinuations) {
  start();
  std::string block = peer_->block(get("/", {{"x-a", std::string(60, 'a')}}));
  auto in_parts = [&](int32_t id, int parts) {
    std::string out = raw_frame(NGHTTP2_HEADERS, kEnd, id, block.substr(0, 1));
    for (int i = 1; i < parts; ++i)
      out += raw_frame(NGHTTP2_CONTINUATION, 0, id, block.substr(static_cast<size_t>(i), 1));
    return out + raw_frame(NGHTTP2_CONTINUATION, kEndHeaders, id, block.substr(static_cast<size_t>(parts)));
  };
  peer_->send(in_parts(1, 8));
  peer_->settle();
  EXPECT_EQ(peer_->status(1), "200");
  block = peer_->block(get("/", {{"x-a", std::string(60, 'a')}}));
  block = block.size() > 9 ? block : peer_->block(get("/", {{"x-b", std::string(60, 'b')}}));
  peer_->send(in_parts(3, 9));
  peer_->settle();
  EXPECT_EQ(handler_.seen.size(), 1u);
  expect_given_up();
}

TEST_F(Http2LimitsTest, H2_03_AHeaderBlockHasAtMost32KiB) {
  start();
  std::string field = std::string("\0\x03x-a", 5) + std::string("\x7f\xe1\x5e", 3) + std::string(12'000 + 256, 'v');
  peer_->send(raw_frame(NGHTTP2_HEADERS, kEnd, 1, field));
  for (int i = 0; i < 4; ++i) peer_->send(raw_frame(NGHTTP2_CONTINUATION, 0, 1, field));
  peer_->settle();
  EXPECT_GE(peer_->goaway_code(), 1);
  EXPECT_TRUE(handler_.seen.empty());
}

TEST_F(Http2LimitsTest, H2_04_FieldsAreCountedCrumbsOneByOne) {
  start();
  auto fields = [](const char* name, int count) {
    Fields out = get();
    for (int i = 0; i < count; ++i) out.emplace_back(name, "v" + std::to_string(i));
    return out;
  };
  peer_->headers(1, fields("x-a", 100));
  peer_->headers(3, fields("cookie", 100));
  peer_->headers(5, fields("x-a", 101));
  peer_->headers(7, fields("cookie", 101));
  peer_->settle();
  EXPECT_EQ(peer_->status(1), "200");
  EXPECT_EQ(peer_->status(3), "200");
  EXPECT_EQ(peer_->status(5), "431");
  EXPECT_EQ(peer_->status(7), "431");
  EXPECT_EQ(handler_.seen.size(), 2u);
  EXPECT_EQ(handler_.refused, (std::vector{431, 431}));
}

TEST_F(Http2LimitsTest, H2_04_OneByteReferencesAreCountedAsWhatTheyStandFor) {
  start();
  peer_->headers(1, get("/", {{"x-bomb", std::string(3000, 'v')}}));
  std::string block = peer_->block(get());
  peer_->send(raw_frame(NGHTTP2_HEADERS, kEnd | kEndHeaders, 3, block + std::string(4000, '\xbe')));
  peer_->settle();
  EXPECT_EQ(peer_->status(3), "431");
  EXPECT_EQ(handler_.seen.size(), 1u);
}

TEST_F(Http2LimitsTest, H1_25_ATargetHasItsOwnLimit) {
  start();
  peer_->headers(1, get("/" + std::string(8191, 'a')));
  peer_->headers(3, get("/" + std::string(8192, 'a')));
  peer_->settle();
  EXPECT_EQ(peer_->status(1), "200");
  EXPECT_EQ(peer_->status(3), "414");
}

TEST_F(Http2LimitsTest, ARefusedUploadIsTurnedAway) {
  start();
  Fields many = request("POST");
  for (int i = 0; i < 101; ++i) many.emplace_back("x-a", "v");
  peer_->headers(1, many, kEndHeaders);
  peer_->settle();
  EXPECT_EQ(peer_->status(1), "431");
  EXPECT_TRUE(peer_->ended(1));
  EXPECT_EQ(peer_->reset_code(1), NGHTTP2_NO_ERROR) << "nobody reads its content";
}

TEST_F(Http2LimitsTest, H2_05_EmptyFramesInARowAreEight) {
  start();
  handler_.script = &ScriptedHandler::hold;
  peer_->headers(1, request("POST"), kEndHeaders);
  for (int i = 0; i < 8; ++i) peer_->data(1, "", 0);
  peer_->data(1, "x", 0);
  for (int i = 0; i < 8; ++i) peer_->data(1, "", 0);
  peer_->settle();
  EXPECT_EQ(peer_->goaway_code(), -1);
  peer_->data(1, "", 0);
  peer_->settle();
  expect_given_up();
}

// All of a frame may be padding.
TEST_F(Http2LimitsTest, H2_05_FramesOfPaddingAloneAreEmptyToo) {
  start();
  handler_.script = &ScriptedHandler::hold;
  peer_->headers(1, request("POST"), kEndHeaders);
  int sent = flood(5000, [](int) { return raw_frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, std::string(1, '\0')); });
  EXPECT_LT(sent, 100);
  expect_given_up();
}

TEST_F(Http2LimitsTest, H2_05_FloodsAreBounded) {
  const std::pair<const char*, std::string> floods[] = {
      {"PING", raw_frame(NGHTTP2_PING, 0, 0, std::string(8, '\0'))},
      {"SETTINGS", raw_frame(NGHTTP2_SETTINGS, 0, 0, setting(4, 65535))},
      {"empty SETTINGS", raw_frame(NGHTTP2_SETTINGS, 0, 0)},
      {"PRIORITY", raw_frame(NGHTTP2_PRIORITY, 0, 3, be32(0) + "\x10")},
      {"WINDOW_UPDATE", raw_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, be32(1))},
      {"WINDOW_UPDATE of a stream", raw_frame(NGHTTP2_WINDOW_UPDATE, 0, 1, be32(1))},
      {"PING answers", raw_frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, std::string(8, '\0'))},
      {"resets of a closed stream", raw_frame(NGHTTP2_RST_STREAM, 0, 1, be32(8))},
  };
  handler_.script = &ScriptedHandler::hold;
  for (const auto& [name, frame] : floods) {
    SCOPED_TRACE(name);
    start();
    peer_->headers(1, request("POST"), kEndHeaders);
    if (std::string_view(name) == "resets of a closed stream") peer_->reset(1);
    flood(25'000, [&](int) { return frame; });
    expect_given_up();
    handler_.seen.clear();
    handler_.finished = 0;
  }
}

// The answers are not read: what we owe must not pile up.
TEST_F(Http2LimitsTest, H2_05_AnswersThatAreNotReadAreBounded) {
  auto [server, client] = net::make_pipe(*loop_, 4096);
  Http2ServerConnection connection(*server, handler_, limits_, http::Scheme::http);
  async::Scope scope(*loop_);
  scope.spawn(connection.run(NGHTTP2_CLIENT_MAGIC));
  std::string ping = raw_frame(NGHTTP2_SETTINGS, 0, 0);
  for (int i = 0; i < 2000; ++i) ping += raw_frame(NGHTTP2_PING, 0, 0, std::string(8, '\0'));
  size_t sent = 0;
  for (int idle = 0; idle < 100 && sent < ping.size();) {
    iovec part{ping.data() + sent, ping.size() - sent};
    net::Io io = client->try_write({&part, 1});
    idle = io.kind == net::Io::Kind::ok ? 0 : idle + 1;
    if (io.kind == net::Io::Kind::error) break;
    sent += io.size;
    loop_->turn(Duration{});
  }
  EXPECT_LT(sent, ping.size()) << "nghttp2 keeps at most 256 answers, and then the connection is given up";
  scope.cancel();
}

TEST_F(Http2LimitsTest, H2_05_SettingsHaveAtMost32Entries) {
  std::string entries;
  for (int i = 0; i < 32; ++i) entries += setting(4, 65535);
  start(entries);
  EXPECT_EQ(peer_->goaway_code(), -1);
  peer_->send(raw_frame(NGHTTP2_SETTINGS, 0, 0, entries + setting(4, 65535)));
  peer_->settle();
  EXPECT_GE(peer_->goaway_code(), 1);
}

TEST_F(Http2LimitsTest, StreamsAtATimeAreBounded) {
  limits_.h2_streams = 5;
  start();
  handler_.script = &ScriptedHandler::hold;
  for (int32_t id = 1; id < 13; id += 2) peer_->headers(id, get());
  peer_->settle();
  EXPECT_EQ(handler_.running, 5);
  EXPECT_EQ(peer_->reset_code(11), NGHTTP2_REFUSED_STREAM) << "it may not have seen the limit yet";
  peer_->send(raw_frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0));
  peer_->headers(13, get());
  peer_->settle();
  EXPECT_EQ(peer_->goaway_code(), NGHTTP2_PROTOCOL_ERROR) << "now it has";
  EXPECT_EQ(handler_.running, 0);
}

TEST_F(Http2LimitsTest, H2_06_BadCompressionEndsTheConnection) {
  const std::pair<const char*, std::string> blocks[] = {
      {"index 0", "\x80"},
      {"index beyond", "\xff\x80\x08"},
      {"huge integer", "\xff" + std::string(20, '\xff')},
      {"string beyond the block", std::string("\0\x7f\xff\xff\xff\x07"
                                              "a",
                                              7)},
      {"size update too large", "\x3f\xe1\xff\x03"},
      {"size update late", "\x82\x20"},
      {"EOS", std::string("\0\x01"
                          "a\x84\xff\xff\xff\xff",
                          8)},
      {"truncated", "\x40"},
  };
  for (const auto& [name, block] : blocks) {
    SCOPED_TRACE(name);
    start();
    peer_->send(raw_frame(NGHTTP2_HEADERS, kEnd | kEndHeaders, 1, block));
    peer_->settle();
    EXPECT_EQ(peer_->goaway_code(), NGHTTP2_COMPRESSION_ERROR);
    EXPECT_TRUE(handler_.seen.empty());
  }
}

}  // namespace
}  // namespace mesh::codec
