#include "route/table.h"

#include <gtest/gtest.h>

#include "unit/route/probe.h"

namespace mesh::route {
namespace {

using K = ValueSpec::Kind;

TEST(RoutePath, ExactTakesItselfOnly) {
  Probe t({exact("/orders")});
  EXPECT_EQ(t.get("/orders"), "0");
  for (const char* path : {"/orders/", "/order", "/orders/1", "/Orders", "/"}) EXPECT_EQ(t.get(path), "-") << path;
}

TEST(RoutePath, PrefixEndsAtASegmentBorder) {
  Probe t({prefix("/v1")});
  for (const char* path : {"/v1", "/v1/", "/v1/a", "/v1/a/b/"}) EXPECT_EQ(t.get(path), "0") << path;
  for (const char* path : {"/v10", "/v", "/", "/a/v1", "/v1x/"}) EXPECT_EQ(t.get(path), "-") << path;
}

TEST(RoutePath, RootPrefixTakesEveryPath) {
  Probe t({prefix("/")});
  for (const char* path : {"/", "/a", "/a/b/"}) EXPECT_EQ(t.get(path), "0") << path;
  EXPECT_EQ(t.get("*"), "-");
}

TEST(RoutePath, PrefixMayBeWrittenWithATrailingSlash) {
  Probe t({prefix("/v1/")});
  EXPECT_EQ(t.get("/v1"), "0");
  EXPECT_EQ(t.found->prefix, "/v1");
}

TEST(RoutePath, TemplateTakesAsManySegmentsNoneEmpty) {
  Probe t({pattern("/items/{id}/parts/{part}")});
  EXPECT_EQ(t.get("/items/7/parts/a%20b"), "0");
  ASSERT_NE(t.captures.find("part"), nullptr);
  EXPECT_EQ(*t.captures.find("id"), "7");
  EXPECT_EQ(*t.captures.find("part"), "a%20b");
  EXPECT_EQ(t.captures.find("other"), nullptr);
  for (const char* path : {"/items//parts/x", "/items/7/parts/", "/items/7/parts", "/items/7/parts/x/", "/items/7/x/y"})
    EXPECT_EQ(t.get(path), "-") << path;
  EXPECT_EQ(t.captures.size(), 0u);
}

TEST(RoutePath, TemplatesOfOneShapeKeepTheirOwnNames) {
  AlternativeSpec post = pattern("/a/{post}");
  post.methods = {"POST"};
  Probe t({pattern("/a/{get}"), post});
  EXPECT_EQ(t.get("/a/1"), "0");
  EXPECT_NE(t.captures.find("get"), nullptr);
  EXPECT_EQ(t.request("POST", "a", "/a/1"), "1");
  EXPECT_NE(t.captures.find("post"), nullptr);
}

TEST(RoutePath, TemplateWithoutVariablesIsExact) {
  Probe t({prefix("/a/b"), pattern("/a/b")});
  EXPECT_EQ(t.get("/a/b"), "1");
}

TEST(RoutePath, RegexTakesTheWholePath) {
  Probe t({regex("/v[0-9]+/.*")});
  EXPECT_EQ(t.get("/v12/x/y"), "0");
  EXPECT_EQ(t.get("/v12"), "-");
  EXPECT_EQ(t.get("/x/v1/a"), "-");
}

// PA-07: a literal never becomes a regex.
TEST(RoutePath, PA07MetacharactersInLiteralsMatchOnlyThemselves) {
  Probe t({exact("/a.c"), prefix("/x+"), pattern("/t.t/{id}")});
  EXPECT_EQ(t.get("/a.c"), "0");
  EXPECT_EQ(t.get("/abc"), "-");
  EXPECT_EQ(t.get("/x+/1"), "1");
  EXPECT_EQ(t.get("/xx/1"), "-");
  EXPECT_EQ(t.get("/t.t/1"), "2");
  EXPECT_EQ(t.get("/tat/1"), "-");
}

TEST(RoutePath, OnlyRoutesWithoutAPathTakeWhatIsNoPath) {
  Probe t({prefix("/"), regex(".*"), AlternativeSpec{}});
  EXPECT_EQ(t.request("OPTIONS", "a", "*"), "2");
  EXPECT_EQ(t.request("CONNECT", "a", ""), "2");
}

TEST(RouteOrder, ExactBeforeLongerPrefixBeforeRegexBeforeNoPath) {
  Probe t({AlternativeSpec{}, regex("/a/.*"), prefix("/a"), prefix("/a/b"), exact("/a/b")});
  EXPECT_EQ(t.get("/a/b"), "4");
  EXPECT_EQ(t.get("/a/b/c"), "3");
  EXPECT_EQ(t.get("/a/x"), "2");
  EXPECT_EQ(t.get("/z"), "0");
}

TEST(RouteOrder, LongerPrefixWinsOverRegex) {
  Probe t({regex("/a/b/c"), prefix("/a")});
  EXPECT_EQ(t.get("/a/b/c"), "1");
}

TEST(RouteOrder, RegexBeforeNoPath) {
  Probe t({AlternativeSpec{}, regex("/a.*")});
  EXPECT_EQ(t.get("/ab"), "1");
}

TEST(RouteOrder, TemplateBeforeShorterPrefixAndFixedSegmentsFirst) {
  Probe t({prefix("/items"), pattern("/items/{id}"), prefix("/items/5"), pattern("/{kind}/5"), pattern("/{k}/{i}")});
  EXPECT_EQ(t.get("/items/5"), "2");
  EXPECT_EQ(t.get("/items/6"), "1");
  EXPECT_EQ(t.get("/other/5"), "3");
  EXPECT_EQ(t.get("/other/6"), "4");
  EXPECT_EQ(t.get("/items/6/7"), "0");
}

TEST(RouteOrder, TemplatesGoBackToAVariableWhenTheFixedBranchFails) {
  Probe t({pattern("/a/b/{x}/end"), pattern("/a/{y}/c/{z}")});
  EXPECT_EQ(t.get("/a/b/c/end"), "0");
  EXPECT_EQ(t.get("/a/b/c/other"), "1");
  EXPECT_EQ(*t.captures.find("y"), "b");
}

TEST(RouteOrder, MethodThenHeadersThenQueryThenPriorityThenListed) {
  AlternativeSpec plain = prefix("/a"), method = plain, headers = plain, query = plain;
  method.methods = {"GET"};
  headers.headers = {{"x-a", K::present, "", {}}};
  query.query = {{"q", K::present, "", {}}};
  Probe t({plain, query, headers, method, plain, plain});
  t.headers = {{"X-A", "1"}};
  EXPECT_EQ(t.request("GET", "a", "/a", "q"), "3");
  EXPECT_EQ(t.request("PUT", "a", "/a", "q"), "2");
  t.headers = {};
  EXPECT_EQ(t.request("PUT", "a", "/a", "q"), "1");
  EXPECT_EQ(t.request("PUT", "a", "/a"), "0");
  t.spec.routes[4].priority = 1;
  t.compile();
  EXPECT_EQ(t.request("PUT", "a", "/a"), "4");
  t.spec.routes[5].priority = 2;
  t.compile();
  EXPECT_EQ(t.request("PUT", "a", "/a"), "5");
  EXPECT_EQ(t.request("GET", "a", "/a"), "3") << "priority is not above specificity";
}

TEST(RouteOrder, LessSpecificRoutesTakeWhatMoreSpecificOnesRefuse) {
  AlternativeSpec post = exact("/a");
  post.methods = {"POST"};
  Probe t({post, prefix("/")});
  EXPECT_EQ(t.get("/a"), "1");
  AlternativeSpec host = exact("/a");
  host.hosts = {"shop.example"};
  Probe u({host, prefix("/")});
  EXPECT_EQ(u.request("GET", "shop.example", "/b"), "1");
}

TEST(RouteOrder, ListedHostsKeepTheirOrder) {
  AlternativeSpec first = prefix("/"), second = exact("/a");
  first.hosts = second.hosts = {"listed.example"};
  AlternativeSpec any = exact("/a");
  Probe t({any, first, second});
  EXPECT_EQ(t.request("GET", "listed.example", "/a"), "2");
  t.spec.listed_hosts = {"listed.example"};
  t.compile();
  EXPECT_EQ(t.request("GET", "listed.example", "/a"), "1");
  EXPECT_EQ(t.request("GET", "other.example", "/a"), "0");
}

TEST(RouteHost, ExactThenLongestWildcardThenAny) {
  auto on = [](const char* host) {
    AlternativeSpec out = prefix("/");
    out.hosts = {host};
    return out;
  };
  Probe t({on("*"), on("*.example"), on("*.shop.example"), on("a.shop.example")});
  EXPECT_EQ(t.request("GET", "a.shop.example", "/"), "3");
  EXPECT_EQ(t.request("GET", "b.shop.example", "/"), "2");
  EXPECT_EQ(t.request("GET", "c.b.shop.example", "/"), "2");
  EXPECT_EQ(t.request("GET", "shop.example", "/"), "1") << "a wildcard never takes its apex";
  EXPECT_EQ(t.request("GET", "example", "/"), "0");
  EXPECT_EQ(t.request("GET", "xshop.example", "/"), "1");
  EXPECT_EQ(t.request("GET", "evilexample", "/"), "0");
  EXPECT_EQ(t.request("GET", "", "/"), "0");
}

TEST(RouteHost, MoreSpecificHostWinsOverMoreSpecificPath) {
  AlternativeSpec wide = exact("/a"), narrow = prefix("/");
  wide.hosts = {"*.example"};
  narrow.hosts = {"x.example"};
  Probe t({wide, narrow});
  EXPECT_EQ(t.request("GET", "x.example", "/a"), "1");
}

TEST(RouteListener, RoutesMayNameTheirListeners) {
  Probe t({prefix("/"), prefix("/a")});
  t.spec.listeners = {{"web", {}, {}}, {"edge", {}, {}}};
  t.spec.routes[1].listeners = {"edge"};
  t.compile();
  EXPECT_EQ(t.get("/a"), "0");
  t.listener = 1;
  EXPECT_EQ(t.get("/a"), "1");
}

TEST(RouteListener, HostsOfAListenerBoundItsRoutes) {
  Probe t({prefix("/")});
  t.spec.listeners = {{"web", {"shop.example", "*.shop.example"}, {}}};
  t.compile();
  EXPECT_EQ(t.request("GET", "shop.example", "/"), "0");
  EXPECT_EQ(t.request("GET", "a.shop.example", "/"), "0");
  EXPECT_EQ(t.request("GET", "other.example", "/"), "-");
  EXPECT_TRUE(t.table.serves(0, "a.shop.example"));
  EXPECT_FALSE(t.table.serves(0, "other.example"));
  EXPECT_FALSE(t.table.serves(9, "shop.example"));
}

TEST(RouteMethod, SetsAndUnknownTokens) {
  AlternativeSpec some = prefix("/"), odd = prefix("/");
  some.methods = {"GET", "POST"};
  odd.methods = {"PURGE"};
  Probe t({some, odd});
  EXPECT_EQ(t.request("GET", "a", "/"), "0");
  EXPECT_EQ(t.request("POST", "a", "/"), "0");
  EXPECT_EQ(t.request("HEAD", "a", "/"), "-");
  EXPECT_EQ(t.request("PURGE", "a", "/"), "1");
  EXPECT_EQ(t.request("purge", "a", "/"), "-");
}

TEST(RouteHeader, EveryKindOfCondition) {
  auto holds = [](K kind, const char* text, const char* value) {
    AlternativeSpec a = prefix("/");
    a.headers = {{"x-team", kind, text, {}}};
    Probe t({a});
    if (value) t.headers = {{"X-Team", value}};
    return t.get("/") == "0";
  };
  EXPECT_TRUE(holds(K::exact, "a", "a"));
  EXPECT_FALSE(holds(K::exact, "a", "A"));
  EXPECT_FALSE(holds(K::exact, "", nullptr));
  EXPECT_TRUE(holds(K::exact, "", ""));
  EXPECT_TRUE(holds(K::prefix, "Bea", "Bearer x"));
  EXPECT_FALSE(holds(K::prefix, "Bea", "xBea"));
  EXPECT_TRUE(holds(K::suffix, ".example", "a.example"));
  EXPECT_FALSE(holds(K::suffix, ".example", "a.example.org"));
  EXPECT_TRUE(holds(K::contains, "Mobile", "a Mobile b"));
  EXPECT_FALSE(holds(K::contains, "Mobile", "mobile"));
  EXPECT_TRUE(holds(K::regex, "a|b", "b"));
  EXPECT_FALSE(holds(K::regex, "a|b", "ab"));
  EXPECT_TRUE(holds(K::present, "", ""));
  EXPECT_FALSE(holds(K::present, "", nullptr));
  EXPECT_TRUE(holds(K::absent, "", nullptr));
  EXPECT_FALSE(holds(K::absent, "", ""));
}

// PA-06: a field added by a client may fulfil a condition, it never hides another field.
TEST(RouteHeader, PA06AnyOfSeveralFieldsFulfilsAndNoneIsJoined) {
  AlternativeSpec a = prefix("/"), none = prefix("/");
  a.headers = {{"x-role", K::exact, "admin", {}}};
  none.headers = {{"x-role", K::exact, "user, admin", {}}};
  Probe t({a, none});
  t.headers = {{"x-role", "user"}, {"x-role", "admin"}};
  EXPECT_EQ(t.get("/"), "0");
  t.headers = {{"x-role", "user"}};
  EXPECT_EQ(t.get("/"), "-");
}

TEST(RouteQuery, IsDecodedAndTheFirstValueCounts) {
  AlternativeSpec a = prefix("/"), b = prefix("/");
  a.query = {{"a b", K::exact, "x&y", {}}};
  b.query = {{"v", K::exact, "1", {}}};
  Probe t({a, b});
  EXPECT_EQ(t.request("GET", "h", "/", "a+b=x%26y"), "0");
  EXPECT_EQ(t.request("GET", "h", "/", "a%20b=x%26y&"), "0");
  EXPECT_EQ(t.request("GET", "h", "/", "v=1&v=2"), "1");
  EXPECT_EQ(t.request("GET", "h", "/", "v=2&v=1"), "-");
  EXPECT_EQ(t.request("GET", "h", "/", "&&x&v=1"), "1");
  EXPECT_EQ(t.request("GET", "h", "/", "v=%zz1"), "-");
  EXPECT_EQ(t.request("GET", "h", "/", "V=1"), "-");
}

TEST(RouteQuery, ParameterWithoutAValueIsEmptyNotAbsent) {
  AlternativeSpec present = prefix("/"), absent = prefix("/");
  present.query = {{"debug", K::exact, "", {}}};
  absent.query = {{"debug", K::absent, "", {}}};
  Probe t({present, absent});
  EXPECT_EQ(t.request("GET", "h", "/", "debug"), "0");
  EXPECT_EQ(t.request("GET", "h", "/", "debug="), "0");
  EXPECT_EQ(t.request("GET", "h", "/", "debugger=1"), "1");
  EXPECT_EQ(t.request("GET", "h", "/", ""), "1");
}

TEST(RouteRegex, ManyInOneHostAreTriedInOrder) {
  std::vector<AlternativeSpec> routes;
  for (int i = 0; i < 200; ++i) routes.push_back(regex("/r" + std::to_string(i) + "/[a-z]+"));
  routes.push_back(regex("/r7/.*"));
  AlternativeSpec post = regex("/r7/x");
  post.methods = {"POST"};
  routes.push_back(post);
  Probe t(routes);
  EXPECT_EQ(t.get("/r7/abc"), "7");
  EXPECT_EQ(t.get("/r7/x"), "7");
  EXPECT_EQ(t.get("/r7/123"), "200");
  EXPECT_EQ(t.request("POST", "a", "/r7/x"), "201") << "a method condition ranks before";
  EXPECT_EQ(t.get("/r199/q"), "199");
  EXPECT_EQ(t.get("/r200/q"), "-");
}

TEST(RouteTable, EmptyTableMatchesNothing) {
  Table none;
  Captures captures;
  EXPECT_FALSE(match(none, {.path = "/"}, captures).has_value());
  Trace trace;
  EXPECT_FALSE(match(none, {.path = "/"}, captures, &trace).has_value());
  EXPECT_TRUE(effective_order(none).empty());
}

TEST(RouteTable, AlternativesAreAnyOf) {
  TableSpec spec;
  spec.routes = {{"r", {exact("/a"), exact("/b")}, {}, 0, {}}};
  auto table = Table::compile(spec);
  ASSERT_TRUE(table);
  Captures captures;
  auto found = match(*table, {.path = "/b"}, captures);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->alternative, 1u);
}

TEST(RouteTable, FoundPrefixIsWhatMatched) {
  Probe t({prefix("/a/b"), prefix("/"), exact("/e")});
  EXPECT_EQ(t.get("/a/b/c"), "0");
  EXPECT_EQ(t.found->prefix, "/a/b");
  EXPECT_EQ(t.get("/x"), "1");
  EXPECT_EQ(t.found->prefix, "");
  EXPECT_EQ(t.get("/e"), "2");
  EXPECT_EQ(t.found->prefix, "");
}

std::string error_of(AlternativeSpec a) {
  TableSpec spec;
  a.pos = {std::make_shared<const std::string>("f.yaml"), 3, 5};
  spec.routes = {{"r", {a}, {}, 0, {}}};
  auto table = Table::compile(spec);
  return table ? "" : table.error().message;
}

TEST(RouteTable, RefusesWhatCanNotBeCompiledAndSaysWhere) {
  EXPECT_TRUE(error_of(regex("(")).starts_with("f.yaml:3:5: not a regex"));
  EXPECT_EQ(error_of(regex(std::string(1025, 'a'))), "f.yaml:3:5: the regex has more than 1,024 bytes");
  EXPECT_EQ(error_of(regex(std::string(1024, 'a'))), "");
  EXPECT_FALSE(error_of(regex("((a{100}){100}){100}")).empty()) << "RS-07: memory is bounded";
  EXPECT_FALSE(error_of(pattern("/a/x{id}")).empty());
  EXPECT_FALSE(error_of(pattern("/a/{}")).empty());
  EXPECT_FALSE(error_of(exact("a")).empty());
  std::string many;
  for (int i = 0; i < 17; ++i) many += "/{v" + std::to_string(i) + "}";
  EXPECT_FALSE(error_of(pattern(many)).empty());
  TableSpec spec;
  spec.routes = {{"r", {exact("/a")}, {"nowhere"}, 0, {}}};
  EXPECT_FALSE(Table::compile(spec));
}

TEST(RouteTable, DeepPathsCostNoMoreThanTheTableIsDeep) {
  std::string deep;
  for (int i = 0; i < 4000; ++i) deep += "/a";
  Probe t({prefix("/a"), pattern("/a/{x}/a"), prefix(deep)});
  EXPECT_EQ(t.get(deep + "/b"), "2");
  std::string other(8000, '/');
  EXPECT_EQ(t.get("/a" + other), "0");
}

}  // namespace
}  // namespace mesh::route
