// What the planner makes of a request.
#include "probe.h"

namespace mesh::proxy {
namespace {

using exchange::EndReason;
using Path = config::PathMatch::Kind;

TEST_F(PlanTest, WhatIsMatchedIsWhatIsForwarded) {
  route("orders", Path::prefix, "/orders", {"orders"});
  route("rest", Path::prefix, "/", {"pages"});
  compile();
  struct {
    const char* target;
    const char* route;
    const char* sent;
  } rows[] = {
      {"/orders/7", "orders", "/orders/7"},       {"/orders", "orders", "/orders"},
      {"/ordersx", "rest", "/ordersx"},           {"/a/../orders/7", "orders", "/orders/7"},
      {"/%6frders/7", "orders", "/orders/7"},     {"/orders//7", "orders", "/orders/7"},
      {"/orders/%2e%2e/admin", "rest", "/admin"}, {"/orders/7?x=%2e%2e/&y", "orders", "/orders/7?x=%2e%2e/&y"},
      {"/orders?", "orders", "/orders?"},         {"/a/../orders?q=1", "orders", "/orders?q=1"},
      {"/%e2%82%ac", "rest", "/%E2%82%AC"},
  };
  for (const auto& row : rows) {
    Request request(*loop_, row.target);
    Plan plan = request.plan(snapshot_);
    ASSERT_NE(plan.backend, nullptr) << row.target;
    EXPECT_EQ(request.exchange.record.route, row.route) << row.target;
    EXPECT_EQ(request.head.target, row.sent) << row.target;
  }
}

TEST_F(PlanTest, TargetsThatCouldBeReadInTwoWaysAreRefused) {  // PA-01, PA-02, PA-03, PA-08
  route("rest", Path::prefix, "/", {"pages"});
  compile();
  for (const char* target : {"/a%2fb", "/a%5cb", "/a\\b", "/%00", "/a#b", "/../x", "/%2e%2e/x", "/%252e", "/%zz",
                             "/a b", "orders", "/\x80"}) {
    Request request(*loop_, target);
    Plan plan = request.plan(snapshot_);
    EXPECT_EQ(request.reason(), EndReason::bad_request) << target;
    EXPECT_EQ(plan.backend, nullptr) << target;
    ASSERT_TRUE(plan.answer) << target;
    EXPECT_EQ(plan.answer->head.status, 400) << target;
    EXPECT_FALSE(request.exchange.record.detail.empty()) << target;
    EXPECT_EQ(plan.filters_passed, 0u);
  }
}

TEST_F(PlanTest, HostsAreComparedInOneSpelling) {  // PA-05
  listeners_[0].hosts = {"shop.example", "*.shop.example"};
  route("rest", Path::prefix, "/", {"pages"});
  compile();
  for (const char* authority :
       {"shop.example", "SHOP.Example", "shop.example.", "shop.example:8080", "a.b.shop.example"}) {
    Request request(*loop_, "/", authority);
    EXPECT_NE(request.plan(snapshot_).backend, nullptr) << authority;
    EXPECT_EQ(request.head.authority, authority) << "the upstream sees what the client said";
  }
  for (const char* authority : {"evil.example", "shop.example.evil", "xshop.example"}) {
    Request request(*loop_, "/", authority);
    Plan plan = request.plan(snapshot_);
    EXPECT_EQ(request.reason(), EndReason::misdirected) << authority;
    EXPECT_EQ(plan.answer->head.status, 421);
  }
  for (const char* authority : {"", "a@shop.example", "shop.example:99999", "[::1%25eth0]", "a/b"}) {
    Request request(*loop_, "/", authority);
    request.plan(snapshot_);
    EXPECT_EQ(request.reason(), EndReason::bad_request) << authority;
  }
}

TEST_F(PlanTest, AnOldClientWithoutAHostReachesOnlyRoutesForEveryHost) {
  route("shop", Path::prefix, "/", {"pages"}).matches[0].hosts = {"shop.example"};
  compile();
  Request request(*loop_, "/", "");
  request.head.version = http::Version::http10;
  request.plan(snapshot_);
  EXPECT_EQ(request.reason(), EndReason::no_route);
}

TEST_F(PlanTest, NoRouteIsAnAnswerOfItsOwn) {
  route("orders", Path::prefix, "/orders", {"orders"}).matches[0].methods = {"POST"};
  compile();
  Request request(*loop_, "/orders");
  Plan plan = request.plan(snapshot_);
  EXPECT_EQ(request.reason(), EndReason::no_route);
  EXPECT_EQ(plan.answer->head.status, 404);
  EXPECT_EQ(plan.route, nullptr);
  EXPECT_EQ(request.exchange.record.route, "");
  EXPECT_NE(Request(*loop_, "/orders").method("POST").plan(snapshot_).backend, nullptr);
}

TEST_F(PlanTest, ConnectIsRefusedAndExtendedConnectIsAGet) {
  route("ws", Path::prefix, "/", {"chat"}).matches[0].methods = {"GET"};
  compile();
  Request connect(*loop_, "shop.example:443", "shop.example:443");
  connect.method("CONNECT");
  Plan plan = connect.plan(snapshot_);
  EXPECT_EQ(connect.reason(), EndReason::method_not_allowed);
  EXPECT_EQ(plan.answer->head.status, 405);
  Request extended(*loop_, "/chat");
  extended.method("CONNECT");
  extended.head.extended_connect = true;
  extended.head.upgrade = "websocket";
  EXPECT_NE(extended.plan(snapshot_).backend, nullptr);
}

TEST_F(PlanTest, OptionsAsteriskMatchesRoutesWithoutAPath) {
  route("any", Path::prefix, "/", {"pages"}).matches[0].path.reset();
  compile();
  Request request(*loop_, "*");
  request.method("OPTIONS");
  ASSERT_NE(request.plan(snapshot_).backend, nullptr);
  EXPECT_EQ(request.head.target, "*");
}

TEST_F(PlanTest, TemplatesBindTheirVariables) {
  route("item", Path::pattern, "/items/{id}/parts/{part}", {"items"});
  compile();
  Request request(*loop_, "/items/a%20b/parts/7");
  ASSERT_NE(request.plan(snapshot_).backend, nullptr);
  ASSERT_NE(request.exchange.captures.find("id"), nullptr);
  EXPECT_EQ(*request.exchange.captures.find("id"), "a%20b");
  EXPECT_EQ(*request.exchange.captures.find("part"), "7");
}

TEST_F(PlanTest, TheRecordNamesWhatDecided) {
  route("orders", Path::prefix, "/orders", {"orders"});
  config::Route& answer = route("health", Path::exact, "/health", {});
  answer.filters.push_back({{file_, 77, 9}, config::Respond{204, "", ""}});
  compile();
  Request up(*loop_, "/orders/7");
  up.plan(snapshot_);
  EXPECT_EQ(up.exchange.record.service, "orders");
  EXPECT_EQ(up.exchange.record.route_index, 0u);
  EXPECT_EQ(up.exchange.record.decided->file_line(), "edge.yaml:10");
  EXPECT_EQ(up.exchange.matched_prefix, "/orders");
  Request here(*loop_, "/health");
  Plan plan = here.plan(snapshot_);
  EXPECT_EQ(here.reason(), EndReason::direct_response);
  EXPECT_EQ(here.exchange.record.decided->file_line(), "edge.yaml:77");
  EXPECT_EQ(plan.answer->head.status, 204);
  EXPECT_EQ(plan.filters_passed, 1u);
  EXPECT_EQ(here.exchange.record.service, "");
}

TEST_F(PlanTest, FiltersBehindTheOneThatAnswersAreNotPassed) {
  config::Route& both = route("both", Path::prefix, "/", {"pages"});
  config::RequestHeaders edit;
  edit.set = {{"x-first", "1"}};
  config::RequestHeaders never;
  never.set = {{"x-last", "1"}};
  both.filters = {{{}, edit}, {{}, config::Respond{200, "here", "text/plain"}}, {{}, never}};
  compile();
  Request request(*loop_, "/");
  Plan plan = request.plan(snapshot_);
  EXPECT_EQ(plan.filters_passed, 2u);
  EXPECT_EQ(request.values("x-first"), "1");
  EXPECT_EQ(request.values("x-last"), "");
}

TEST_F(PlanTest, RewritesReachTheTargetThatIsSent) {
  config::Route& moved = route("moved", Path::prefix, "/old", {"pages"});
  config::Rewrite rewrite;
  rewrite.prefix = "/new";
  rewrite.host = "inner.example";
  moved.filters = {{{}, rewrite}};
  compile();
  Request request(*loop_, "/old/a?b=c");
  ASSERT_NE(request.plan(snapshot_).backend, nullptr);
  EXPECT_EQ(request.head.target, "/new/a?b=c");
  EXPECT_EQ(request.head.authority, "inner.example");
  EXPECT_EQ(request.exchange.path, "/old/a") << "what was matched stays known";
}

TEST_F(PlanTest, WeightsAreFollowedAndARepeatedSeedDecidesAlike) {
  config::Route& split = route("split", Path::prefix, "/", {"a", "b", "c"});
  split.to[0].weight = 90;
  split.to[1].weight = 10;
  split.to[2].weight = 0;
  compile();
  int counts[3] = {0, 0, 0};
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Request request(*loop_, "/", "shop.example", seed), again(*loop_, "/", "shop.example", seed);
    const Backend* chosen = request.plan(snapshot_).backend;
    ASSERT_NE(chosen, nullptr);
    ++counts[chosen->service];
    EXPECT_EQ(again.plan(snapshot_).backend, chosen);
  }
  // Nine in ten of 2000, within six standard deviations; the seeds are fixed, so that this is one number.
  EXPECT_NEAR(counts[0], 1800, 81);
  EXPECT_EQ(counts[0] + counts[1], 2000);
  EXPECT_EQ(counts[2], 0);
}

TEST_F(PlanTest, WithoutAnyWeightThereIsNoEndpoint) {
  config::Route& split = route("split", Path::prefix, "/", {"a", "b"});
  split.to[0].weight = split.to[1].weight = 0;
  compile();
  Request request(*loop_, "/");
  Plan plan = request.plan(snapshot_);
  EXPECT_EQ(request.reason(), EndReason::no_endpoint);
  EXPECT_EQ(plan.answer->head.status, 503);
}

// --- who the client is (threats H1-21, PA-10) ---

class ForwardedTest : public PlanTest {
 protected:
  ForwardedTest() {
    listeners_[0].trusted_proxies = {network("10.0.0.0/8"), network("fd00::/8")};
    route("rest", Path::prefix, "/", {"pages"});
    compile();
  }
};

TEST_F(ForwardedTest, WhatAStrangerSaysOfItselfIsReplaced) {
  Request request(*loop_);
  for (const char* name : {"X-Forwarded-For", "x-forwarded-proto", "X-FORWARDED-HOST", "Forwarded", "X-Forwarded-Port",
                           "x-forwarded-server", "X-Forwarded-Prefix", "x-forwarded-client-cert", "X-Real-IP",
                           "x-real_ip", "X_Forwarded_For", "x-forwarded_for", "X_FORWARDED-PROTO", "x_forwarded_host",
                           "X_Real_IP", "X_Forwarded_Client_Cert", "x_request_id"})
    request.header(name, "6.6.6.6");
  request.header("x-custom", "kept").header("x_custom", "kept too").header("x-forwarder", "kept as well");
  ASSERT_NE(request.plan(snapshot_).backend, nullptr);
  EXPECT_EQ(request.values("x-forwarded-for"), "192.0.2.7");
  EXPECT_EQ(request.values("x-forwarded-proto"), "http");
  EXPECT_EQ(request.values("x-forwarded-host"), "shop.example");
  EXPECT_EQ(request.exchange.client_ip, "192.0.2.7");
  EXPECT_EQ(request.exchange.record.client, "192.0.2.7");
  for (const http::Field& field : request.head.headers) EXPECT_NE(field.value, "6.6.6.6") << field.name;
  EXPECT_EQ(request.values("x-custom") + request.values("x_custom") + request.values("x-forwarder"),
            "keptkept tookept as well");
}

TEST_F(ForwardedTest, ATrustedProxyIsBelievedAndTheChainGrows) {
  Request request(*loop_);
  request.from("10.1.2.3").header("x-forwarded-for", "203.0.113.9").header("x-forwarded-proto", "https");
  request.header("x-forwarded-host", "outer.example").header("x-real-ip", "203.0.113.9");
  ASSERT_NE(request.plan(snapshot_).backend, nullptr);
  EXPECT_EQ(request.exchange.client_ip, "203.0.113.9");
  EXPECT_EQ(request.values("x-forwarded-for"), "203.0.113.9, 10.1.2.3");
  EXPECT_EQ(request.values("x-forwarded-proto"), "https");
  EXPECT_EQ(request.values("x-forwarded-host"), "outer.example");
  EXPECT_EQ(request.values("x-real-ip"), "203.0.113.9");
}

TEST_F(ForwardedTest, TheChainIsReadFromTheRightOverTrustedProxiesOnly) {
  struct {
    std::vector<const char*> fields;
    const char* client;
    const char* sent;
  } rows[] = {
      {{"6.6.6.6, 203.0.113.9, 10.9.9.9"}, "203.0.113.9", "6.6.6.6, 203.0.113.9, 10.9.9.9, 10.1.2.3"},
      {{"6.6.6.6", "203.0.113.9", "10.9.9.9"}, "203.0.113.9", "6.6.6.6, 203.0.113.9, 10.9.9.9, 10.1.2.3"},
      {{"10.0.0.1, 10.0.0.2"}, "10.0.0.1", "10.0.0.1, 10.0.0.2, 10.1.2.3"},
      {{"6.6.6.6, nonsense, 10.9.9.9"}, "10.9.9.9", "6.6.6.6, nonsense, 10.9.9.9, 10.1.2.3"},
      {{""}, "10.1.2.3", "10.1.2.3"},
      {{}, "10.1.2.3", "10.1.2.3"},
      {{"2001:db8::1,fd00::7"}, "2001:db8::1", "2001:db8::1,fd00::7, 10.1.2.3"},
  };
  for (const auto& row : rows) {
    Request request(*loop_);
    request.from("10.1.2.3");
    for (const char* field : row.fields) request.header("X-Forwarded-For", field);
    ASSERT_NE(request.plan(snapshot_).backend, nullptr);
    EXPECT_EQ(request.exchange.client_ip, row.client) << row.sent;
    EXPECT_EQ(request.values("x-forwarded-for"), row.sent);
  }
}

TEST_F(ForwardedTest, SpellingsThatAnUpstreamMayFoldAreTakenFromTrustedProxiesToo) {
  Request request(*loop_);
  request.from("10.1.2.3").header("X_Forwarded_For", "6.6.6.6").header("x-forwarded_proto", "6.6.6.6");
  request.header("x_request_id", "6.6.6.6");
  ASSERT_NE(request.plan(snapshot_).backend, nullptr);
  for (const http::Field& field : request.head.headers) EXPECT_NE(field.value, "6.6.6.6") << field.name;
}

TEST_F(ForwardedTest, NobodyIsTrustedUnlessNamed) {
  for (const char* ip : {"127.0.0.1", "192.168.1.1", "11.0.0.1", "::1"}) {
    Request request(*loop_);
    request.from(ip).header("x-forwarded-for", "6.6.6.6");
    request.plan(snapshot_);
    EXPECT_EQ(request.exchange.client_ip, ip);
  }
  Request mapped(*loop_);
  mapped.from("::ffff:10.1.2.3").header("x-forwarded-for", "203.0.113.9");
  mapped.plan(snapshot_);
  EXPECT_EQ(mapped.exchange.client_ip, "203.0.113.9") << "IPv4 by another name";
}

TEST_F(PlanTest, AConditionIsNotMetByWhatAStrangerSaysOfItself) {
  config::Route& secure = route("secure", Path::prefix, "/", {"inner"});
  secure.matches[0].headers = {{{}, "x-forwarded-proto", config::ValueMatch::Kind::exact, "https"}};
  route("plain", Path::prefix, "/", {"outer"});
  compile();
  Request liar(*loop_);
  liar.header("x-forwarded-proto", "https").plan(snapshot_);
  EXPECT_EQ(liar.exchange.record.route, "plain");
  Request honest(*loop_);
  honest.head.scheme = http::Scheme::https;
  honest.plan(snapshot_);
  EXPECT_EQ(honest.exchange.record.route, "secure");
}

// --- ids ---

constexpr std::string_view kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST_F(ForwardedTest, ATraceIsContinuedWithASpanOfOurOwn) {
  Request request(*loop_);
  request.header("traceparent", kTrace).header("tracestate", "a=1").header("tracestate", "b=2");
  request.plan(snapshot_);
  std::string sent = request.values("traceparent");
  ASSERT_EQ(sent.size(), 55u);
  EXPECT_EQ(sent.substr(0, 36), kTrace.substr(0, 36));
  EXPECT_NE(sent.substr(36, 16), kTrace.substr(36, 16));
  EXPECT_EQ(sent.substr(52), "-01");
  EXPECT_EQ(request.values("tracestate"), "a=1,b=2");
  EXPECT_TRUE(request.exchange.record.trace.continued);
}

TEST_F(ForwardedTest, ABrokenTraceIsBegunAnew) {
  for (const char* bad : {"", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "garbage",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
    Request request(*loop_);
    request.header("traceparent", bad).header("tracestate", "a=1");
    request.plan(snapshot_);
    EXPECT_EQ(request.values("traceparent").size(), 55u) << bad;
    EXPECT_EQ(request.values("tracestate"), "") << bad;
    EXPECT_FALSE(request.exchange.record.trace.continued) << bad;
  }
  Request twice(*loop_);
  twice.header("traceparent", kTrace).header("traceparent", kTrace).plan(snapshot_);
  EXPECT_EQ(twice.values("traceparent").find("4bf92f35"), std::string::npos);
  EXPECT_EQ(twice.values("traceparent").size(), 55u) << "one field";
}

TEST_F(ForwardedTest, ARequestIdIsKeptIfItIsFitAndMadeOtherwise) {
  Request kept(*loop_);
  kept.header("x-request-id", "order-7/retry:2").plan(snapshot_);
  EXPECT_EQ(kept.values("x-request-id"), "order-7/retry:2");
  EXPECT_EQ(kept.exchange.record.request_id, "order-7/retry:2");
  std::string longest(128, 'x'), longer(129, 'x');
  Request fits(*loop_);
  fits.header("x-request-id", longest).plan(snapshot_);
  EXPECT_EQ(fits.values("x-request-id"), longest);
  for (const std::string& bad : {std::string(), longer, std::string("a b"), std::string("a\x80")}) {
    Request request(*loop_);
    request.header("x-request-id", bad).plan(snapshot_);
    EXPECT_EQ(request.values("x-request-id"), request.values("traceparent").substr(3, 32)) << bad;
    EXPECT_EQ(request.exchange.record.request_id, request.values("x-request-id"));
  }
  Request twice(*loop_);
  twice.header("x-request-id", "a").header("x-request-id", "b").plan(snapshot_);
  EXPECT_EQ(twice.values("x-request-id"), twice.values("traceparent").substr(3, 32));
}

// --- make_reply ---

std::string content(async::Loop& loop, codec::Response& response) {
  std::string out;
  if (!response.body) return out;
  async::Scope scope(loop);
  scope.spawn([](codec::Body& body, std::string& text) -> async::Task<void> {
    auto chunk = co_await body.pull();
    if (chunk) text = chunk->data;
  }(*response.body, out));
  return out;
}

std::string value(const codec::Response& response, http::HeaderId id) {
  return std::string(response.head.headers.value(id));
}

TEST_F(PlanTest, AReplySaysTheReasonInOneLineAndNothingOfTheInside) {
  for (size_t i = 0; i < static_cast<size_t>(EndReason::kCount); ++i) {
    auto reason = static_cast<EndReason>(i);
    const exchange::ReasonInfo& info = exchange::describe(reason);
    Request request(*loop_);
    codec::Response response = make_reply(request.exchange, reason);
    EXPECT_EQ(request.reason(), reason);
    EXPECT_EQ(response.head.status, info.status);
    EXPECT_EQ(value(response, http::HeaderId::content_type), "text/plain; charset=utf-8");
    EXPECT_EQ(value(response, http::HeaderId::retry_after), info.status == 503 ? "1" : "");
    std::string text = content(*loop_, response);
    EXPECT_EQ(text, std::string(info.word) + ": " + std::string(info.sentence) + "\n");
    EXPECT_EQ(response.head.framing.length, text.size());
  }
}

TEST_F(PlanTest, AGrpcClientIsToldInItsOwnForm) {
  for (const char* type : {"application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"}) {
    Request request(*loop_);
    request.header("content-type", type);
    codec::Response response = make_reply(request.exchange, EndReason::no_endpoint);
    EXPECT_EQ(response.head.status, 200);
    EXPECT_EQ(value(response, http::HeaderId::content_type), "application/grpc");
    EXPECT_EQ(value(response, http::HeaderId::grpc_status), "14");
    EXPECT_EQ(value(response, http::HeaderId::grpc_message), "no_endpoint");
    EXPECT_EQ(response.body, nullptr);
  }
  Request web(*loop_);
  web.header("content-type", "application/grpc-web");
  EXPECT_EQ(make_reply(web.exchange, EndReason::no_endpoint).head.status, 503);
}

TEST(GrpcStatus, FollowsTheDocumentedMapping) {
  for (auto [http, grpc] : {std::pair{400, 13},
                            {401, 16},
                            {403, 7},
                            {404, 12},
                            {429, 14},
                            {502, 14},
                            {503, 14},
                            {504, 4},
                            {418, 2},
                            {500, 2}})
    EXPECT_EQ(grpc_status_of(http), grpc) << http;
}

}  // namespace
}  // namespace mesh::proxy
