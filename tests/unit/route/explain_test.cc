#include <gtest/gtest.h>

#include "unit/route/probe.h"

namespace mesh::route {
namespace {

using K = ValueSpec::Kind;

SourcePos at(uint32_t line) { return {std::make_shared<const std::string>("m.yaml"), line, 7}; }

Verdict verdict_of(const TableSpec& spec, MatchInput input) {
  auto table = Table::compile(spec);
  Trace trace;
  Captures captures;
  match(*table, input, captures, &trace);
  return trace.verdicts.at(0);
}

TableSpec one(AlternativeSpec alternative) {
  alternative.pos = at(4);
  TableSpec spec;
  spec.listeners = {{"web", {}, at(1)}};
  spec.routes = {{"r", {alternative}, {}, 0, at(3)}};
  return spec;
}

TEST(RouteTrace, NamesThePathThatDiffers) {
  AlternativeSpec a = prefix("/orders");
  a.path->pos = at(5);
  Verdict v = verdict_of(one(a), {.host = "h", .path = "/order"});
  EXPECT_EQ(v.failed, Condition::path);
  EXPECT_EQ(v.expected, "path prefix '/orders'");
  EXPECT_EQ(v.actual, "'/order'");
  EXPECT_EQ(v.pos.to_string(), "m.yaml:5:7");
}

TEST(RouteTrace, NamesHostMethodHeaderAndQuery) {
  AlternativeSpec a = exact("/a");
  a.hosts = {"shop.example"};
  a.methods = {"GET", "PUT"};
  a.headers = {{"x-team", K::regex, "a|b", at(8)}};
  a.query = {{"v", K::exact, "1", at(9)}};
  MatchInput input{.host = "other", .path = "/a", .query = "v=2", .method = http::Method::post};
  Verdict v = verdict_of(one(a), input);
  EXPECT_EQ(v.failed, Condition::host);
  EXPECT_EQ(v.expected + " " + v.actual, "host 'shop.example' 'other'");
  input.host = "shop.example";
  v = verdict_of(one(a), input);
  EXPECT_EQ(v.failed, Condition::method);
  EXPECT_EQ(v.expected + " " + v.actual, "method 'GET' or 'PUT' 'POST'");
  EXPECT_EQ(v.pos.line, 4u);
  input.method = http::Method::get;
  v = verdict_of(one(a), input);
  EXPECT_EQ(v.failed, Condition::header);
  EXPECT_EQ(v.expected + " / " + v.actual, "header 'x-team': regex 'a|b' / none");
  EXPECT_EQ(v.pos.line, 8u);
  BlockPool pool;
  Arena arena(pool);
  http::Headers headers(arena);
  headers.add("X-Team", "c");
  headers.add("x-team", "d");
  input.headers = &headers;
  EXPECT_EQ(verdict_of(one(a), input).actual, "'c', 'd'");
  headers.add("x-team", "a");
  v = verdict_of(one(a), input);
  EXPECT_EQ(v.failed, Condition::query);
  EXPECT_EQ(v.expected + " / " + v.actual, "query parameter 'v': '1' / '2'");
  input.query = "v=1";
  v = verdict_of(one(a), input);
  EXPECT_TRUE(v.chosen);
  EXPECT_EQ(v.failed, Condition::none);
}

TEST(RouteTrace, NamesListenerAndItsHosts) {
  TableSpec spec = one(prefix("/"));
  spec.listeners = {{"web", {}, {}}, {"edge", {"shop.example"}, at(2)}};
  spec.routes[0].listeners = {"edge"};
  Verdict v = verdict_of(spec, {.listener = 0, .host = "h", .path = "/"});
  EXPECT_EQ(v.failed, Condition::listener);
  EXPECT_EQ(v.expected + " / " + v.actual, "listener 'edge' / 'web'");
  v = verdict_of(spec, {.listener = 1, .host = "h", .path = "/"});
  EXPECT_EQ(v.failed, Condition::listener_host);
  EXPECT_EQ(v.expected + " / " + v.actual, "host 'shop.example' of listener 'edge' / 'h'");
  EXPECT_EQ(v.pos.line, 2u);
}

TEST(RouteTrace, TellsOutrankedFromRefused) {
  TableSpec spec;
  spec.listeners = {{"web", {}, {}}};
  spec.routes = {{"low", {prefix("/")}, {}, 0, {}}, {"high", {exact("/a")}, {}, 0, {}}};
  auto table = Table::compile(spec);
  Trace trace;
  Captures captures;
  auto found = match(*table, {.host = "h", .path = "/a"}, captures, &trace);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->route, 1u);
  ASSERT_EQ(trace.verdicts.size(), 2u);
  EXPECT_TRUE(trace.verdicts[0].chosen);
  EXPECT_EQ(trace.verdicts[0].route, 1u);
  EXPECT_TRUE(trace.verdicts[1].outranked);
}

TEST(RouteOrderList, ShowsWhoWins) {
  AlternativeSpec wide = prefix("/"), shop = pattern("/items/{id}"), both = exact("/x"), re = regex("/r.*");
  shop.hosts = {"shop.example", "*.shop.example"};
  shop.methods = {"GET"};
  both.hosts = {"shop.example"};
  TableSpec spec;
  spec.routes = {{"wide", {wide}, {}, 0, {}},
                 {"shop", {shop}, {}, 3, {}},
                 {"both", {both}, {}, 0, {}},
                 {"re", {re}, {}, 0, {}},
                 {"all", {AlternativeSpec{}}, {}, 0, {}}};
  auto table = Table::compile(spec);
  std::vector<std::string> lines;
  for (const OrderLine& line : effective_order(*table))
    lines.push_back(spec.routes[line.route].name + " " + line.host + " " + line.path);
  EXPECT_EQ(lines, (std::vector<std::string>{"both shop.example exact /x", "shop shop.example template /items/{id}",
                                             "shop *.shop.example template /items/{id}", "wide * prefix /",
                                             "re * regex /r.*", "all * any"}));
  EXPECT_EQ(effective_order(*table)[1].priority, 3);
}

std::vector<std::string> shadows(std::vector<AlternativeSpec> routes) {
  Probe t(std::move(routes));
  std::vector<std::string> out;
  for (const Shadow& s : find_shadowed(t.table))
    out.push_back(std::to_string(s.hidden) + " by " + std::to_string(s.by));
  return out;
}

using Names = std::vector<std::string>;

TEST(RouteShadow, EqualConditionsHideTheLaterRoute) {
  EXPECT_EQ(shadows({exact("/a"), exact("/a")}), Names{"1 by 0"});
  EXPECT_EQ(shadows({pattern("/a/{x}"), pattern("/a/{y}")}), Names{"1 by 0"});
  EXPECT_EQ(shadows({pattern("/{x}/b"), pattern("/{y}/b")}), Names{"1 by 0"});
}

TEST(RouteShadow, PrefixHidesRegexesBelowIt) {
  EXPECT_EQ(shadows({regex("/a/[0-9]+"), prefix("/a")}), Names{"0 by 1"});
  EXPECT_EQ(shadows({regex("/.*"), prefix("/")}), Names{"0 by 1"});
  EXPECT_EQ(shadows({regex("/a[0-9]+"), prefix("/a")}), Names{});
}

TEST(RouteShadow, WiderConditionsOfAHigherRankHide) {
  AlternativeSpec get = prefix("/a"), two = prefix("/a");
  get.methods = {"GET"};
  two.methods = {"GET", "POST"};
  EXPECT_EQ(shadows({two, get}), Names{"1 by 0"});
  EXPECT_EQ(shadows({get, two}), Names{});
  AlternativeSpec present = prefix("/a"), value = prefix("/a");
  present.headers = {{"x", K::present, "", {}}};
  value.headers = {{"x", K::exact, "1", {}}};
  EXPECT_EQ(shadows({present, value}), Names{"1 by 0"});
  EXPECT_EQ(shadows({value, present}), Names{});
}

TEST(RouteShadow, DisjointRoutesRaiseNoAlarm) {
  AlternativeSpec a = prefix("/"), b = prefix("/");
  a.hosts = {"a.example"};
  b.hosts = {"*.a.example"};
  EXPECT_EQ(shadows({a, b, exact("/x"), pattern("/x/{y}"), prefix("/x/y"), regex("/z+")}), Names{});
  EXPECT_EQ(shadows({exact("/a"), prefix("/a"), pattern("/a/{b}"), prefix("/")}), Names{});
}

TEST(RouteShadow, OneOpenHostKeepsAnAlternativeAlive) {
  AlternativeSpec a = exact("/a"), b = exact("/a");
  a.hosts = {"a.example"};
  b.hosts = {"a.example", "b.example"};
  EXPECT_EQ(shadows({a, b}), Names{});
  b.hosts = {"a.example"};
  EXPECT_EQ(shadows({a, b}), Names{"1 by 0"});
}

TEST(RouteShadow, TenThousandRoutesAreLookedThrough) {
  std::vector<AlternativeSpec> routes;
  for (int i = 0; i < 10'000; ++i) routes.push_back(prefix("/s" + std::to_string(i) + "/x"));
  routes.push_back(prefix("/s77/x"));
  EXPECT_EQ(shadows(std::move(routes)), Names{"10000 by 77"});
}

}  // namespace
}  // namespace mesh::route
