#include "base/arena.h"

#include <gtest/gtest.h>

namespace mesh {
namespace {

TEST(Arena, KeepsEverythingUntilReset) {
  BlockPool pool;
  Arena arena(pool);
  std::vector<std::string_view> copies;
  for (int i = 0; i < 5000; ++i) copies.push_back(arena.copy("value " + std::to_string(i)));
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(copies[static_cast<size_t>(i)], "value " + std::to_string(i));
  std::string_view large = arena.copy(std::string(100'000, 'x'));
  EXPECT_EQ(large.size(), 100'000u);
  EXPECT_EQ(arena.concat("a", "", std::string("bc")), "abc");
}

TEST(Arena, TailIsContiguousAndReservedOnlyByCommit) {
  BlockPool pool;
  Arena arena(pool);
  std::span<char> room = arena.tail(100);
  ASSERT_GE(room.size(), 100u);
  EXPECT_EQ(arena.tail(100).data(), room.data());
  arena.commit(10);
  EXPECT_EQ(arena.tail(1).data(), room.data() + 10);
  EXPECT_GE(arena.tail(50'000).size(), 50'000u);
}

TEST(Arena, AllocationsAreAligned) {
  BlockPool pool;
  Arena arena(pool);
  for (size_t align : {1u, 2u, 4u, 8u, 16u}) {
    (void)arena.allocate(1);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.allocate(align, align)) % align, 0u);
  }
}

}  // namespace
}  // namespace mesh
