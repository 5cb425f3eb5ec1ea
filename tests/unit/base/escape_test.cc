#include "base/escape.h"

#include <gtest/gtest.h>

namespace mesh {
namespace {

std::string json(std::string_view text) {
  std::string out;
  append_json(out, text);
  return out;
}
std::string text(std::string_view value) {
  std::string out;
  append_text(out, value);
  return out;
}

TEST(Escape, PlainTextOfAnyLengthStaysAsItIs) {
  std::string plain;
  for (char c = 0x20; c < 0x7f; ++c)
    if (c != '"' && c != '\\') plain += c;
  for (size_t n = 0; n <= plain.size(); ++n) {
    EXPECT_EQ(json(plain.substr(0, n)), plain.substr(0, n));
    EXPECT_EQ(text(plain.substr(0, n)), plain.substr(0, n));
  }
}

// OP-02: each byte alone and at every place of a word of eight.
TEST(Escape, ControlsNeverGetThroughAtAnyPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    bool passes = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
    for (size_t at = 0; at < 17; ++at) {
      std::string value(17, 'a');
      value[at] = static_cast<char>(byte);
      EXPECT_EQ(json(value) == value, passes) << byte;
      EXPECT_EQ(text(value) == value, passes) << byte;
      for (const std::string& out : {json(value), text(value)})
        for (char c : out) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << byte << " at " << at;
    }
  }
}

TEST(Escape, JsonWritesControlsAsCodePoints) {
  EXPECT_EQ(json("a\x1b[31m\n\x7f"), "a\\u001b[31m\\u000a\\u007f");
  EXPECT_EQ(json("say \"hi\" \\"), "say \\\"hi\\\" \\\\");
  EXPECT_EQ(json("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(json("\xe2\x80\xae"), "\\u202e");
  EXPECT_EQ(json("\xe2\x80\xa8"), "\\u2028");
}

TEST(Escape, JsonReplacesWhatIsNoUtf8) {
  EXPECT_EQ(json("\xff"
                 "a\xc3"),
            "\\ufffda\\ufffd");
  EXPECT_EQ(json("\xc0\xaf"), "\\ufffd\\ufffd");                        // overlong
  EXPECT_EQ(json("\xed\xa0\x80"), "\\ufffd\\ufffd\\ufffd");             // surrogate
  EXPECT_EQ(json("\xf4\x90\x80\x80"), "\\ufffd\\ufffd\\ufffd\\ufffd");  // beyond U+10FFFF
}

TEST(Escape, TextWritesBytes) {
  EXPECT_EQ(text("a\x1b\"\\"), "a\\x1b\\x22\\x5c");
  EXPECT_EQ(text("\xe2\x80\xae"), "\\xe2\\x80\\xae");
  EXPECT_EQ(text("\xff"), "\\xff");
}

TEST(Escape, OtherUnicodeIsKept) {
  EXPECT_EQ(json("h\xc3\xa9 \xf0\x9f\x98\x80"), "h\xc3\xa9 \xf0\x9f\x98\x80");
  EXPECT_EQ(text("h\xc3\xa9 \xf0\x9f\x98\x80"), "h\xc3\xa9 \xf0\x9f\x98\x80");
}

}  // namespace
}  // namespace mesh
