#include "telemetry/line_ring.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace mesh::telemetry {
namespace {

std::string take(LineRing& ring) {
  auto pieces = ring.waiting(ring.end());
  std::string out(pieces[0]);
  out += pieces[1];
  ring.consume(out.size());
  return out;
}

TEST(LineRing, KeepsLinesInOrderAcrossItsEnd) {
  LineRing ring(4096);
  for (int round = 0; round < 50; ++round) {
    std::string wanted;
    for (int i = 0; i < 10; ++i) {
      std::string line = std::to_string(round * 10 + i) + std::string(100, 'x') + "\n";
      ASSERT_TRUE(ring.push(line));
      wanted += line;
    }
    EXPECT_EQ(take(ring), wanted);
    EXPECT_TRUE(ring.empty());
  }
  EXPECT_EQ(ring.pushed(), 500u);
  EXPECT_EQ(ring.dropped(), 0u);
}

TEST(LineRing, DropsWholeLinesWhenFullAndCountsThem) {
  LineRing ring(4096);
  std::string line = std::string(999, 'x') + "\n";
  int taken = 0;
  for (int i = 0; i < 10; ++i) taken += ring.push(line);
  EXPECT_EQ(taken, 4);
  EXPECT_EQ(ring.dropped(), 6u);
  EXPECT_EQ(take(ring).size(), 4000u);
  EXPECT_TRUE(ring.push(line));
}

TEST(LineRing, GivesNothingBeyondAnEnd) {
  LineRing ring(4096);
  ring.push("one\n");
  uint64_t end = ring.end();
  ring.push("two\n");
  EXPECT_EQ(ring.waiting(end)[0], "one\n");
  ring.consume(4);
  EXPECT_EQ(ring.waiting(end)[0], "");
  EXPECT_EQ(take(ring), "two\n");
  EXPECT_EQ(ring.waiting(end)[0], "");
}

TEST(LineRing, SaysWhenHalfIsPassed) {
  LineRing ring(4096);
  EXPECT_TRUE(ring.push(std::string(2000, 'x')));
  EXPECT_FALSE(ring.passed_half());
  EXPECT_TRUE(ring.push(std::string(100, 'x')));
  EXPECT_TRUE(ring.passed_half());
  EXPECT_TRUE(ring.push(std::string(100, 'x')));
  EXPECT_FALSE(ring.passed_half());
}

TEST(LineRing, OneProducerAndOneConsumerLoseNothing) {
  LineRing ring(4096);
  constexpr uint64_t kLines = 20'000;
  std::thread producer([&] {
    for (uint64_t i = 0; i < kLines;) i += ring.push("line " + std::to_string(i) + "\n");
  });
  std::string all;
  while (ring.pushed() < kLines || !ring.empty()) all += take(ring);
  producer.join();
  std::string wanted;
  for (uint64_t i = 0; i < kLines; ++i) wanted += "line " + std::to_string(i) + "\n";
  EXPECT_EQ(all, wanted);
}

}  // namespace
}  // namespace mesh::telemetry
