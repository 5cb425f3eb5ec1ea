#include "unit/filter/probe.h"

namespace mesh::filter {
namespace {

TEST(HeaderEdits, RemoveThenSetThenAdd) {
  Probe p;
  p.header("X-A", "1");
  p.header("x-a", "2");
  p.header("Cookie", "c");
  p.header("X-Keep", "k");
  config::RequestHeaders edits;
  edits.remove = {"cookie", "x-b"};
  edits.set = {{"x-a", "new"}, {"x-b", "made"}};
  edits.add = {{"x-b", "more"}, {"via", "1.1 us"}};
  EXPECT_FALSE(p.up(edits).has_value());
  const http::Headers& headers = p.request.headers;
  EXPECT_EQ(values(headers, "x-a"), "new");
  EXPECT_EQ(values(headers, "x-b"), "made | more");
  EXPECT_EQ(values(headers, "cookie"), "");
  EXPECT_EQ(values(headers, "x-keep"), "k");
  EXPECT_EQ(values(headers, "via"), "1.1 us");
  EXPECT_TRUE(headers.has(http::HeaderId::via)) << "names are interned";
}

TEST(HeaderEdits, ValuesTakeVariablesOfPathAndRequest) {
  Probe p;
  p.at("/items/7", "q=1");
  p.exchange.captures.add("id", "7");
  p.exchange.client_ip = "192.0.2.1";
  config::RequestHeaders edits;
  edits.set = {{"x-item", "item {id} of {host}{path}?{query}"},
               {"x-from", "{client_ip} {scheme} {method}"},
               {"x-none", "{missing}."}};
  p.up(edits);
  EXPECT_EQ(values(p.request.headers, "x-item"), "item 7 of shop.example/items/7?q=1");
  EXPECT_EQ(values(p.request.headers, "x-from"), "192.0.2.1 http GET");
  EXPECT_EQ(values(p.request.headers, "x-none"), ".");
}

TEST(HeaderEdits, VariablesNeverSmuggleAControlByteIntoAField) {
  Probe p;
  p.facts.peer_identity = "CN=a\r\nx-admin: 1";
  p.header("x-peer", "forged");
  config::RequestHeaders edits;
  edits.set = {{"x-peer", "{identity}"}};
  p.up(edits);
  EXPECT_EQ(values(p.request.headers, "x-peer"), "") << "neither the forged value nor a broken one";
}

TEST(HeaderEdits, ResponsesAreEditedOnTheWayBack) {
  Probe p;
  auto response = p.response(200, "text/plain", "x");
  response.head.headers.add("server", "secret");
  config::ResponseHeaders edits;
  edits.remove = {"server"};
  edits.set = {{"x-frame-options", "DENY"}};
  EXPECT_FALSE(p.up(edits).has_value());
  EXPECT_EQ(p.request.headers.size(), 0u);
  p.back(edits, response);
  EXPECT_EQ(values(response.head.headers, "server"), "");
  EXPECT_EQ(values(response.head.headers, "x-frame-options"), "DENY");
}

TEST(HeaderEdits, UnknownKindsOfVariablesAreRefusedWithTheirPlace) {
  config::RequestHeaders edits;
  edits.set = {{"x-a", "{claims.sub}"}};
  config::Filter filter{{std::make_shared<const std::string>("m.yaml"), 5, 9}, edits};
  auto made = make_filter(filter);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().message, "m.yaml:5:9: there is no variable '{claims.sub}'");
}

TEST(HeaderEdits, DescribesItself) {
  Probe p;
  config::RequestHeaders edits;
  edits.set = {{"x-a", "1"}};
  edits.remove = {"cookie"};
  EXPECT_EQ(p.make(edits)->describe(), "request_headers remove cookie, set x-a");
}

}  // namespace
}  // namespace mesh::filter
