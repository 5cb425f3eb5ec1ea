#include "base/log.h"

#include <gtest/gtest.h>

namespace mesh::log {
namespace {

constexpr int64_t kNoon = 1'769'860'800'123'000'000;  // 2026-01-31T12:00:00.123Z

TEST(Log, TextIsAConstantMessageWithPairs) {
  EXPECT_EQ(format_line(Format::text, Level::info, kNoon, "listener ready", {{"name", "web"}, {"address", "[::1]:80"}}),
            "2026-01-31T12:00:00.123Z info  listener ready name=web address=[::1]:80");
  EXPECT_EQ(format_line(Format::text, Level::error, kNoon, "no", {}), "2026-01-31T12:00:00.123Z error no");
}

TEST(Log, TextQuotesWhatCouldBeTakenForAnotherPair) {
  EXPECT_EQ(format_line(Format::text, Level::warn, kNoon, "m", {{"a", "x y=z"}, {"b", ""}, {"c", "say \"hi\"\n"}}),
            "2026-01-31T12:00:00.123Z warn  m a=\"x y=z\" b=\"\" c=\"say \\x22hi\\x22\\x0a\"");
}

TEST(Log, JsonHoldsTheSame) {
  EXPECT_EQ(format_line(Format::json, Level::debug, kNoon, "m", {{"a", "x\"\n"}}),
            R"({"time":"2026-01-31T12:00:00.123Z","level":"debug","message":"m","a":"x\"\u000a"})");
}

TEST(Log, LevelsBelowTheChosenOneAreOff) {
  configure(Level::warn, Format::json);
  EXPECT_FALSE(enabled(Level::info));
  EXPECT_TRUE(enabled(Level::warn));
  configure(Level::info, Format::text);
  EXPECT_TRUE(enabled(Level::info));
  EXPECT_FALSE(enabled(Level::debug));
}

TEST(Log, GoesToStandardError) {
  configure(Level::info, Format::text);
  testing::internal::CaptureStderr();
  info("listener ready", {{"name", std::string("web")}});
  debug("not this");
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(said.ends_with(" info  listener ready name=web\n")) << said;
  EXPECT_EQ(said.find("not this"), std::string::npos);
}

}  // namespace
}  // namespace mesh::log
