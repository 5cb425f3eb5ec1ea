#include "balance/picker.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace mesh::balance {
namespace {

struct Fixture {
  std::vector<Load> loads;
  std::vector<bool> out;
  Random random{7};

  explicit Fixture(std::vector<Load> l) : loads(std::move(l)), out(loads.size(), false) {}

  size_t pick(Picker& picker) {
    return picker.pick(loads.size(), [&](size_t i) { return loads[i]; }, [&](size_t i) { return !out[i]; }, random);
  }
  std::vector<size_t> counts(Picker& picker, size_t rounds) {
    std::vector<size_t> counted(loads.size());
    for (size_t i = 0; i < rounds; ++i) {
      size_t at = pick(picker);
      if (at == kNone) continue;
      ++counted[at];
    }
    return counted;
  }
};

const Kind kAll[] = {Kind::round_robin, Kind::least_request, Kind::random};

TEST(Picker, OfNothingPicksNone) {
  for (Kind kind : kAll) {
    Fixture none({});
    EXPECT_EQ(none.pick(*make_picker(kind)), kNone) << to_string(kind);
  }
}

TEST(Picker, NeverPicksWhatIsNotEligibleOrWeighsNothing) {
  for (Kind kind : kAll) {
    Fixture f({{1, 0}, {5, 0}, {0, 0}, {2, 0}, {1, 0}});
    f.out[1] = f.out[4] = true;
    auto picker = make_picker(kind);
    auto counted = f.counts(*picker, 30'000);
    EXPECT_EQ(counted[1] + counted[2] + counted[4], 0u) << to_string(kind);
    EXPECT_EQ(counted[0] + counted[3], 30'000u) << to_string(kind);
    EXPECT_GT(counted[0], 0u) << to_string(kind);
    f.out.assign(5, true);
    EXPECT_EQ(f.pick(*picker), kNone) << to_string(kind);
  }
}

TEST(Picker, FindsTheOneOfAThousandThatIsLeft) {
  for (Kind kind : kAll) {
    Fixture f(std::vector<Load>(1000, Load{1, 0}));
    for (size_t i = 0; i < 1000; ++i) f.loads[i].weight = static_cast<uint32_t>(1 + i % 3);
    f.out.assign(1000, true);
    f.out[777] = false;
    auto picker = make_picker(kind);
    for (int i = 0; i < 50; ++i) ASSERT_EQ(f.pick(*picker), 777u) << to_string(kind);
  }
}

TEST(Picker, SharesFollowTheWeights) {
  for (Kind kind : kAll) {
    Fixture f({{1, 0}, {2, 0}, {3, 0}, {10, 0}});
    auto counted = f.counts(*make_picker(kind), 160'000);
    double expected[] = {10'000, 20'000, 30'000, 100'000};
    for (size_t i = 0; i < 4; ++i)
      EXPECT_NEAR(static_cast<double>(counted[i]), expected[i], expected[i] * 0.04) << to_string(kind) << " " << i;
  }
}

TEST(Picker, SkewedWeightsKeepTheSmallOnes) {
  for (Kind kind : kAll) {
    Fixture f({{1'000'000, 0}, {1, 0}, {1'000'000, 0}});
    auto picker = make_picker(kind);
    if (kind == Kind::round_robin) {
      EXPECT_GT(f.counts(*picker, 10'000)[1], 0u);
      continue;
    }
    auto counted = f.counts(*picker, 100'000);
    EXPECT_NEAR(static_cast<double>(counted[0]), 50'000, 1'000) << to_string(kind);
    EXPECT_LT(counted[1], 10u) << to_string(kind);
  }
}

TEST(Picker, WhatWasTriedLeavesItsShareToTheOthersByWeight) {
  for (Kind kind : {Kind::round_robin, Kind::random}) {
    Fixture f({{4, 0}, {1, 0}, {3, 0}});
    f.out[0] = true;
    auto counted = f.counts(*make_picker(kind), 40'000);
    EXPECT_NEAR(static_cast<double>(counted[1]), 10'000, 500) << to_string(kind);
  }
}

TEST(Picker, NoticesNewEndpointsAtOnceAndNewWeightsSoon) {
  for (Kind kind : kAll) {
    Fixture f({{1, 0}, {1, 0}});
    auto picker = make_picker(kind);
    f.counts(*picker, 100);
    f.loads.push_back({1, 0});
    f.out.push_back(false);
    EXPECT_NEAR(static_cast<double>(f.counts(*picker, 3'000)[2]), 1'000, 150) << to_string(kind);
    f.loads[0].weight = 8;
    f.counts(*picker, 2'000);
    EXPECT_NEAR(static_cast<double>(f.counts(*picker, 10'000)[0]), 8'000, 300) << to_string(kind);
    f.loads.resize(1);
    f.out.resize(1);
    EXPECT_EQ(f.counts(*picker, 10)[0], 10u) << to_string(kind);
  }
}

TEST(RoundRobin, EqualEndpointsTakeTurns) {
  Fixture f(std::vector<Load>(5, Load{3, 0}));
  auto picker = make_picker(Kind::round_robin);
  size_t first = f.pick(*picker);
  for (size_t i = 1; i < 50; ++i) ASSERT_EQ(f.pick(*picker), (first + i) % 5);
}

TEST(RoundRobin, WeightedTurnsAreSmooth) {
  Fixture f({{5, 0}, {1, 0}, {1, 0}});
  auto picker = make_picker(Kind::round_robin);
  std::vector<size_t> turns;
  for (int i = 0; i < 70; ++i) turns.push_back(f.pick(*picker));
  // Any seven in a row hold each endpoint exactly by its weight, and the light ones are never neighbours.
  for (size_t i = 0; i + 7 <= turns.size(); ++i) {
    size_t heavy = 0;
    for (size_t j = i; j < i + 7; ++j) heavy += turns[j] == 0;
    ASSERT_EQ(heavy, 5u);
  }
  for (size_t i = 0; i + 1 < turns.size(); ++i) ASSERT_TRUE(turns[i] == 0 || turns[i + 1] == 0);
}

TEST(RoundRobin, WorkersBeginAtDifferentPlaces) {
  std::set<size_t> first;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Fixture f(std::vector<Load>(4, Load{1, 0}));
    f.random = Random(seed);
    first.insert(f.pick(*make_picker(Kind::round_robin)));
  }
  EXPECT_EQ(first.size(), 4u);
}

TEST(LeastRequest, TheLessBusyOfTwoTakesAll) {
  Fixture f({{1, 9}, {1, 2}});
  EXPECT_EQ(f.counts(*make_picker(Kind::least_request), 1'000)[1], 1'000u);
}

TEST(LeastRequest, BusyIsMeasuredByWeight) {
  Fixture f({{4, 7}, {1, 2}});  // 1.75 against 2 a weight
  EXPECT_EQ(f.counts(*make_picker(Kind::least_request), 1'000)[0], 1'000u);
}

TEST(LeastRequest, TheBusiestOfManyIsNeverPicked) {
  Fixture f({{1, 3}, {1, 1}, {1, 2}, {1, 9}});
  auto counted = f.counts(*make_picker(Kind::least_request), 20'000);
  EXPECT_EQ(counted[3], 0u);
  EXPECT_GT(counted[1], counted[2]);
  EXPECT_GT(counted[2], counted[0]);
}

TEST(LeastRequest, EvensOutLoadUnderHolding) {
  Fixture f(std::vector<Load>(10, Load{1, 0}));
  auto picker = make_picker(Kind::least_request);
  for (int i = 0; i < 1'000; ++i) ++f.loads[f.pick(*picker)].active;
  for (const Load& load : f.loads) EXPECT_NEAR(load.active, 100, 5);
}

}  // namespace
}  // namespace mesh::balance
