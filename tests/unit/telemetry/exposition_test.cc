#include "telemetry/exposition.h"

#include <gtest/gtest.h>

#include <array>

#include "unit/telemetry/strict_exposition.h"

namespace mesh::telemetry {
namespace {

TEST(ChooseFormat, FollowsTheWeights) {
  EXPECT_EQ(choose_format(""), TextFormat::prometheus);
  EXPECT_EQ(choose_format("*/*"), TextFormat::prometheus);
  EXPECT_EQ(choose_format("text/plain"), TextFormat::prometheus);
  EXPECT_EQ(choose_format("application/openmetrics-text"), TextFormat::openmetrics);
  // As Prometheus 2 asks.
  EXPECT_EQ(
      choose_format("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
      TextFormat::openmetrics);
  EXPECT_EQ(choose_format("application/openmetrics-text; version=\"1.0.0\"; q=0.3, text/plain; q=0.9"),
            TextFormat::prometheus);
  EXPECT_EQ(choose_format("application/openmetrics-text;q=0"), TextFormat::prometheus);
  EXPECT_EQ(choose_format("application/openmetrics-text;version=0.0.1"), TextFormat::prometheus);
  EXPECT_EQ(choose_format("application/openmetrics-text;q=2"), TextFormat::prometheus);
}

std::string write_sample(TextFormat format) {
  ExpositionWriter out(format);
  out.family("a_requests", Type::counter, "Back\\slash and\nfeed.");
  out.sample(std::array{Label{"name", "q\"uo\\te\n"}}, uint64_t{7});
  out.family("a_level", Type::gauge, "Level.");
  out.sample({}, 0.5);
  out.family("a_build", Type::info, "Build.");
  out.sample(std::array{Label{"version", "1"}}, uint64_t{1});
  out.family("a_seconds", Type::histogram, "Time.");
  std::array<uint64_t, kBuckets.size() + 1> counts{};
  counts[0] = 1;
  counts[2] = 2;
  counts.back() = 4;
  out.histogram(std::array{Label{"x", "y"}}, counts, 1.25);
  return out.finish();
}

TEST(ExpositionWriter, PrometheusTextIsCorrect) {
  test::StrictExposition read(write_sample(TextFormat::prometheus), false);
  EXPECT_EQ(read.all_problems(), "");
  EXPECT_EQ(read.value("a_requests_total{name=\"q\\\"uo\\\\te\\n\"}"), 7);
  EXPECT_EQ(read.value("a_seconds_bucket{x=\"y\",le=\"0.001\"}"), 1);
  EXPECT_EQ(read.value("a_seconds_bucket{x=\"y\",le=\"60.0\"}"), 3);
  EXPECT_EQ(read.value("a_seconds_count{x=\"y\"}"), 7);
  EXPECT_EQ(read.value("a_seconds_sum{x=\"y\"}"), 1.25);
  EXPECT_EQ(read.value("a_build_info{version=\"1\"}"), 1);
}

TEST(ExpositionWriter, OpenMetricsIsCorrect) {
  std::string text = write_sample(TextFormat::openmetrics);
  test::StrictExposition read(text, true);
  EXPECT_EQ(read.all_problems(), "");
  EXPECT_NE(text.find("# TYPE a_requests counter\n"), std::string::npos);
  EXPECT_NE(text.find("# TYPE a_build info\n"), std::string::npos);
}

// The checker itself must notice things.
TEST(StrictExposition, FindsWhatIsWrong) {
  for (std::string_view bad :
       {"# HELP a x\n# TYPE a gauge\na 1", "a 1\n", "# TYPE a gauge\na 1\na 2\n", "# TYPE a counter\na 1\n",
        "# TYPE a gauge\na{b=\"c} 1\n", "# TYPE a gauge\na{b=\"\\q\"} 1\n", "# TYPE a gauge\na x\n",
        "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\n", "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\n",
        "# TYPE a gauge\na 1\n# EOF\n"})
    EXPECT_FALSE(test::StrictExposition(bad, false).problems().empty()) << bad;
  EXPECT_FALSE(test::StrictExposition("# TYPE a gauge\na 1\n", true).problems().empty());
  EXPECT_TRUE(test::StrictExposition("# TYPE a gauge\na 1\n# EOF\n", true).problems().empty());
}

}  // namespace
}  // namespace mesh::telemetry
