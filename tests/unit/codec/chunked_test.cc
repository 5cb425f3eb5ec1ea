// The chunked coding: rows H1-08 to H1-11 of threats.md 2.1.
#include "codec/chunked.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/arena.h"
#include "base/random.h"

namespace mesh::codec {
namespace {

using namespace std::string_literals;

struct Decoded {
  bool ok = true;
  bool done = false;
  size_t consumed = 0;
  std::string data, trailers, error;
};

// Feeds the bytes in pieces of `step`, each in memory of its own size.
Decoded decode(const std::string& bytes, size_t step) {
  BlockPool pool;
  Arena arena(pool);
  http::Headers trailers(arena);
  ChunkedDecoder decoder(trailers);
  Decoded out;
  while (out.consumed < bytes.size() && !out.done) {
    size_t size = std::min(step, bytes.size() - out.consumed);
    std::vector<char> piece(bytes.begin() + static_cast<ptrdiff_t>(out.consumed),
                            bytes.begin() + static_cast<ptrdiff_t>(out.consumed + size));
    auto fed = decoder.feed(piece);
    if (!fed) {
      out.ok = false;
      out.error = fed.error().message;
      return out;
    }
    out.data += fed->data;
    out.done = fed->done;
    out.consumed += fed->consumed;
    if (!out.done) EXPECT_EQ(fed->consumed, size);
  }
  for (const auto& field : trailers) out.trailers += std::string(field.name) + "=" + std::string(field.value) + ";";
  return out;
}

Decoded decode_every_way(const std::string& bytes) {
  Decoded whole = decode(bytes, bytes.size());
  for (size_t step : {1, 2, 3, 5, 7, 16}) {
    Decoded other = decode(bytes, step);
    EXPECT_EQ(other.ok, whole.ok) << bytes;
    if (!whole.ok) continue;
    EXPECT_EQ(other.data, whole.data);
    EXPECT_EQ(other.done, whole.done);
    EXPECT_EQ(other.consumed, whole.consumed);
    EXPECT_EQ(other.trailers, whole.trailers);
  }
  return whole;
}

void expect_bad(const std::string& bytes) {
  Decoded out = decode_every_way(bytes);
  EXPECT_FALSE(out.ok && out.done) << bytes << " -> " << out.data;
  EXPECT_FALSE(out.ok) << bytes << " waits for more";
}
std::string expect_ok(const std::string& bytes) {
  Decoded out = decode_every_way(bytes + "NEXT");
  EXPECT_TRUE(out.ok) << bytes << " " << out.error;
  EXPECT_TRUE(out.done) << bytes;
  EXPECT_EQ(out.consumed, bytes.size());
  return out.data;
}

TEST(Chunked, DecodesContent) {
  EXPECT_EQ(expect_ok("0\r\n\r\n"), "");
  EXPECT_EQ(expect_ok("5\r\nhello\r\n0\r\n\r\n"), "hello");
  EXPECT_EQ(expect_ok("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "hello world");
  EXPECT_EQ(expect_ok("A\r\nhelloworld\r\n000\r\n\r\n"), "helloworld");
  EXPECT_EQ(expect_ok("a\r\nhelloworld\r\n0\r\n\r\n"), "helloworld");
  EXPECT_EQ(expect_ok("0000000000000005\r\nhello\r\n0\r\n\r\n"), "hello");
  EXPECT_EQ(expect_ok("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), "\r\n0\r\n\r\n");
}

TEST(Chunked, H1_04_RefusesBareLineEnds) {
  for (const std::string& end : {"\n"s, "\r"s, "\r\r\n"s, "\n\r"s, "\0\r\n"s, "\r\0\n"s, "\x0b\r\n"s, ""s}) {
    expect_bad("5" + end + "hello\r\n0\r\n\r\n");
    expect_bad("5\r\nhello" + end + "0\r\n\r\n");
    expect_bad("5\r\nhello\r\n0" + end + "X\r\n");
    if (!end.empty()) expect_bad("0\r\nX-T: a" + end + "X-U\r\n\r\n");
  }
  expect_bad("0\r\n\n");
  expect_bad("0\r\n\rX");
  expect_bad("0\r\nX-T: a\r\n\n");
}

TEST(Chunked, H1_08_ReadsExtensionsByTheirGrammar) {
  for (const std::string& ext : {";a=b"s, ";a"s, ";a=\"b c\""s, ";a=b;c=d"s, ";a;b;c"s, ";a=\"\""s, ";a=\"\\\"\""s,
                                 ";a=\"x\\\\\";b=\"\xff\t\""s})
    EXPECT_EQ(expect_ok("5" + ext + "\r\nhello\r\n0" + ext + "\r\n\r\n"), "hello") << ext;
  for (const std::string& ext :
       {";a\nb"s,    ";a\rb"s,     ";a=\nb"s,    ";\n"s,           ";a=\"b\n\""s, ";a=\"b\r\n\""s,
        ";a=\"b"s,   ";a\0b"s,     ";a=\0"s,     ";\x01"s,         ";a=\x7f"s,    ";"s,
        ";;"s,       ";=b"s,       ";a="s,       ";a=b;"s,         ";a b"s,       ";@bad"s,
        ";a=b c"s,   ";a=(b)"s,    " a"s,        "\ta"s,           ",a"s,         ";a=\"\0\""s,
        ";\xff"s,    " ;a"s,       "; a"s,       ";a =b"s,         ";a= b"s,      ";a=b=c"s,
        ";\"a\""s,   ";a;\"b\""s,  ";a=\"b\"c"s, ";a=\"b\"\"c\""s, ";a=b\"c\""s,  ";a=\"b\\\x01\""s,
        ";a=\"b\\"s, ";a=\"b\"=c"s})
    expect_bad("5" + ext + "\r\nhello\r\n0\r\n\r\n");
}

TEST(Chunked, H1_08_BoundsExtensions) {
  expect_ok("5;a=" + std::string(250, 'b') + "\r\nhello\r\n0\r\n\r\n");
  expect_bad("5;a=" + std::string(300, 'b') + "\r\nhello\r\n0\r\n\r\n");
  expect_bad("5;a=" + std::string(1000, 'b'));
  std::string chunk = "1;a=" + std::string(200, 'b') + "\r\nx\r\n", many;
  for (int i = 0; i < 70; ++i) many += chunk;
  EXPECT_EQ(expect_ok(many + "0\r\n\r\n").size(), 70u);
  expect_bad(many + many);
}

TEST(Chunked, H1_09_RefusesSizesThatAreNoPlainHex) {
  for (const std::string& size : {""s,
                                  " 5"s,
                                  "5 "s,
                                  "\t5"s,
                                  "5\t"s,
                                  "0x5"s,
                                  "0X5"s,
                                  "+5"s,
                                  "-5"s,
                                  "-1"s,
                                  "5_0"s,
                                  "_5"s,
                                  "5.0"s,
                                  "g"s,
                                  "5g"s,
                                  "5,5"s,
                                  "\0135"s,
                                  "5\0"s,
                                  "\xef\xbc\x95"s,
                                  "FFFFFFFFFFFFFFFF"s,
                                  "10000000000000000"s,
                                  "10000000000000005"s,
                                  "FFFFFFFFFFFFFFFFF"s,
                                  "8000000000000000"s,
                                  "7FFFFFFFFFFFFFFF"s,
                                  "4000000000000001"s,
                                  "00000000000000005"s,
                                  "00000000000000000"s,
                                  "5\r"s,
                                  "'5'"s,
                                  "%35"s,
                                  "5\xa0"s})
    expect_bad(size + "\r\nhello\r\n0\r\n\r\n");
  for (std::string body : {"5\r\nhello0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "6\r\nhello\r\n0\r\n\r\n",
                           "4\r\nhello\r\n0\r\n\r\n", "5\r\nhello\n\r0\r\n\r\n", "hello\r\n0\r\n\r\n"})
    expect_bad(body);
}

TEST(Chunked, WaitsForTheEnd) {
  std::string whole = "5\r\nhello\r\n0\r\nX-T: a\r\n\r\n";
  for (size_t size = 1; size < whole.size(); ++size) {
    Decoded out = decode_every_way(whole.substr(0, size));
    EXPECT_TRUE(out.ok);
    EXPECT_FALSE(out.done) << size;
  }
}

TEST(Chunked, H1_10_MovesTinyChunksTogether) {
  std::string bytes, content;
  for (int i = 0; i < 10'000; ++i) {
    content += static_cast<char>('a' + i % 26);
    bytes += "1\r\n"s + content.back() + "\r\n";
  }
  bytes += "0\r\n\r\n";
  Decoded out = decode(bytes, bytes.size());
  EXPECT_TRUE(out.done);
  EXPECT_EQ(out.data, content);
}

TEST(Chunked, LeavesTheFirstRunWhereItIs) {
  BlockPool pool;
  Arena arena(pool);
  http::Headers trailers(arena);
  ChunkedDecoder decoder(trailers);
  std::string bytes = "5\r\nhello\r\n1\r\n!\r\n";
  auto fed = decoder.feed(bytes);
  ASSERT_TRUE(fed);
  EXPECT_EQ(fed->data, "hello!");
  EXPECT_EQ(fed->data.data(), bytes.data() + 3);
}

TEST(Chunked, H1_11_DropsForbiddenTrailers) {
  for (std::string field : {"Content-Length: 50",
                            "Transfer-Encoding: chunked",
                            "Host: evil.example",
                            "Authorization: Bearer x",
                            "Cookie: a=b",
                            "Set-Cookie: a=b",
                            "Content-Type: text/evil",
                            "Content-Encoding: gzip",
                            "Connection: close",
                            "X-Forwarded-For: 10.0.0.1",
                            "X-FORWARDED-FOR: 1",
                            "Trailer: x",
                            "Expect: 100-continue",
                            "TE: trailers",
                            "Content-Range: bytes 0-1/2",
                            "If-Match: x",
                            "Max-Forwards: 1",
                            "Upgrade: x",
                            "Location: /",
                            "X-Real-IP: 1"}) {
    Decoded out = decode_every_way("0\r\nX-A: b\r\n" + field + "\r\ngrpc-status: 0\r\n\r\n");
    EXPECT_TRUE(out.done);
    EXPECT_EQ(out.trailers, "X-A=b;grpc-status=0;") << field;
  }
}

TEST(Chunked, H1_11_RefusesTrailersThatBreakTheGrammar) {
  for (const std::string& line : {"X-T : a"s, " X-T: a"s, ": a"s, "X T: a"s, "X-T"s, "X-T: a\r\n b"s, "X-T: \0"s,
                                  "X_T: a"s, "X-T: a\x7f"s, "\t"s, "X-T: a\rb"s})
    expect_bad("5\r\nhello\r\n0\r\n" + line + "\r\n\r\n");
}

TEST(Chunked, H1_11_BoundsTrailers) {
  std::string fifty;
  for (int i = 0; i < 50; ++i) fifty += "x: y\r\n";
  EXPECT_TRUE(decode_every_way("0\r\n" + fifty + "\r\n").done);
  expect_bad("0\r\n" + fifty + "x: y\r\n\r\n");
  expect_bad("0\r\nx: " + std::string(9000, 'y') + "\r\n\r\n");
  expect_bad("0\r\nx: " + std::string(9000, 'y'));
}

TEST(Chunked, EncodesSizes) {
  auto header = [](uint64_t size) {
    char out[kChunkHeaderSize];
    return std::string(format_chunk_header(out, size));
  };
  EXPECT_EQ(header(0), "0\r\n");
  EXPECT_EQ(header(15), "f\r\n");
  EXPECT_EQ(header(16), "10\r\n");
  EXPECT_EQ(header(8000), "1f40\r\n");
  EXPECT_EQ(header(UINT64_MAX), "ffffffffffffffff\r\n");
}

TEST(Chunked, EncodesTrailersThatMayBeSent) {
  BlockPool pool;
  Arena arena(pool);
  http::Headers trailers(arena);
  EXPECT_EQ(format_last_chunk(nullptr), kLastChunk);
  trailers.add("X-A", "b");
  trailers.add("Content-Length", "5");
  trailers.add("X-B", "c\r\nX-C: d");
  trailers.add("X D", "e");
  trailers.add("grpc-status", "0");
  EXPECT_EQ(format_last_chunk(&trailers), "0\r\nX-A: b\r\ngrpc-status: 0\r\n\r\n");
}

// Content of any kind in chunks of any size comes back, however the bytes are cut.
TEST(Chunked, RoundTrips) {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    std::string content, bytes;
    for (uint64_t n = random.below(8); n > 0; --n) {
      std::string chunk;
      for (uint64_t size = 1 + random.below(40); size > 0; --size) chunk += static_cast<char>(random.below(256));
      char header[kChunkHeaderSize];
      bytes += std::string(format_chunk_header(header, chunk.size())) + chunk + "\r\n";
      content += chunk;
    }
    EXPECT_EQ(expect_ok(bytes + std::string(kLastChunk)), content);
  }
}

}  // namespace
}  // namespace mesh::codec
