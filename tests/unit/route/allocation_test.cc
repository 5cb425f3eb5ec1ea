// The plain path allocates nothing: counted, not timed.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "unit/route/probe.h"

namespace {
std::atomic<size_t> allocations{0};
}  // namespace

void* operator new(size_t size) {
  ++allocations;
  void* out = std::malloc(size);
  if (out == nullptr) std::abort();
  return out;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace mesh::route {
namespace {

TEST(RouteAllocation, NoneForExactPrefixTemplateHeaderAndPlainQuery) {
  AlternativeSpec host = pattern("/items/{id}");
  host.hosts = {"*.shop.example"};
  host.headers = {{"x-team", ValueSpec::Kind::prefix, "a", {}}};
  host.query = {{"page", ValueSpec::Kind::exact, "1", {}}};
  Probe t({exact("/a"), prefix("/b"), host});
  BlockPool pool;
  Arena arena(pool);
  http::Headers headers(arena);
  headers.add("x-team", "abc");
  std::string long_value(300, 'v');
  std::string query = "z=" + long_value + "&page=1";
  size_t before = allocations;
  Captures captures;
  int hits = 0;
  for (const char* path : {"/a", "/b/c/d", "/items/77", "/none"}) {
    MatchInput input{0, "eu.shop.example", path, query, http::Method::get, "GET", &headers};
    hits += match(t.table, input, captures).has_value();
  }
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(hits, 3);
}

}  // namespace
}  // namespace mesh::route
