#include "unit/filter/probe.h"

namespace mesh::filter {
namespace {

config::Cors app(bool credentials = false) {
  config::Cors cors;
  cors.origins = {"https://app.example", "http://other.example:8080"};
  cors.methods = {"GET", "PUT"};
  cors.headers = {"content-type", "x-team"};
  cors.expose = {"x-request-id"};
  cors.credentials = credentials;
  return cors;
}

// What allow-origin says to a plain request.
std::string granted(const config::Cors& cors, const char* origin, const char* upstream = nullptr) {
  Probe p;
  if (origin) p.header("Origin", origin);
  EXPECT_FALSE(p.up(cors).has_value());
  auto response = p.response(200, "text/plain", "x");
  if (upstream) response.head.headers.add("Access-Control-Allow-Origin", upstream);
  if (upstream) response.head.headers.add("Access-Control-Allow-Credentials", "true");
  p.back(cors, response);
  return values(response.head.headers, "access-control-allow-origin") + "/" +
         values(response.head.headers, "access-control-allow-credentials") + "/" +
         values(response.head.headers, "vary");
}

TEST(Cors, ListedOriginsAreLetIn) {
  EXPECT_EQ(granted(app(), "https://app.example"), "https://app.example//origin");
  EXPECT_EQ(granted(app(true), "https://app.example"), "https://app.example/true/origin");
  EXPECT_EQ(granted(app(), "http://other.example:8080"), "http://other.example:8080//origin");
}

// PA-12
TEST(Cors, PA12OriginsAreComparedWhole) {
  for (const char* origin : {"https://app.example.evil", "https://evilapp.example", "https://app.example:444",
                             "http://app.example", "https://app.example/", "https://sub.app.example", "null", "", "*",
                             "https://app.exampl", "https://APP.example", "https://app.example, https://evil.example"})
    EXPECT_EQ(granted(app(true), origin), "//origin") << origin;
  EXPECT_EQ(granted(app(), nullptr), "//origin");
}

TEST(Cors, PA12TwoOriginFieldsAreNone) {
  Probe p;
  p.header("origin", "https://app.example");
  p.header("origin", "https://app.example");
  auto response = p.response(200);
  p.back(app(), response);
  EXPECT_EQ(values(response.head.headers, "access-control-allow-origin"), "");
}

TEST(Cors, PA12WildcardNeverComesWithCredentials) {
  config::Cors cors;
  cors.origins = {"*"};
  EXPECT_EQ(granted(cors, "https://any.example"), "*//");
  cors.credentials = true;  // the configuration refuses this; the filter does not rely on it
  EXPECT_EQ(granted(cors, "https://any.example"), "*//");
}

TEST(Cors, PA12WhatTheUpstreamGrantsIsReplaced) {
  EXPECT_EQ(granted(app(), "https://evil.example", "https://evil.example"), "//origin");
  EXPECT_EQ(granted(app(), "https://app.example", "*"), "https://app.example//origin");
}

TEST(Cors, DefaultPortsAreLeftOutAsBrowsersDo) {
  config::Cors cors;
  cors.origins = {"https://app.example:443"};
  EXPECT_EQ(granted(cors, "https://app.example"), "https://app.example//origin");
}

TEST(Cors, LaterFiltersMayTakeOriginAway) {
  Probe p;
  p.header("origin", "https://app.example");
  FilterPtr cors = p.make(app());
  EXPECT_FALSE(cors->on_request(p.exchange).has_value());
  p.request.headers.remove(http::HeaderId::origin);
  auto response = p.response(200);
  cors->on_response(p.exchange, response);
  EXPECT_EQ(values(response.head.headers, "access-control-allow-origin"), "https://app.example");
}

TEST(Cors, ExposesHeadersAndKeepsVary) {
  Probe p;
  p.header("origin", "https://app.example");
  auto response = p.response(200);
  response.head.headers.add("Vary", "accept, Origin");
  p.back(app(), response);
  EXPECT_EQ(values(response.head.headers, "access-control-expose-headers"), "x-request-id");
  EXPECT_EQ(values(response.head.headers, "vary"), "accept, Origin");
}

struct Preflight {
  const char* origin = "https://app.example";
  const char* method = "PUT";
  std::string headers;
};

std::string preflight(const Preflight& asked, bool credentials = false) {
  Probe p;
  p.method(http::Method::options);
  p.header("origin", asked.origin);
  p.header("access-control-request-method", asked.method);
  if (!asked.headers.empty()) p.header("access-control-request-headers", asked.headers);
  config::Cors cors = app(credentials);
  auto answer = p.up(cors);
  if (!answer) return "none";
  EXPECT_EQ(answer->head.status, 204);
  EXPECT_EQ(p.exchange.record.reason, exchange::EndReason::cors_preflight);
  EXPECT_EQ(values(answer->head.headers, "vary"),
            "access-control-request-method | access-control-request-headers | origin");
  p.back(cors, *answer);
  const http::Headers& h = answer->head.headers;
  return values(h, "access-control-allow-origin") + "/" + values(h, "access-control-allow-methods") + "/" +
         values(h, "access-control-allow-headers") + "/" + values(h, "access-control-max-age") + "/" +
         values(h, "access-control-allow-credentials");
}

TEST(CorsPreflight, IsAnsweredWithWhatIsAllowed) {
  EXPECT_EQ(preflight({}), "https://app.example/GET, PUT/content-type, x-team/600/");
  EXPECT_EQ(preflight({.headers = "Content-Type,X-TEAM, accept"}, true),
            "https://app.example/GET, PUT/content-type, x-team/600/true");
  EXPECT_EQ(preflight({.method = "POST"}), "https://app.example/GET, PUT/content-type, x-team/600/");
}

TEST(CorsPreflight, GetsNoPermissionForWhatIsNotAllowed) {
  EXPECT_EQ(preflight({.origin = "https://evil.example"}), "////");
  EXPECT_EQ(preflight({.method = "DELETE"}), "////");
  EXPECT_EQ(preflight({.method = "put"}), "////");
  EXPECT_EQ(preflight({.headers = "x-team, x-admin"}), "////");
}

TEST(CorsPreflight, PA12LongHeaderListsAreNotLookedThrough) {
  std::string list = "x-team";
  for (int i = 1; i < 64; ++i) list += ",x-team";
  EXPECT_NE(preflight({.headers = list}), "////");
  EXPECT_EQ(preflight({.headers = list + ",x-team"}), "////");
}

TEST(CorsPreflight, OptionsWithoutItsFieldsGoesUpstream) {
  Probe p;
  p.method(http::Method::options);
  p.header("origin", "https://app.example");
  EXPECT_FALSE(p.up(app()).has_value());
  Probe q;
  q.method(http::Method::get);
  q.header("origin", "https://app.example");
  q.header("access-control-request-method", "PUT");
  EXPECT_FALSE(q.up(app()).has_value());
}

}  // namespace
}  // namespace mesh::filter
