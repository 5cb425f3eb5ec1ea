#include "route/template.h"

#include <gtest/gtest.h>

#include <map>

namespace mesh::route {
namespace {

std::string render(std::string_view text, const std::map<std::string, std::string, std::less<>>& values = {}) {
  BlockPool pool;
  Arena arena(pool);
  Template compiled(text);
  return std::string(compiled.render(arena, [&](std::string_view name) -> std::string_view {
    auto at = values.find(name);
    return at == values.end() ? std::string_view() : at->second;
  }));
}

TEST(Template, VariablesTakeTheirValues) {
  EXPECT_EQ(render("/v2/{id}/x-{host}{id}", {{"id", "7"}, {"host", "h"}}), "/v2/7/x-h7");
  EXPECT_EQ(render("{claims.tenant}", {{"claims.tenant", "acme"}}), "acme");
  EXPECT_EQ(render("a{none}b"), "ab");
}

TEST(Template, OtherBracesArePlainText) {
  for (const char* text : {"", "{}", "{", "}", "a{b", "{ id }", "{\"a\": 1}", "{1}", "{a b}"}) {
    EXPECT_EQ(render(text, {{"id", "7"}, {"1", "x"}}), text);
    EXPECT_TRUE(Template(text).fixed()) << text;
  }
  EXPECT_EQ(render("{{id}}", {{"id", "7"}}), "{7}");
}

TEST(Template, ValuesAreNotLookedThroughAgain) { EXPECT_EQ(render("{a}", {{"a", "{b}"}, {"b", "no"}}), "{b}"); }

TEST(Template, NamesItsVariablesInOrder) {
  EXPECT_EQ(Template("{b}{a}{b}").variables(), (std::vector<std::string_view>{"b", "a", "b"}));
}

}  // namespace
}  // namespace mesh::route
