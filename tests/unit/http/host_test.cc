// Authorities: row PA-05 of threats.md 2.2 and H1-13 of 2.1.
#include "http/host.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh::http {
namespace {

using namespace std::string_literals;

class HostTest : public testing::Test {
 protected:
  // "host", "host|port" or "!".
  std::string read(const std::string& text) {
    auto out = parse_authority(text, arena_);
    if (!out) return "!";
    return std::string(out->host) + (out->port ? "|" + std::to_string(*out->port) : "");
  }

  BlockPool pool_;
  Arena arena_{pool_};
};

struct Case {
  std::string text, read;
};

TEST_F(HostTest, PA_05_HasOneFormForEachHost) {
  for (const Case& c : {
           Case{"a", "a"},
           Case{"a.example", "a.example"},
           Case{"A.Example", "a.example"},
           Case{"a.example.", "a.example"},
           Case{"A.", "a"},
           Case{"a.example:80", "a.example|80"},
           Case{"a.example.:443", "a.example|443"},
           Case{"a:0", "a|0"},
           Case{"a:65535", "a|65535"},
           Case{"a:080", "a|80"},
           Case{"127.0.0.1", "127.0.0.1"},
           Case{"127.0.0.1:8080", "127.0.0.1|8080"},
           Case{"255.255.255.255", "255.255.255.255"},
           Case{"0.0.0.0", "0.0.0.0"},
           Case{"[::1]", "[::1]"},
           Case{"[::1]:80", "[::1]|80"},
           Case{"[2001:DB8::A]", "[2001:db8::a]"},
           Case{"[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]"},
           Case{"xn--bcher-kva.example", "xn--bcher-kva.example"},
           Case{"XN--Bcher-Kva.example", "xn--bcher-kva.example"},
           Case{"_dmarc.a", "_dmarc.a"},
           Case{"a-b.c", "a-b.c"},
           Case{"1a.2b", "1a.2b"},
           Case{"1.2.3.4.example", "1.2.3.4.example"},
           Case{"4.example", "4.example"},
       })
    EXPECT_EQ(read(c.text), c.read) << c.text;
}

TEST_F(HostTest, PA_05_RefusesWhatOthersReadDifferently) {
  for (const std::string& text : {""s,
                                  "."s,
                                  ".."s,
                                  "a.."s,
                                  ".a"s,
                                  "a..b"s,
                                  ":80"s,
                                  "a:"s,
                                  "a:b"s,
                                  "a:65536"s,
                                  "a:99999"s,
                                  "a:000080"s,
                                  "a:-1"s,
                                  "a:+1"s,
                                  "a: 1"s,
                                  "a:1 "s,
                                  "a:80:80"s,
                                  "a,b"s,
                                  "a b"s,
                                  " a"s,
                                  "a "s,
                                  "u@a"s,
                                  "u:p@a"s,
                                  "a/b"s,
                                  "a?b"s,
                                  "a#b"s,
                                  "a\\b"s,
                                  "a%2eb"s,
                                  "a%00"s,
                                  "<a>"s,
                                  "'a'"s,
                                  "a;b"s,
                                  "(a)"s,
                                  "a*b"s,
                                  "*"s,
                                  "a\0b"s,
                                  "a\tb"s,
                                  "b\xc3\xbc"
                                  "cher.example"s,
                                  "\xef\xbd\x81.example"s,
                                  "xn--"s,
                                  "xn--.example"s,
                                  "xn--a-.example"s,
                                  "xn--a_b.example"s,
                                  "[::1"s,
                                  "::1"s,
                                  "::1]"s,
                                  "[]"s,
                                  "[::1]x"s,
                                  "[::1].a"s,
                                  "[::1]:"s,
                                  "[::1]:x"s,
                                  "[fe80::1%eth0]"s,
                                  "[fe80::1%25eth0]"s,
                                  "[a]"s,
                                  "[1.2.3.4]"s,
                                  "[::g]"s,
                                  "[[::1]]"s,
                                  "[::1\0]"s,
                                  "[::1\0x]:80"s,
                                  "[::1 ]"s,
                                  "[::1]]"s,
                                  "[1:2:3:4:5:6:7:8:9]"s,
                                  "[v1.a]"s,
                                  "1"s,
                                  "127.1"s,
                                  "127.0.1"s,
                                  "1.2.3.4.5"s,
                                  "256.1.1.1"s,
                                  "01.2.3.4"s,
                                  "1.2.3.04"s,
                                  "0x7f.0.0.1"s,
                                  "0x7f000001"s,
                                  "2130706433"s,
                                  "a.1"s,
                                  "1.2.3.4.."s,
                                  "a.0x1"s,
                                  "a.0x"s,
                                  "1..2.3"s})
    EXPECT_EQ(read(text), "!") << text;
}

TEST_F(HostTest, BoundsLabelsAndNames) {
  EXPECT_EQ(read(std::string(63, 'a')), std::string(63, 'a'));
  EXPECT_EQ(read(std::string(64, 'a')), "!");
  EXPECT_EQ(read("a." + std::string(64, 'a')), "!");
  std::string name;
  while (name.size() < 250) name += "a.";
  EXPECT_EQ(read(name + "bcd"), name + "bcd");
  EXPECT_EQ(read(name + "bcd."), name + "bcd");
  EXPECT_EQ(read(name + "bcde"), "!");
}

TEST_F(HostTest, KnowsEveryByte) {
  for (int c = 0; c < 256; ++c) {
    bool name =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    std::string text = "a"s + static_cast<char>(c) + "b";
    if (c == ':') continue;
    EXPECT_EQ(read(text) != "!", name) << c;
  }
}

TEST_F(HostTest, CopiesOnlyWhatChanges) {
  std::string text = "a.example:80";
  EXPECT_EQ(parse_authority(text, arena_)->host.data(), text.data());
}

}  // namespace
}  // namespace mesh::http
