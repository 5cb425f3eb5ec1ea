#include "http/trace_context.h"

#include <gtest/gtest.h>

#include <string>

#include "http/date.h"

namespace mesh::http {
namespace {

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c", kSpan = "b7ad6b7169203331";
const std::string kGood = "00-" + kTrace + "-" + kSpan + "-01";

bool good(const std::string& text) {
  TraceContext context;
  return parse_traceparent(text, context);
}

TEST(TraceContext, ReadsTraceparent) {
  TraceContext context;
  ASSERT_TRUE(parse_traceparent(kGood, context));
  EXPECT_EQ(context.trace_id[0], 0x0a);
  EXPECT_EQ(context.trace_id[15], 0x9c);
  EXPECT_EQ(context.parent_id[0], 0xb7);
  EXPECT_EQ(context.flags, 1);
  EXPECT_TRUE(context.sampled());
  EXPECT_TRUE(context.continued);
}

TEST(TraceContext, RefusesWhatIsNoVersion00) {
  std::string zeros(32, '0');
  for (const std::string& text :
       {std::string(), kGood.substr(0, 54), kGood + "0", kGood + "-", kGood + " ", " " + kGood,
        "00-" + zeros + "-" + kSpan + "-01", "00-" + kTrace + "-" + zeros.substr(16) + "-01",
        "ff-" + kTrace + "-" + kSpan + "-01", "0-" + kTrace + "-" + kSpan + "-001",
        "00_" + kTrace + "-" + kSpan + "-01", "00-" + kTrace + "_" + kSpan + "-01",
        "00-" + kTrace + "-" + kSpan + "_01", "00-0AF7651916CD43DD8448EB211C80319C-" + kSpan + "-01",
        "00-" + kTrace + "-B7AD6B7169203331-01", "00-" + kTrace + "-" + kSpan + "-0A",
        "0g-" + kTrace + "-" + kSpan + "-01", "00-" + kTrace + "-" + kSpan + "-0g", kGood + "-more"})
    EXPECT_FALSE(good(text)) << text;
}

TEST(TraceContext, ReadsTheKnownPartsOfHigherVersions) {
  std::string higher = "cc" + kGood.substr(2);
  EXPECT_TRUE(good(higher));
  EXPECT_TRUE(good(higher + "-what-the-future-brings"));
  EXPECT_FALSE(good(higher + "x"));
  EXPECT_FALSE(good(higher + ".x"));
}

TEST(TraceContext, ContinuesOrBeginsATrace) {
  BlockPool pool;
  Arena arena(pool);
  Random random(5);
  TraceContext next = continue_trace(kGood, true, random);
  EXPECT_TRUE(next.continued);
  std::string text(format_traceparent(next, arena));
  EXPECT_EQ(text.substr(0, 36), kGood.substr(0, 36));
  EXPECT_NE(text.substr(36, 16), kSpan);
  EXPECT_EQ(text.substr(52), "-01");
  EXPECT_TRUE(good(text));
  for (const std::string& bad : {std::string(), std::string("x"), kGood + "0"}) {
    TraceContext fresh = continue_trace(bad, true, random);
    EXPECT_FALSE(fresh.continued);
    EXPECT_TRUE(good(std::string(format_traceparent(fresh, arena))));
  }
  EXPECT_FALSE(continue_trace(kGood, false, random).continued);
}

class Tracestate : public testing::Test {
 protected:
  std::string combine(const std::vector<std::string>& fields) {
    kept_ = fields;
    Headers headers(arena_);
    for (const std::string& field : kept_) headers.add("tracestate", field);
    return std::string(combine_tracestate(headers, arena_));
  }
  BlockPool pool_;
  Arena arena_{pool_};
  std::vector<std::string> kept_;
};

TEST_F(Tracestate, JoinsFieldsInOrder) {
  EXPECT_EQ(combine({}), "");
  EXPECT_EQ(combine({"a=1"}), "a=1");
  EXPECT_EQ(combine({"a=1, b=2", "c=3"}), "a=1, b=2,c=3");
  EXPECT_EQ(combine({"", "a=1", " ,"}), "a=1");
  EXPECT_EQ(combine({"0a@v-_*/=x y~!"}), "0a@v-_*/=x y~!");
}

TEST_F(Tracestate, IsDroppedWhenAMemberIsBad) {
  for (std::string field :
       {"a", "=1", "a=", "A=1", "a b=1", "a=1=2", "_a=1", "a=\x01", "a=\xc3\xa4", "a=1,a=2", "a=1;b=2=3"})
    EXPECT_EQ(combine({field}), "") << field;
  EXPECT_EQ(combine({"a=1", "a=2"}), "");
  EXPECT_EQ(combine({"a=1", "B=2"}), "");
  std::string many;
  for (int i = 0; i < 32; ++i) many += "k" + std::to_string(i) + "=v,";
  EXPECT_EQ(combine({many}), many);
  EXPECT_EQ(combine({many, "one=more"}), "");
  EXPECT_EQ(combine({"a=" + std::string(256, 'v')}).size(), 258u);
  EXPECT_EQ(combine({"a=" + std::string(257, 'v')}), "");
  EXPECT_EQ(combine({std::string(257, 'k') + "=v"}), "");
}

TEST(Date, IsAnImfFixdate) {
  auto date = [](int64_t seconds) {
    char out[29];
    format_date(seconds, out);
    return std::string(out, sizeof out);
  };
  EXPECT_EQ(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(date(4107542399), "Sun, 28 Feb 2100 23:59:59 GMT");
  EXPECT_EQ(date(253402300799), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(Date, IsMadeAnewEachSecond) {
  DateCache cache;
  EXPECT_EQ(cache.at(784111777'000'000'000), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache.at(784111777'999'999'999), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache.at(784111778'000'000'000), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(cache.at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace mesh::http
