// Responses of upstreams: row H1-24 of threats.md 2.1 and the framing rules of RFC 9112 §6.3.
#include <gtest/gtest.h>

#include <string>

#include "unit/codec/http1_probe.h"

namespace mesh::codec {
namespace {

using http::Framing;
using http::Method;
using namespace std::string_literals;

Outcome expect_ok(const std::string& bytes, Method method = Method::get) {
  Outcome out = parse_response(bytes, method);
  EXPECT_EQ(out.status, 0) << bytes.substr(0, 200) << "\n" << out.detail;
  return out;
}
void expect_bad(const std::string& bytes) { EXPECT_GT(parse_response(bytes).status, 0) << bytes.substr(0, 200); }

std::string answer(const std::string& fields, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\n" + fields + "\r\n";
}

TEST(Http1Response, ReadsAPlainResponse) {
  Outcome out =
      expect_ok(answer("Server: x\r\nContent-Length: 12\r\nX_A: b\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n"));
  EXPECT_EQ(out.response_status, 200);
  EXPECT_EQ(out.reason, "OK");
  EXPECT_EQ(out.framing.kind, Framing::Kind::length);
  EXPECT_EQ(out.framing.length, 12u);
  EXPECT_EQ(out.text(), "Server: x|X_A: b|Set-Cookie: a=b|Set-Cookie: c=d");
  EXPECT_FALSE(out.close);
}

TEST(Http1Response, ReadsReasonPhrases) {
  EXPECT_EQ(expect_ok(answer("", "404 Not \t Found \xe4")).reason, "Not \t Found \xe4");
  EXPECT_EQ(expect_ok(answer("", "200 ")).reason, "");
  EXPECT_EQ(expect_ok(answer("", "200")).reason, "");
  EXPECT_EQ(expect_ok(answer("", "200  x")).reason, " x");
}

TEST(Http1Response, H1_24_RefusesStatusesThatAreNotThreeDigits) {
  for (const std::string& status :
       {"1000 x"s, "20 x"s, "2000"s, "099 x"s, "600 x"s, "999 x"s, "000 x"s, "-20 x"s, "+20 x"s, "2x0 x"s, "0x1 x"s,
        "x"s, ""s, " 200 OK"s, "200OK"s, "20"s, "200\tOK"s, "2 00 OK"s, "\xb2\xb0\xb0 x"s})
    expect_bad(answer("", status));
  for (std::string status : {"100", "101", "103", "199", "200", "204", "299", "304", "404", "500", "599"})
    EXPECT_EQ(std::to_string(expect_ok(answer("", status + " x")).response_status), status);
}

TEST(Http1Response, H1_24_RefusesWhatIsNoHttp) {
  for (const std::string& bytes :
       {"ICY 200 OK\r\n\r\n"s, "http/1.1 200 OK\r\n\r\n"s, "HTTP/2.0 200 OK\r\n\r\n"s, "HTTP/1.2 200 OK\r\n\r\n"s,
        "HTTP/0.9 200 OK\r\n\r\n"s, "HTTP/11 200 OK\r\n\r\n"s, "HTTP/1.1200 OK\r\n\r\n"s, "HTTP 200 OK\r\n\r\n"s,
        "\r\nHTTP/1.1 200 OK\r\n\r\n"s, "<html>"s, "\r\n\r\n"s, "H\0"s, "SSH-2.0-x"s, "HTTP/1.1 200 OK\n\n"s,
        "HTTP/1.1 200 OK\r\nA: b\n\r\n"s, "HTTP/1.1 200 OK\rA: b\r\n\r\n"s, "HTTP/1.1 200 O\0K\r\n\r\n"s})
    expect_bad(bytes);
}

TEST(Http1Response, H1_24_RefusesAmbiguousFraming) {
  expect_bad(answer("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"));
  expect_bad(answer("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"));
  expect_bad(answer("Content-Length: 5\r\nContent-Length: 5\r\n"));
  expect_bad(answer("Content-Length: 5\r\nContent-Length: 6\r\n"));
  for (std::string value : {"5, 5", "+5", "-1", "", "0x5", "1e3", "9999999999999999999"})
    expect_bad(answer("Content-Length: " + value + "\r\n"));
  for (std::string value : {"gzip", "chunked, gzip", "gzip, chunked", "identity", "", "chunked, chunked", "xchunked"})
    expect_bad(answer("Transfer-Encoding: " + value + "\r\n"));
  expect_bad(answer("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"));
  expect_bad(answer("Transfer-Encoding: chunked\r\n", "204 No Content"));
  expect_bad(answer("Transfer-Encoding: chunked\r\n", "100 Continue"));
  expect_bad("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(Http1Response, H1_24_RefusesFieldsThatBreakTheGrammar) {
  for (const std::string& line :
       {" A: b"s, "A : b"s, ": b"s, "A"s, "A\x80: b"s, "A: \0"s, "A: b\x7f"s, "A: b\r\n c"s, "A(): b"s})
    expect_bad(answer("X: y\r\n" + line + "\r\n"));
}

TEST(Http1Response, KnowsWhereContentEnds) {
  auto kind = [](const std::string& bytes, Method method = Method::get) {
    return expect_ok(bytes, method).framing.kind;
  };
  EXPECT_EQ(kind(answer("Transfer-Encoding: chunked\r\n")), Framing::Kind::stream);
  EXPECT_EQ(kind(answer("")), Framing::Kind::until_eof);
  EXPECT_EQ(kind(answer("", "204 No Content")), Framing::Kind::none);
  EXPECT_EQ(kind(answer("Content-Length: 5\r\n", "204 No Content")), Framing::Kind::none);
  EXPECT_EQ(kind(answer("", "304 Not Modified")), Framing::Kind::none);
  EXPECT_EQ(kind(answer("", "103 Early Hints")), Framing::Kind::none);
  EXPECT_EQ(kind(answer("Transfer-Encoding: chunked\r\n"), Method::head), Framing::Kind::none);
  EXPECT_EQ(kind(answer(""), Method::head), Framing::Kind::none);
  // The length that GET would have had.
  EXPECT_EQ(expect_ok(answer("Content-Length: 77\r\n"), Method::head).framing.length, 77u);
  EXPECT_EQ(expect_ok(answer("Content-Length: 77\r\n", "304 Not Modified")).framing.length, 77u);
}

TEST(Http1Response, AllowsWhatTheGrammarAllowsAroundALength) {
  for (std::string value : {"5", "005", " 5", "5 ", "\t5\t"})
    EXPECT_EQ(expect_ok(answer("Content-Length:" + value + "\r\n")).framing.length, 5u);
}

TEST(Http1Response, SaysWhetherTheConnectionCloses) {
  EXPECT_TRUE(expect_ok(answer("Connection: close\r\n")).close);
  EXPECT_FALSE(expect_ok(answer("Connection: keep-alive\r\n")).close);
  EXPECT_TRUE(expect_ok("HTTP/1.0 200 OK\r\n\r\n").close);
  EXPECT_FALSE(expect_ok("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n").close);
}

TEST(Http1Response, TakesOutHopByHopFields) {
  Outcome out =
      expect_ok(answer("Connection: x-hop, keep-alive, content-type\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\n"
                       "Upgrade: h2c\r\nProxy-Connection: x\r\nContent-Type: t\r\n"));
  EXPECT_EQ(out.text(), "Content-Type: t");
}

TEST(Http1Response, TellsTheProtocolSwitchedTo) {
  EXPECT_EQ(expect_ok(answer("Connection: upgrade\r\nUpgrade: websocket\r\n", "101 Switching Protocols")).upgrade,
            "websocket");
  EXPECT_EQ(expect_ok(answer("Connection: upgrade\r\nUpgrade: h2c\r\n", "101 Switching Protocols")).upgrade, "");
  EXPECT_EQ(expect_ok(answer("Upgrade: websocket\r\n", "101 Switching Protocols")).upgrade, "");
  EXPECT_EQ(expect_ok(answer("Connection: upgrade\r\nUpgrade: websocket\r\n")).upgrade, "");
}

TEST(Http1Response, ReadsOneHeadBehindAnother) {
  ClientLimits limits;
  BlockPool pool;
  Arena arena(pool);
  std::string interim = answer("Link: x\r\n", "103 Early Hints"), final = answer("Content-Length: 0\r\n");
  std::string both = interim + final;
  ResponseParser parser(limits, Method::get);
  http::ResponseHead head(arena);
  Parsed first = parser.parse(both, head);
  ASSERT_EQ(first.state, ParseState::ok);
  EXPECT_EQ(first.consumed, interim.size());
  head.headers.clear();
  parser.restart();
  Parsed second = parser.parse(std::string_view(both).substr(first.consumed), head);
  ASSERT_EQ(second.state, ParseState::ok);
  EXPECT_EQ(second.consumed, final.size());
  EXPECT_EQ(head.status, 200);
}

TEST(Http1Response, H1_24_KeepsToItsLimits) {
  std::string fields;
  for (int i = 0; i < 200; ++i) fields += "x: v\r\n";
  expect_ok(answer(fields));
  expect_bad(answer(fields + "x: v\r\n"));
  expect_bad(answer("x: " + std::string(65'536, 'v') + "\r\n"));
  expect_bad("HTTP/1.1 200 OK\r\nx: " + std::string(65'536, 'v'));
  expect_ok(answer("x: " + std::string(60'000, 'v') + "\r\n"));
}

}  // namespace
}  // namespace mesh::codec
