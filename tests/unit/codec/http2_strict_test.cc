// Requests that break a rule of RFC 9113 §8 never reach a handler, and never end the connection for the others.
#include "http2_server_probe.h"

namespace mesh::codec {
namespace {

class Http2StrictTest : public Http2ServerTest {
 protected:
  // On a connection that goes on: 400, or the stream is reset.
  void expect_refused(const Fields& fields, const std::string& name, uint8_t flags = kEnd | kEndHeaders,
                      const std::string& content = {}) {
    SCOPED_TRACE(name);
    if (next_ == 0 || next_ > 300) {
      start();
      next_ = 1;
    }
    size_t before = handler_.seen.size();
    int32_t id = next_;
    next_ += 2;
    peer_->headers(id, fields, flags);
    if (!content.empty()) peer_->data(id, content);
    peer_->settle();
    EXPECT_EQ(handler_.seen.size(), before);
    EXPECT_TRUE(peer_->status(id) == "400" || peer_->reset_code(id) == NGHTTP2_PROTOCOL_ERROR)
        << "status '" << peer_->status(id) << "' reset " << peer_->reset_code(id);
    EXPECT_EQ(peer_->goaway_code(), -1);
  }
  // `fields` with one more, or another value of a pseudo-header.
  static Fields with(Fields fields, const std::string& name, const std::string& value) {
    for (auto& [n, v] : fields)
      if (n == name) return v = value, fields;
    fields.emplace_back(name, value);
    return fields;
  }
  static Fields without(Fields fields, const std::string& name) {
    std::erase_if(fields, [&](const auto& f) { return f.first == name; });
    return fields;
  }

  int32_t next_ = 0;
};

TEST_F(Http2StrictTest, H2_07_NoControlByteInAnyValue) {
  limits_.h2_reset_burst = 10'000;
  for (int byte = 0; byte < 0x21; ++byte) {
    std::string raw(1, static_cast<char>(byte == 0x20 ? 0x7f : byte));
    std::string label = "byte " + std::to_string(static_cast<unsigned char>(raw[0]));
    for (const char* place : {":path", ":authority", ":method", ":scheme"})
      expect_refused(with(get(), place, with(get(), "", "")[0].second + raw + "x"), label + " in " + place);
    expect_refused(with(get(), ":path", "/a" + raw + "b"), label + " in :path");
    if (raw != "\t") expect_refused(get("/", {{"x-a", "b" + raw + "c"}}), label + " in a value");
    expect_refused(get("/", {{"x" + raw + "a", "b"}}), label + " in a name");
  }
}

TEST_F(Http2StrictTest, H2_07_ValuesHaveNoSpaceAroundThem) {
  for (const char* value : {" b", "b ", "\tb", "b\t", " "}) expect_refused(get("/", {{"x-a", value}}), value);
}

TEST_F(Http2StrictTest, H2_07_NamesAreTokensInLowerCase) {
  for (const char* name :
       {"", "x:a", "x(a)", "x,a", "x/a", "x\"a", "x a", "x[a]", "x\xc3\xa9", "X-Upper", "x-uppeR", "x@"})
    expect_refused(get("/", {{name, "b"}}), name);
}

TEST_F(Http2StrictTest, H2_07_SpacesAndHashesInThePathAreRefused) {
  for (const char* path : {"/a b", "/a#b", "/\xc3\xa9", "/ HTTP/1.1"}) expect_refused(get(path), path);
}

TEST_F(Http2StrictTest, H2_09_FieldsOfOneConnectionAreRefused) {
  for (const auto& [name, value] : Fields{{"connection", "close"},
                                          {"connection", "x-a"},
                                          {"keep-alive", "timeout=5"},
                                          {"proxy-connection", "keep-alive"},
                                          {"transfer-encoding", "chunked"},
                                          {"upgrade", "h2c"},
                                          {"te", "gzip"},
                                          {"te", "trailers, gzip"},
                                          {"te", ""}})
    expect_refused(get("/", {{name, value}}), name + ": " + value);
}

TEST_F(Http2StrictTest, H2_09_TrailersAreTheOneThingTeMaySay) {
  RawPeer& peer = start();
  peer.headers(1, get("/", {{"te", "trailers"}}));
  peer.settle();
  ASSERT_EQ(handler_.seen.size(), 1u);
  EXPECT_EQ(handler_.seen[0].value("te"), "");
}

TEST_F(Http2StrictTest, H2_10_PseudoFieldsComeOnceAndFirst) {
  for (const char* name : {":method", ":scheme", ":path", ":authority"}) {
    Fields twice = get();
    for (const auto& field : get())
      if (field.first == name) twice.insert(twice.begin(), field);
    expect_refused(twice, std::string("two of ") + name);
    Fields late = without(get(), name);
    late.emplace_back("x-a", "b");
    late.emplace_back(name, with(get(), name, "/")[0].second);
    expect_refused(late, std::string("late ") + name);
  }
  for (const char* name : {":method", ":scheme", ":path", ":authority"}) expect_refused(without(get(), name), name);
  expect_refused(get("/", {{":unknown", "x"}}), "unknown");
  Fields response = get();
  response.insert(response.begin(), {":status", "200"});
  expect_refused(response, ":status");
  for (const char* name : {":method", ":scheme", ":path", ":authority"})
    expect_refused(with(get(), name, ""), std::string("empty ") + name);
}

TEST_F(Http2StrictTest, H2_10_HostMustAgreeWithAuthority) {
  expect_refused(get("/", {{"host", "evil.test"}}), "another");
  expect_refused(get("/", {{"host", "a.test"}, {"host", "a.test"}}), "two");
  Fields bare = without(get(), ":authority");
  bare.emplace_back("host", "a");
  bare.emplace_back("host", "b");
  expect_refused(bare, "two without :authority");
  expect_refused(get("/", {{"host", ""}}), "empty");
}

TEST_F(Http2StrictTest, H2_10_ExtendedConnectHasItsOwnRules) {
  Fields fields = get();
  fields.insert(fields.begin(), {":protocol", "websocket"});
  expect_refused(fields, ":protocol without CONNECT");
  for (const char* name : {":scheme", ":path"}) {
    Fields less = without(request("CONNECT"), name);
    less.insert(less.begin() + 1, {":protocol", "websocket"});
    expect_refused(less, std::string(":protocol without ") + name);
  }
  expect_refused(request("CONNECT"), "CONNECT with :path");
  expect_refused({{":method", "CONNECT"}}, "CONNECT without :authority");
}

TEST_F(Http2StrictTest, H2_10_PseudoFieldsInTrailersAreRefused) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::read_all;
  peer.headers(1, request("POST"), kEndHeaders);
  peer.data(1, "x", 0);
  peer.headers(1, {{":path", "/evil"}});
  peer.settle();
  EXPECT_EQ(peer.reset_code(1), NGHTTP2_PROTOCOL_ERROR);
  EXPECT_EQ(handler_.cancelled(), 1);
}

TEST_F(Http2StrictTest, H2_10_TrailersThatDoNotEndTheStreamAreRefused) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::read_all;
  peer.headers(1, request("POST"), kEndHeaders);
  peer.data(1, "x", 0);
  peer.headers(1, {{"x-a", "b"}}, kEndHeaders);
  peer.settle();
  EXPECT_EQ(peer.reset_code(1), NGHTTP2_PROTOCOL_ERROR);
  EXPECT_EQ(handler_.cancelled(), 1);
}

TEST_F(Http2StrictTest, PA_08_APathBeginsWithASlash) {
  for (const char* path : {"noslash", "*", "http://evil.test/", "?a", "pkg.Service/Method"}) {
    expect_refused(get(path), path);
    expect_refused(with(get(path), ":scheme", "ftp"), std::string("ftp ") + path);
    expect_refused(with(get(path), ":scheme", "grpc"), std::string("grpc ") + path);
  }
}

TEST_F(Http2StrictTest, AnAsteriskIsForOptions) {
  RawPeer& peer = start();
  peer.headers(1, request("OPTIONS", "*"));
  peer.settle();
  ASSERT_EQ(handler_.seen.size(), 1u);
  EXPECT_EQ(handler_.seen[0].target, "*");
}

TEST_F(Http2StrictTest, AMethodIsAToken) {
  for (const char* method : {"GE T", "get", "Get", "GET/", "G\"T", "GET,"}) expect_refused(request(method), method);
}

TEST_F(Http2StrictTest, H2_08_AnEndWithoutTheAnnouncedContentIsRefused) {
  expect_refused(request("POST", "/", {{"content-length", "5"}}), "none");
  for (const char* length : {"", "+5", "-5", "0x5", "5, 5", "five", "99999999999999999999", "5 "})
    expect_refused(request("POST", "/", {{"content-length", length}}), length, kEndHeaders);
  expect_refused(request("POST", "/", {{"content-length", "5"}, {"content-length", "5"}}), "twice", kEndHeaders);
}

TEST_F(Http2StrictTest, H2_08_ContentOfAnotherLengthCancelsTheHandler) {
  for (const char* content : {"hell", "hello!"}) {
    SCOPED_TRACE(content);
    RawPeer& peer = start();
    handler_.received.clear();
    handler_.seen.clear();
    handler_.finished = 0;
    handler_.script = &ScriptedHandler::read_all;
    peer.headers(1, request("POST", "/", {{"content-length", "5"}}), kEndHeaders);
    peer.settle();
    peer.data(1, content);
    peer.settle();
    EXPECT_EQ(peer.reset_code(1), NGHTTP2_PROTOCOL_ERROR);
    EXPECT_EQ(handler_.cancelled(), 1);
    EXPECT_EQ(handler_.running, 0);
  }
}

TEST_F(Http2StrictTest, H2_08_ALengthOfZeroMayEndAtOnce) {
  RawPeer& peer = start();
  peer.headers(1, request("POST", "/", {{"content-length", "0"}}));
  peer.headers(3, request("POST", "/", {{"content-length", "0"}}), kEndHeaders);
  peer.data(3, "");
  peer.settle();
  ASSERT_EQ(handler_.seen.size(), 2u);
  EXPECT_EQ(handler_.seen[0].framing.kind, http::Framing::Kind::length);
  EXPECT_EQ(peer.status(1), "200");
  EXPECT_EQ(peer.status(3), "200");
}

TEST_F(Http2StrictTest, H1_06_UnderscoresInNamesFollowThePolicy) {
  expect_refused(get("/", {{"x_a", "b"}}), "reject");
  limits_.underscores = ServerLimits::Underscores::drop;
  RawPeer& drop = start();
  drop.headers(1, get("/", {{"x_a", "b"}, {"x-b", "c"}}));
  drop.settle();
  ASSERT_EQ(handler_.seen.size(), 1u);
  EXPECT_EQ(handler_.seen[0].fields, (Fields{{"x-b", "c"}}));
  limits_.underscores = ServerLimits::Underscores::keep;
  RawPeer& keep = start();
  keep.headers(1, get("/", {{"x_a", "b"}}));
  keep.settle();
  ASSERT_EQ(handler_.seen.size(), 2u);
  EXPECT_EQ(handler_.seen[1].fields, (Fields{{"x_a", "b"}}));
}

TEST_F(Http2StrictTest, EveryRefusalIsReported) {
  RawPeer& peer = start();
  peer.headers(1, get("/", {{"host", "evil.test"}}));
  peer.headers(3, get("/", {{"connection", "close"}}));
  peer.headers(5, get("/", {{"x-a", "b\x01"}}));
  peer.settle();
  EXPECT_EQ(handler_.refused.size(), 3u) << "a request that nobody hears of cannot be logged (threats I1)";
}

TEST_F(Http2StrictTest, H2_12_TheStreamsBesideABadOneGoOn) {
  RawPeer& peer = start();
  handler_.script = &ScriptedHandler::hold;
  peer.headers(1, get());
  peer.headers(3, get("/", {{"connection", "close"}}));
  peer.settle();
  EXPECT_EQ(peer.reset_code(3), NGHTTP2_PROTOCOL_ERROR);
  EXPECT_EQ(handler_.running, 1);
  handler_.gate.set();
  peer.settle();
  EXPECT_EQ(peer.status(1), "200");
}

// The compression state of the connection survives a head that was refused half-way.
TEST_F(Http2StrictTest, H2_04_TheCompressionStateStaysInStep) {
  RawPeer& peer = start();
  peer.headers(1, get("/", {{"connection", "close"}, {"x-later", "kept in the table"}}));
  Fields many = get();
  for (int i = 0; i < 200; ++i) many.emplace_back("x-" + std::to_string(i), "v");
  many.emplace_back("x-last", "also kept");
  peer.headers(3, many);
  peer.headers(5, get("/", {{"x-later", "kept in the table"}, {"x-last", "also kept"}}));
  peer.settle();
  EXPECT_EQ(peer.status(3), "431");
  ASSERT_EQ(handler_.seen.size(), 1u);
  EXPECT_EQ(handler_.seen[0].value("x-later"), "kept in the table");
  EXPECT_EQ(handler_.seen[0].value("x-last"), "also kept");
}

}  // namespace
}  // namespace mesh::codec
