// The framing fields of requests: rows H1-01 to H1-03 of threats.md 2.1.
#include <gtest/gtest.h>

#include <string>

#include "unit/codec/http1_requests.h"

namespace mesh::codec {
namespace {

using http::Framing;
using namespace std::string_literals;

TEST(Http1Framing, H1_01_RefusesBothLengths) {
  for (std::string coding : {"chunked", "CHUNKED"})
    for (std::string length : {"0", "4", "5", "30"}) {
      std::string cl = "Content-Length: " + length + "\r\n", te = "Transfer-Encoding: " + coding + "\r\n";
      expect_bad(post(cl + te));
      expect_bad(post(te + cl));
      expect_bad(post(cl + "X-A: b\r\n" + te));
    }
}

TEST(Http1Framing, H1_02_RefusesCodingsInDisguise) {
  const std::string te = "Transfer-Encoding";
  for (const std::string& line : {te + " : chunked",
                                  te + "\t: chunked",
                                  " " + te + ": chunked",
                                  te + "\t:\tchunked",
                                  "Transfer Encoding: chunked"s,
                                  "Transfer_Encoding: chunked"s,
                                  te + ":\n chunked",
                                  te + ":\r\n \r\n chunked",
                                  te + "\n : chunked",
                                  "Foo: bar\r" + te + ": chunked",
                                  "Foo: bar\n" + te + ": chunked",
                                  te + ": chunked\x0b",
                                  te + ":\x0b"
                                       "chunked",
                                  te + ": \x0c"
                                       "chunked",
                                  te + ":\xa0"
                                       "chunked",
                                  te + ": \"chunked\"",
                                  te + ": chunked, cow",
                                  te + ": chunked, identity",
                                  te + ": identity, chunked",
                                  te + ": identity",
                                  "Foo: bar\r\n\r" + te + ": chunked",
                                  te + ": chunked\r",
                                  te + ": \rchunked",
                                  "Transfer\r-Encoding: chunked"s,
                                  te + ": cow chunked bar",
                                  "Transf\x82r-Encoding: chunked"s,
                                  te + ": ch\x96nked",
                                  te + ":\xff"
                                       "chunked",
                                  te + " x: chunked",
                                  te + ": chunked;foo=bar",
                                  "Transfer\\Encoding: chunked"s,
                                  te + ": chunked\r\n" + te + ": chunked",
                                  te + ": chunked\r\n" + te + ": cow",
                                  te + ": identity\r\n" + te + ": chunked",
                                  te + ": chunked, chunked",
                                  te + ": , chunked",
                                  te + ": chunked,",
                                  te + ":",
                                  te + ": ",
                                  te + ": chunked\0"s,
                                  te + ": chun\0ked"s,
                                  te + ":\r\n chunked",
                                  te + ": chunked\r\n\t",
                                  te + ": chunked\x85",
                                  "\xef\xbb\xbf" + te + ": chunked",
                                  te + ":: chunked",
                                  te + "=chunked",
                                  te + " chunked",
                                  te + ": \x07"
                                       "chunked",
                                  te + ": chunked\x7f",
                                  te + ": [chunked]",
                                  te + ":\tchunked",
                                  te + ":  chunked",
                                  te + ": chunked ",
                                  te + ": chunked\t",
                                  "T\xc5\xbfransfer-Encoding: chunked"s}) {
    expect_bad(post(line + "\r\n"));
    expect_bad(post(line + "\r\nContent-Length: 5\r\n"));
    expect_bad(post("Content-Length: 5\r\n" + line + "\r\n"));
  }
  for (const std::string& coding :
       {"gzip"s, "gzip, chunked"s, "xchunked"s, "chunk"s, "cow, chunked"s, "'chunked'"s, "%63hunked"s}) {
    expect_status(post(te + ": " + coding + "\r\n"), 501);
    expect_bad(post(te + ": " + coding + "\r\nContent-Length: 5\r\n"));
  }
  expect_bad(get(te + ": chunked\r\n", "/x", "POST", "HTTP/1.0"));
}

TEST(Http1Framing, H1_02_ReadsChunkedInAnyCase) {
  for (std::string line : {"Transfer-Encoding: chunked", "transfer-encoding: chunked", "TRANSFER-ENCODING: CHUNKED",
                           "TrAnSfEr-EnCoDiNg:cHuNkEd"}) {
    Outcome out = expect_ok(post(line + "\r\n"));
    EXPECT_EQ(out.framing.kind, Framing::Kind::stream);
    EXPECT_EQ(out.text(), "");
  }
}

TEST(Http1Framing, H1_03_RefusesLengthsThatAreNoPlainNumber) {
  for (const std::string& value : {"+5"s,
                                   "-0"s,
                                   "-1"s,
                                   "0x5"s,
                                   "0X5"s,
                                   "5x"s,
                                   "x5"s,
                                   "1_0"s,
                                   "5,5"s,
                                   "5, 5"s,
                                   "5,6"s,
                                   "5,"s,
                                   ",5"s,
                                   "5 5"s,
                                   "5;5"s,
                                   "5.0"s,
                                   "5e0"s,
                                   ""s,
                                   "abc"s,
                                   "\0135"s,
                                   "5\x0b"s,
                                   "\xa0"
                                   "5"s,
                                   "5\0"s,
                                   "\0005"s,
                                   "\"5\""s,
                                   "'5'"s,
                                   "(5)"s,
                                   "5%20"s,
                                   "\xef\xbc\x95"s,
                                   "99999999999999999999"s,
                                   "18446744073709551616"s,
                                   "18446744073709551621"s,
                                   "9223372036854775808"s,
                                   "1000000000000000000"s,
                                   "0o5"s,
                                   "0b101"s,
                                   "NaN"s,
                                   "infinity"s,
                                   "5\t5"s,
                                   "5\x85"s,
                                   "\xb2"s,
                                   "00x5"s,
                                   "5-"s,
                                   "--5"s,
                                   "005"s,
                                   "00"s,
                                   " 5"s,
                                   "5 "s,
                                   "\t5"s,
                                   "5\t"s}) {
    expect_bad(post("Content-Length: " + value + "\r\n"));
  }
  for (std::string second : {"5", "6", "0", "abc", "05"})
    expect_bad(post("Content-Length: 5\r\nContent-Length: " + second + "\r\n"));
  for (std::string name :
       {"Content-Length ", "Content-Length\t", " Content-Length", "Content_Length", "Content-Length\x0b"})
    expect_bad(post(name + ": 5\r\n"));
}

TEST(Http1Framing, H1_03_ReadsLengths) {
  EXPECT_EQ(expect_ok(post("Content-Length: 0\r\n")).framing.length, 0u);
  EXPECT_EQ(expect_ok(post("content-length:5\r\n")).framing.length, 5u);
  Outcome out = expect_ok(post("Content-Length: 999999999999999999\r\n"));
  EXPECT_EQ(out.framing.kind, Framing::Kind::length);
  EXPECT_EQ(out.framing.length, 999999999999999999u);
  EXPECT_EQ(out.text(), "");
}

}  // namespace
}  // namespace mesh::codec
