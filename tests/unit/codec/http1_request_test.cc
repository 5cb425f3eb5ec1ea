// Requests: each row of threats.md 2.1 that a parser decides.
#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "unit/codec/http1_requests.h"

namespace mesh::codec {
namespace {

using http::Framing;
using namespace std::string_literals;

TEST(Http1Request, ReadsAPlainRequest) {
  Outcome out = expect_ok(
      "GET /a/b?c=d HTTP/1.1\r\nHost: a.example:8080\r\nX-A: b\r\nUser-Agent: t/1 (x; y)\r\nEmpty:\r\nSpaced: "
      "\r\n\r\n");
  EXPECT_EQ(out.method, "GET");
  EXPECT_EQ(out.target, "/a/b?c=d");
  EXPECT_EQ(out.authority, "a.example:8080");
  EXPECT_EQ(out.text(), "X-A: b|User-Agent: t/1 (x; y)|Empty: |Spaced: ");
  EXPECT_EQ(out.raw, (std::vector<bool>{true, true, false, true}));
  EXPECT_EQ(out.framing.kind, Framing::Kind::none);
  EXPECT_FALSE(out.close);
}

TEST(Http1Request, TrimsWhiteSpaceAroundValues) {
  Outcome out = expect_ok(get("A:b\r\nB:  b\r\nC:\tb\r\nD: b \r\nE: b\t \r\nF: b \t c\r\nG:  \r\n"));
  EXPECT_EQ(out.text(), "A: b|B: b|C: b|D: b|E: b|F: b \t c|G: ");
  EXPECT_EQ(out.raw, (std::vector<bool>{false, false, false, false, false, true, false}));
}

TEST(Http1Request, LeavesWhatFollowsTheHeadAlone) {
  std::string head = get("Content-Length: 5\r\n", "/x", "POST");
  Outcome out = parse_request(head + "\0\r\n\n\r"s);
  EXPECT_EQ(out.status, 0);
  EXPECT_EQ(out.consumed, head.size());
  EXPECT_EQ(out.framing.length, 5u);
}

TEST(Http1Request, PassesOverOneEmptyLineBeforeARequest) {
  Outcome out = parse_request("\r\n" + get(""));
  EXPECT_EQ(out.status, 0);
  EXPECT_EQ(out.consumed, get("").size() + 2);
  expect_bad("\r\n\r\n" + get(""));
  expect_bad("\n" + get(""));
  expect_bad(" \r\n" + get(""));
  expect_bad("\r\n\r\n");
}

TEST(Http1Request, WaitsForTheRest) {
  std::string whole = get("X-A: b\r\n");
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_EQ(parse_request(whole.substr(0, size)).status, -1) << size;
}

TEST(Http1Request, H1_04_RefusesBareLineEnds) {
  for (const std::string& end : {"\n"s, "\r"s, "\r\r\n"s, "\n\r"s, "\0\r\n"s, "\r\0\n"s, "\x0b\r\n"s}) {
    expect_bad("GET /x HTTP/1.1" + end + kHost + "\r\n");
    expect_bad("GET /x HTTP/1.1\r\nHost: a.example" + end + "X-A: b\r\n\r\n");
    expect_bad(get("X-A: b" + end + "X-C: d\r\n"));
    expect_bad("GET /x HTTP/1.1\r\n"s + kHost + "X-A: b" + end + "\r\n\r\n");
  }
  for (const std::string& end : {"\n\n"s, "\r\n\n"s, "\n\r\n"s, "\r\n\r\r\n"s, "\r\ra"s})
    expect_bad("GET /x HTTP/1.1\r\nHost: a.example" + end);
}

TEST(Http1Request, H1_05_RefusesFoldedLines) {
  for (std::string fold : {" ", "\t", "  ", "\t "}) {
    expect_bad(get("X-A: b\r\n" + fold + "c\r\n"));
    expect_bad("GET /x HTTP/1.1\r\n" + fold + "X-A: b\r\n" + kHost + "\r\n");
    expect_bad(get("X-A: b\r\n" + fold + "\r\n"));
    expect_bad(get("", "/x", "GET", "HTTP/1.1", "Host:\r\n" + fold + "a.example\r\n"));
    expect_bad("GET /x\r\n" + fold + "HTTP/1.1\r\n" + kHost + "\r\n");
  }
}

TEST(Http1Request, H1_06_RefusesNamesThatAreNoToken) {
  const std::string marks = "!#$%&'*+-.^_`|~";
  for (int c = 0; c < 256; ++c) {
    char byte = static_cast<char>(c);
    bool token = std::isalnum(c) != 0 || (c != 0 && c < 128 && marks.find(byte) != std::string::npos);
    for (std::string name :
         {"X"s + byte + "A", "X-A"s + byte, byte + "X-A"s, "Accept"s + byte, "X-A-Long-Name-Of-Some-Field"s + byte}) {
      if (byte == '\n' || byte == '\r' || byte == ':') continue;
      expect_status(get(name + ": b\r\n"), token && byte != '_' ? 0 : 400);
    }
  }
  expect_bad(get(": b\r\n"));
  expect_bad(get(":\r\n"));
  expect_bad(get("NoColon\r\n"));
  expect_bad(get("Host\r\n"));
  expect_bad(get("\x80: b\r\n"));
}

TEST(Http1Request, H1_06_TreatsUnderscoresAsToldTo) {
  ServerLimits limits;
  std::string bytes = get("X_Forwarded_For: 10.0.0.1\r\nX-A: b\r\n");
  EXPECT_EQ(parse_request(bytes, limits).status, 400);
  limits.underscores = ServerLimits::Underscores::drop;
  EXPECT_EQ(parse_request(bytes, limits).text(), "X-A: b");
  limits.underscores = ServerLimits::Underscores::keep;
  EXPECT_EQ(parse_request(bytes, limits).text(), "X_Forwarded_For: 10.0.0.1|X-A: b");
}

TEST(Http1Request, H1_07_RefusesControlBytesAtEveryPlace) {
  for (int c = 0; c < 256; ++c) {
    std::string byte(1, static_cast<char>(c));
    bool good = c == '\t' || (c >= 0x20 && c != 0x7f);
    if (c == '\r' || c == '\n') continue;
    for (const std::string& value :
         {"b" + byte + "c", byte + "c", "c" + byte, byte, std::string(40, 'a') + byte + std::string(40, 'b')})
      expect_status(get("X-A: " + value + "\r\n"), good ? 0 : 400);
    // Targets: VCHAR without '#'.
    expect_status(get("", "/x" + byte + "y"), c > 0x20 && c < 0x7f && c != '#' ? 0 : 400);
    bool name = std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    expect_status(get("", "/x", "GET", "HTTP/1.1", "Host: a" + byte + "b.example\r\n"), name && c < 128 ? 0 : 400);
  }
}

TEST(Http1Request, H1_12_RefusesOtherVersions) {
  for (std::string version : {"HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"})
    expect_status(get("", "/x", "GET", version), 505);
  for (const std::string& version :
       {"http/1.1"s,  "Http/1.1"s,  "HTTP/01.1"s,  "HTTP/01.01"s, "HTTP/1.01"s, "HTTP/1.10"s,
        "HTTP/1"s,    "HTTP/1."s,   "HTTP/.1"s,    "HTTP/11"s,    "HTTP/ 1.1"s, "HTTP /1.1"s,
        "HTTP/1 .1"s, "HTTP/1.1 "s, " HTTP/1.1"s,  "HTTP/1.1\t"s, "HTTP/1.1x"s, "HTTP/1,1"s,
        "HTTP/-1.1"s, "HTTP/+1.1"s, "HTTP/1.1.1"s, "HTTPS/1.1"s,  "FTP/1.1"s,   "HTTP\\1.1"s,
        "HTTP/a.b"s,  "HTTP1.1"s,   "/1.1"s,       ""s,           "HTTP/0.9"s,  "HTTP/\xb9.\xb9"s})
    expect_bad(get("", "/x", "GET", version));
  for (std::string line : {"GET /x", "GET /x ", "GET", "GET ", " ", "   "}) expect_bad(line + "\r\n" + kHost + "\r\n");
  // HTTP/0.9 is refused without waiting for more.
  expect_bad("GET /\r\n");
}

TEST(Http1Request, H1_13_WantsExactlyOneGoodHost) {
  for (const std::string& value : {""s,
                                   " "s,
                                   "a,b"s,
                                   "a.example, evil"s,
                                   "user@a.example"s,
                                   "user:pw@a.example"s,
                                   "a.example/path"s,
                                   "a.example?q"s,
                                   "a.example#f"s,
                                   "a.example\\x"s,
                                   "a b.example"s,
                                   "a.example:80:80"s,
                                   "a.example:abc"s,
                                   "a.example:99999"s,
                                   "a.example:-1"s,
                                   "a.example:8 0"s,
                                   "[::1"s,
                                   "::1]"s,
                                   "[a.example]"s,
                                   "[::1]x"s,
                                   "[fe80::1%25eth0]"s,
                                   "[fe80::1%eth0]"s,
                                   "http://a.example"s,
                                   "a.example%00"s,
                                   "g\xc3\xa4.example"s,
                                   "<a>"s,
                                   "a..example"s,
                                   ".a.example"s,
                                   "'a'"s,
                                   "a;x"s,
                                   "[1.2.3.4]"s,
                                   "[::g]"s,
                                   "a.example:"s})
    expect_bad(get("", "/x", "GET", "HTTP/1.1", "Host: " + value + "\r\n"));
  expect_bad(get("", "/x", "GET", "HTTP/1.1", ""));
  expect_bad(get("", "/x", "GET", "HTTP/1.1", "Host: a.example\r\nHost: a.example\r\n"));
  expect_bad(get("", "/x", "GET", "HTTP/1.1", "Host: a.example\r\nhost: b.example\r\n"));
  expect_bad(get("", "/x", "GET", "HTTP/1.0", "Host: a.example\r\nhost: b.example\r\n"));
  for (std::string value : {"a.example:8080", "A.example", "127.0.0.1:80", "[::1]:80", "a.example.", "a"})
    EXPECT_EQ(expect_ok(get("", "/x", "GET", "HTTP/1.1", "Host: " + value + "\r\n")).authority, value);
  EXPECT_EQ(expect_ok(get("", "/x", "GET", "HTTP/1.0", "")).authority, "");
}

TEST(Http1Request, H1_14_KnowsTheFormsOfTargets) {
  for (std::string target :
       {"*", "a.example", "a.example:80", "reject", "", "http:///x", "http:/x", "http:x", "ftp://a.example/x",
        "://a.example/", "http://user@a.example/x", "http://a.example@evil/x", "http://", "?x", "http://b.example/x",
        "http://a.example:81/x", "https://a.example:80/x", "http://a.example#x", "http://a.example\\x"})
    expect_bad(get("", target));
  struct Form {
    std::string sent, target, authority;
  };
  for (const Form& form :
       {Form{"http://a.example/y?z", "/y?z", "a.example"}, Form{"HTTP://A.example/y", "/y", "A.example"},
        Form{"http://a.example", "/", "a.example"}, Form{"http://a.example?q", "/?q", "a.example"},
        Form{"http://a.example:80/", "/", "a.example:80"}, Form{"https://a.example:443/", "/", "a.example:443"},
        Form{"//b.example/y", "//b.example/y", "a.example"}}) {
    Outcome out = expect_ok(get("", form.sent));
    EXPECT_EQ(out.target, form.target);
    EXPECT_EQ(out.authority, form.authority);
  }
  EXPECT_EQ(expect_ok(get("", "*", "OPTIONS")).target, "*");
  EXPECT_EQ(expect_ok(get("", "http://a.example", "OPTIONS")).target, "*");
  EXPECT_EQ(expect_ok(get("", "http://a.example/", "GET", "HTTP/1.0", "")).authority, "a.example");
}

TEST(Http1Request, H1_17_KnowsOneExpectation) {
  EXPECT_TRUE(expect_ok(post("Expect: 100-continue\r\nContent-Length: 5\r\n")).expect_continue);
  EXPECT_TRUE(expect_ok(post("Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n")).expect_continue);
  EXPECT_FALSE(expect_ok(post("Expect: 100-continue\r\n")).expect_continue);
  EXPECT_EQ(expect_ok(post("Expect: 100-continue\r\n")).text(), "");
  for (std::string value : {"200-ok", "100-continue, other", "", "100-continue;a=b"})
    expect_status(post("Expect: " + value + "\r\n"), 417);
  expect_status(post("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417);
  expect_bad(post("Expect:\r\n 100-continue\r\nContent-Length: 5\r\n"));
  // An HTTP/1.0 client is not told anything.
  EXPECT_FALSE(
      expect_ok(get("Expect: 100-continue\r\nContent-Length: 5\r\n", "/x", "POST", "HTTP/1.0")).expect_continue);
}

TEST(Http1Request, H1_20_ForwardsNoUpgradeButWebsocket) {
  auto upgrade = [](const std::string& fields, const std::string& method = "GET",
                    const std::string& version = "HTTP/1.1") {
    Outcome out = expect_ok(get(fields, "/x", method, version));
    EXPECT_EQ(out.text(), "");
    return out.upgrade;
  };
  EXPECT_EQ(upgrade("Connection: Upgrade\r\nUpgrade: websocket\r\n"), "websocket");
  EXPECT_EQ(upgrade("Connection: keep-alive, UPGRADE\r\nUpgrade: WebSocket\r\n"), "websocket");
  EXPECT_EQ(upgrade("Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n"), "websocket");
  EXPECT_EQ(upgrade("Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n"), "websocket");
  for (const std::string& fields :
       {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"s,
        "Connection: UPGRADE\r\nUpgrade: H2C\r\n"s, "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n"s,
        "Connection: Upgrade\r\nUpgrade: ,h2c\r\n"s, "Upgrade: websocket\r\n"s,
        "Connection: Upgrade\r\nUpgrade: other/1.0\r\n"s, "Connection: Upgrade\r\nUpgrade: websocket, other\r\n"s,
        "Connection: Upgrade\r\nUpgrade: websocket, websocket\r\n"s, "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n"s,
        "Connection: Upgrade\r\n"s})
    EXPECT_EQ(upgrade(fields), "") << fields;
  EXPECT_EQ(upgrade("Connection: Upgrade\r\nUpgrade: websocket\r\n", "POST"), "");
  EXPECT_EQ(upgrade("Connection: Upgrade\r\nUpgrade: websocket\r\n", "GET", "HTTP/1.0"), "");
}

TEST(Http1Request, H1_21_TakesOutNominatedFields) {
  for (std::string option : {"x-hop", "X-Hop", "X-HOP", "close, x-hop", "keep-alive , x-hop", ",x-hop,",
                             "x-other, x-hop", "x-hop\t,\tx-other"})
    EXPECT_EQ(expect_ok(get("X-A: b\r\nX-Hop: 1\r\nConnection: " + option + "\r\nx-hop: 2\r\nX-C: d\r\n")).text(),
              "X-A: b|X-C: d");
  EXPECT_EQ(expect_ok(get("Connection: keep-alive\r\nConnection: x-hop\r\nX-Hop: 1\r\n")).text(), "");
  EXPECT_EQ(
      expect_ok(
          get("Keep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: gzip\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n"))
          .text(),
      "X-A: b");
}

TEST(Http1Request, H1_21_LetsNobodyNominateProtectedFields) {
  for (std::string option : {"content-length",
                             "Content-Length",
                             "transfer-encoding",
                             "TRANSFER-ENCODING",
                             "host",
                             "HOST",
                             "close, host",
                             "host, keep-alive",
                             "x-a,host",
                             "x-forwarded-for",
                             "X-Forwarded-Proto",
                             "x-forwarded-host",
                             "forwarded",
                             "x-real-ip",
                             "authorization",
                             "cookie",
                             "traceparent",
                             "content-type",
                             "x-request-id",
                             "trailer",
                             "expect"})
    expect_bad(post("Connection: " + option + "\r\nContent-Length: 5\r\n"));
  for (std::string value : {"a b", "\"close\"", "x;y", "a/b", "(x)"}) expect_bad(get("Connection: " + value + "\r\n"));
  std::string many;
  for (int i = 0; i < 17; ++i) many += "x" + std::to_string(i) + ",";
  expect_bad(get("Connection: " + many + "\r\n"));
}

TEST(Http1Request, SaysWhetherTheConnectionCloses) {
  EXPECT_FALSE(expect_ok(get("")).close);
  EXPECT_TRUE(expect_ok(get("Connection: close\r\n")).close);
  EXPECT_TRUE(expect_ok(get("Connection: x, CLOSE\r\n")).close);
  EXPECT_TRUE(expect_ok(get("", "/x", "GET", "HTTP/1.0")).close);
  EXPECT_FALSE(expect_ok(get("Connection: Keep-Alive\r\n", "/x", "GET", "HTTP/1.0")).close);
  EXPECT_TRUE(expect_ok(get("Connection: keep-alive, close\r\n")).close);
}

TEST(Http1Request, SaysWhetherTrailersAreWelcome) {
  EXPECT_TRUE(expect_ok(get("TE: trailers\r\n")).accepts_trailers);
  EXPECT_TRUE(expect_ok(get("Connection: te\r\nTE: gzip, Trailers\r\n")).accepts_trailers);
  EXPECT_FALSE(expect_ok(get("TE: gzip\r\n")).accepts_trailers);
}

TEST(Http1Request, H1_22_WantsHostAndPortForConnect) {
  for (std::string target :
       {"a.example", "/x", "a.example:", "http://a.example/", "*", "a.example:99999", "u@a.example:443", ":443"})
    expect_bad(get("", target, "CONNECT"));
  Outcome out = expect_ok(get("", "a.example:443", "CONNECT", "HTTP/1.1", "Host: a.example:443\r\n"));
  EXPECT_EQ(out.authority, "a.example:443");
  expect_bad(get("", "b.example:443", "CONNECT"));
}

TEST(Http1Request, H1_25_KeepsToItsLimits) {
  std::string fields;
  expect_status(get("", "/" + std::string(8191, 'a')), 0);
  expect_status(get("", "/" + std::string(8192, 'a')), 414);
  expect_status("GET /" + std::string(9000, 'a'), 414);
  expect_status("GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n" + kHost + "\r\n", 414);
  for (int i = 0; i < 99; ++i) fields += "x" + std::to_string(i) + ": v\r\n";
  expect_status(get(fields), 0);
  expect_status(get(fields + "x: v\r\n"), 431);
  expect_status(get(fields + "x: v\r\nx: v\r\n" + fields), 431);
  expect_status("GET / HTTP/1.1\r\n" + fields + "x: v\r\nx: v\r\n", 431);  // not even whole
  std::string almost = "a: " + std::string(32 * 1024 - 33 - 32 - 4 - 9, 'b') + "\r\n";
  expect_status(get(almost), 0);
  expect_status(get("b" + almost), 431);
  expect_status("GET / HTTP/1.1\r\nx: " + std::string(60'000, 'b'), 431);
  expect_status(get(std::string(100'000, 'A') + ": b\r\n"), 431);
  expect_status(get("", "/x", std::string(100'000, 'A')), 400);
  expect_status(std::string(40, 'A'), 400);
}

TEST(Http1Request, CountsLinesBeyondThoseItNotes) {
  ServerLimits limits;
  limits.head_fields = 1000;
  std::string fields;
  for (int i = 0; i < 500; ++i) fields += "x" + std::to_string(i) + ": v\r\n";
  Outcome out = parse_request(get(fields), limits);
  ASSERT_EQ(out.fields.size(), 500u);
  EXPECT_EQ(out.fields[499].first, "x499");
}

TEST(Http1Request, H1_26_RefusesAmbiguousMethods) {
  for (const std::string& method : {"get"s,
                                    "Get"s,
                                    "GET/"s,
                                    "G ET"s,
                                    "GET\t"s,
                                    "\tGET"s,
                                    " GET"s,
                                    ""s,
                                    "GET\0"s,
                                    "G\x01T"s,
                                    "GET\x7f"s,
                                    "G\xc3\x8bT"s,
                                    "GET:"s,
                                    "(GET)"s,
                                    "GET,POST"s,
                                    "<GET>"s,
                                    "\"GET\""s,
                                    std::string(1025, 'G'),
                                    std::string(33, 'G'),
                                    "@"s,
                                    "GE\rT"s})
    expect_bad(get("", "/x", method));
  for (std::string method : {"FOOBAR", "PURGE", "PROPFIND", "M-SEARCH", "X!#$%&'*+.^_`|~9"})
    EXPECT_EQ(expect_ok(get("", "/x", method)).method, method);
}

TEST(Http1Request, RefusesGarbageAtOnce) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  expect_bad(all);
  expect_bad("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s);
  expect_bad("\xff\xff");
  expect_bad("{\"a\"");
  expect_bad("GET / HTTP/1.1\r\nX\rY");
  expect_bad("GET / HTTP/1.1\r\nX\n");
}

TEST(Http1Request, RefusesTwoContentTypes) {
  expect_bad(post("Content-Type: text/plain\r\nContent-Type: text/html\r\n"));
  expect_ok(post("Content-Type: text/plain\r\n"));
}

TEST(Http1Request, TellsTheHttp2PrefaceApart) {
  std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  EXPECT_TRUE(is_http2_preface(preface));
  EXPECT_FALSE(is_http2_preface(get("")));
  EXPECT_FALSE(is_http2_preface(std::string_view("PRI * HTTP/2.0")));
  expect_status(preface, 505);
  EXPECT_EQ(parse_request("PRI * HTTP/2.").status, -1);
}

// Random heads from pieces that matter: every scanner and every cut agree, and what is accepted keeps its bytes in
// order.
TEST(Http1Request, AllScannersAgreeOnRandomHeads) {
  const std::vector<std::string> pieces = {"GET ",
                                           "/x ",
                                           "HTTP/1.1",
                                           "\r\n",
                                           "\r\n",
                                           "\r\n\r\n",
                                           "\n",
                                           "\r",
                                           "Host: a\r\n",
                                           "A: b\r\n",
                                           ": ",
                                           "\t",
                                           " ",
                                           "\0"s,
                                           "\x7f",
                                           "\x80",
                                           "x",
                                           "Content-Length: 1\r\n",
                                           "Transfer-Encoding: chunked\r\n",
                                           "Connection: close\r\n",
                                           std::string(61, 'a'),
                                           std::string(64, 'b'),
                                           std::string(33, 'c'),
                                           "_",
                                           "#"};
  Random random(7);
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = random.below(4) > 0 ? "GET /x HTTP/1.1\r\nHost: a\r\n" : "";
    for (uint64_t n = random.below(12); n > 0; --n) bytes += pieces[random.below(pieces.size())];
    if (random.below(2) == 0) bytes += "\r\n\r\n";
    parse_request(bytes);
  }
}

}  // namespace
}  // namespace mesh::codec
