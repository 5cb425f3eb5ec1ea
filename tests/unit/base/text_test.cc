#include "base/text.h"

#include <gtest/gtest.h>

#include "base/duration.h"

namespace mesh {
namespace {

TEST(ParseDec, TakesDigitsOnlyAndNoOverflow) {
  EXPECT_EQ(parse_dec("0"), 0u);
  EXPECT_EQ(parse_dec("18446744073709551615"), UINT64_MAX);
  for (const char* bad :
       {"", "-1", "+1", " 1", "1 ", "0x1", "1_0", "18446744073709551616", "99999999999999999999", "1.0"})
    EXPECT_FALSE(parse_dec(bad)) << bad;
  EXPECT_FALSE(parse_dec("65536", 65535));
}

TEST(ParseHex, TakesSixteenDigitsAtMost) {
  EXPECT_EQ(parse_hex("fF"), 255u);
  EXPECT_EQ(parse_hex("ffffffffffffffff"), UINT64_MAX);
  for (const char* bad : {"", "0x1", "g", "1ffffffffffffffff", "-1"}) EXPECT_FALSE(parse_hex(bad)) << bad;
}

TEST(FormatDec, RoundTripsAtTheEdges) {
  for (uint64_t value : {uint64_t{0}, uint64_t{9}, uint64_t{10}, uint64_t{1234567890}, UINT64_MAX}) {
    char buffer[20];
    EXPECT_EQ(parse_dec(std::string_view(buffer, static_cast<size_t>(format_dec(buffer, value) - buffer))), value);
  }
}

TEST(EscapeControls, LeavesNothingATerminalActsOn) {
  EXPECT_EQ(escape_controls("plain \xc3\xa9"), "plain \xc3\xa9");
  EXPECT_EQ(escape_controls("a\r\n\x1b[31m"), "a\\x0d\\x0a\\x1b[31m");
  EXPECT_EQ(escape_controls("\x7f\xc2\x85"), "\\x7f\\xc2\\x85");
  EXPECT_EQ(escape_controls("\xe2\x80\xae"), "\\xe2\\x80\\xae");
  EXPECT_EQ(escape_controls("\xff\xc0\x80"), "\\xff\\xc0\\x80");
  EXPECT_EQ(escape_controls("\\"), "\\x5c");
  for (int byte = 0; byte < 256; ++byte) {
    std::string out = escape_controls(std::string(1, static_cast<char>(byte)));
    for (char c : out) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << byte;
  }
}

TEST(Closest, FindsTheLikelyWordOrNone) {
  std::vector<std::string_view> words{"timeouts", "tls", "retry", "gateway"};
  EXPECT_EQ(closest("timout", words), "timeouts");
  EXPECT_EQ(closest("gatway", words), "gateway");
  EXPECT_EQ(closest("getaway", words), "gateway");
  EXPECT_EQ(closest("completely-else", words), "");
}

TEST(Duration, ReadsUnitsAndRefusesBareNumbers) {
  EXPECT_EQ(Duration::parse("250ms"), Duration::milliseconds(250));
  EXPECT_EQ(Duration::parse("1.5s"), Duration::milliseconds(1500));
  EXPECT_EQ(Duration::parse("24h"), Duration::seconds(86400));
  EXPECT_EQ(Duration::parse("0s"), Duration{});
  for (const char* bad : {"", "5", "s", "-1s", "1 s", "1.s", "1s5ms", "1.0000000001s", "99999999999d"})
    EXPECT_FALSE(Duration::parse(bad)) << bad;
  for (const char* text : {"0s", "1s", "250ms", "90s", "2h", "3d", "7us", "1ns"})
    EXPECT_EQ(Duration::parse(text)->to_string(), text);
}

TEST(Rfc3339, PrintsUtcWithMilliseconds) {
  EXPECT_EQ(format_rfc3339_ms(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339_ms(1'700'000'000'123'456'789), "2023-11-14T22:13:20.123Z");
}

}  // namespace
}  // namespace mesh
