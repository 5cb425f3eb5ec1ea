#include "codec/http1_write.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/http1_parse.h"
#include "unit/codec/http1_requests.h"

namespace mesh::codec {
namespace {

using http::Framing;
using http::HeaderId;
using namespace std::string_literals;

class Http1Write : public testing::Test {
 protected:
  // A head as the parser reads it, with `kept` as its buffer.
  http::RequestHead read(const std::string& bytes) {
    kept_ = bytes;
    http::RequestHead head(arena_);
    ServerLimits limits;
    EXPECT_EQ(RequestParser(limits).parse(kept_, head).state, ParseState::ok);
    return head;
  }
  std::string write(const http::RequestHead& head, Framing framing = {}) {
    return std::string(write_request_head(arena_, head, framing));
  }
  http::RequestHead plain() {
    http::RequestHead head(arena_);
    head.method_text = "GET";
    head.target = "/";
    head.authority = "a";
    return head;
  }

  BlockPool pool_;
  Arena arena_{pool_};
  std::string kept_;
};

TEST_F(Http1Write, CopiesLinesAsTheyCame) {
  auto head = read(get("X-A: b\r\nConnection: keep-alive\r\nX-C:d\r\nX-E:  f \r\nX-G: h\r\nX-I: \r\n", "/p?q"));
  EXPECT_EQ(write(head),
            "GET /p?q HTTP/1.1\r\nhost: a.example\r\nX-A: b\r\nX-C: d\r\nX-E: f\r\nX-G: h\r\nX-I: \r\n\r\n");
}

TEST_F(Http1Write, KeepsOrderWhenFieldsComeAndGo) {
  auto head = read(get("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n"));
  head.headers.remove("b");
  head.headers.add("New", "x");
  head.headers[1].value = "changed";
  head.headers[1].raw = false;
  EXPECT_EQ(write(head), "GET /x HTTP/1.1\r\nhost: a.example\r\nA: 1\r\nC: changed\r\nD: 4\r\nNew: x\r\n\r\n");
}

TEST_F(Http1Write, MakesFramingAnew) {
  auto head = plain();
  EXPECT_EQ(write(head, Framing::of_length(0)), "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(write(head, Framing::of_length(18446744073709551615u)),
            "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 18446744073709551615\r\n\r\n");
  EXPECT_EQ(write(head, Framing::stream()), "GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
}

TEST_F(Http1Write, LeavesOutFramingAndHopByHopFieldsWhoeverPutThemThere) {
  auto head = plain();
  for (auto id :
       {HeaderId::content_length, HeaderId::transfer_encoding, HeaderId::connection, HeaderId::keep_alive, HeaderId::te,
        HeaderId::upgrade, HeaderId::host, HeaderId::proxy_connection, HeaderId::http2_settings})
    head.headers.add(id, "1");
  head.headers.add("Content-Length", "5");
  head.headers.add("X-A", "b");
  EXPECT_EQ(write(head), "GET / HTTP/1.1\r\nhost: a\r\nX-A: b\r\n\r\n");
}

TEST_F(Http1Write, LeavesOutFieldsThatWouldSplitTheMessage) {
  auto head = plain();
  for (const std::string& value : {"a\r\nX: y"s, "a\nb"s, "a\rb"s, "\0"s, "a\x7f"s})
    head.headers.add("X-V", arena_.copy(value));
  for (const std::string& name : {"X A"s, ""s, "X:"s, "X\r\n"s, "X\0"s, "\xe4"s})
    head.headers.add(arena_.copy(name), "v");
  EXPECT_EQ(write(head), "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
}

TEST_F(Http1Write, WritesNoRequestLineWithBytesThatMustNotBeThere) {
  for (const std::string& text : {"/a b"s, "/a\r\nb"s, "/\0"s, "/\x80"s, "/#"s, ""s, "/a\x7f"s}) {
    auto head = plain();
    head.target = text;
    EXPECT_EQ(write(head), "") << text;
  }
  for (const std::string& text : {"a b"s, "a\r\nX: y"s, "\xe4"s}) {
    auto head = plain();
    head.authority = text;
    EXPECT_EQ(write(head), "");
    head = plain();
    head.method_text = text;
    EXPECT_EQ(write(head), "");
  }
}

TEST_F(Http1Write, AsksForAnUpgrade) {
  auto head = read(get("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"));
  EXPECT_EQ(write(head),
            "GET /x HTTP/1.1\r\nhost: a.example\r\nSec-WebSocket-Key: x\r\nconnection: upgrade\r\nupgrade: "
            "websocket\r\n\r\n");
}

TEST_F(Http1Write, PassesOnThatTrailersAreWelcome) {
  auto head = read(get("TE: trailers, gzip\r\n"));
  EXPECT_EQ(write(head), "GET /x HTTP/1.1\r\nhost: a.example\r\nte: trailers\r\nconnection: te\r\n\r\n");
}

TEST_F(Http1Write, WhatIsWrittenReadsTheSame) {
  auto head = read(get("A: 1\r\nB:2\r\nCookie: a=b; c=d\r\nContent-Length: 7\r\n", "/p/q?r=s", "POST"));
  std::string text = write(head, head.framing);
  Outcome out = parse_request(text);
  EXPECT_EQ(out.status, 0);
  EXPECT_EQ(out.method, "POST");
  EXPECT_EQ(out.target, "/p/q?r=s");
  EXPECT_EQ(out.framing.length, 7u);
  EXPECT_EQ(out.text(), "A: 1|B: 2|Cookie: a=b; c=d");
}

TEST_F(Http1Write, WritesResponses) {
  http::ResponseHead head(arena_);
  head.status = 200;
  head.headers.add(HeaderId::server, "x");
  EXPECT_EQ(write_response_head(arena_, head, {Framing::of_length(3), ConnectionField::none, "now"}),
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nserver: x\r\ndate: now\r\n\r\n");
  head.reason = "Fine";
  EXPECT_EQ(write_response_head(arena_, head, {Framing::stream(), ConnectionField::close, ""}),
            "HTTP/1.1 200 Fine\r\ntransfer-encoding: chunked\r\nserver: x\r\nconnection: close\r\n\r\n");
  head.reason = "a\r\nX: y";
  EXPECT_EQ(write_response_head(arena_, head, {Framing::until_eof(), ConnectionField::keep_alive, ""}),
            "HTTP/1.1 200 \r\nserver: x\r\nconnection: keep-alive\r\n\r\n");
  head.status = 799;
  head.reason = {};
  EXPECT_EQ(write_response_head(arena_, head, {}), "HTTP/1.1 799 \r\nserver: x\r\n\r\n");
  head.status = 101;
  head.upgrade = "websocket";
  EXPECT_EQ(write_response_head(arena_, head, {{}, ConnectionField::upgrade, ""}),
            "HTTP/1.1 101 Switching Protocols\r\nserver: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
}

TEST_F(Http1Write, RefusesInPlainText) {
  EXPECT_EQ(write_refusal(arena_, 400, "why", "now"),
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 4\r\ncontent-type: text/plain; charset=utf-8\r\ndate: now\r\n"
            "connection: close\r\n\r\nwhy\n");
}

TEST_F(Http1Write, WritesHeadsLargerThanABlock) {
  auto head = plain();
  std::string value(40'000, 'v');
  head.headers.add("X", value);
  EXPECT_EQ(write(head), "GET / HTTP/1.1\r\nhost: a\r\nX: " + value + "\r\n\r\n");
}

}  // namespace
}  // namespace mesh::codec
