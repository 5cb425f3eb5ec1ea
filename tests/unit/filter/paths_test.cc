// rewrite, redirect, respond.
#include "http/target.h"
#include "unit/filter/probe.h"

namespace mesh::filter {
namespace {

using exchange::EndReason;

std::string rewritten(std::string_view matched, std::string_view path, const char* prefix) {
  Probe p;
  p.at(path, "q=1");
  p.exchange.matched_prefix = p.exchange.path.substr(0, matched.size());
  config::Rewrite rewrite;
  rewrite.prefix = prefix;
  auto answer = p.up(rewrite);
  if (answer) return std::to_string(answer->head.status);
  EXPECT_EQ(p.exchange.upstream_query, "q=1");
  EXPECT_EQ(p.exchange.path, path) << "the canonical request stays";
  return std::string(p.exchange.upstream_path);
}

TEST(Rewrite, PrefixTakesThePlaceOfWhatMatched) {
  EXPECT_EQ(rewritten("/v1", "/v1/a/b", "/"), "/a/b");
  EXPECT_EQ(rewritten("/v1", "/v1", "/"), "/");
  EXPECT_EQ(rewritten("/v1", "/v1/", "/"), "/");
  EXPECT_EQ(rewritten("/v1", "/v1", "/v2"), "/v2");
  EXPECT_EQ(rewritten("/v1", "/v1/a%20b", "/v2/x"), "/v2/x/a%20b");
  EXPECT_EQ(rewritten("", "/a", "/v2"), "/v2/a");
  EXPECT_EQ(rewritten("", "/", "/v2"), "/v2/");
}

// PA-04: what a listener with `paths: raw` lets through must not change its meaning by being cut.
TEST(Rewrite, PA04ResultsThatAreNotCanonicalAreRefused) {
  for (const char* path :
       {"/v1/../admin", "/v1//evil", "/v1/%2e%2e/admin", "/v1/a%2fb", "/v1/./a", "/v1/%61", "/v1/a\\b"})
    EXPECT_EQ(rewritten("/v1", path, "/"), "400") << path;
}

TEST(Rewrite, PA04CanonicalInGivesCanonicalOutForAllSpellings) {
  Random random(11);
  const std::vector<std::string> parts = {"/", "a", ".", "..", "%2e", "%41", "//", "v1", "%20", ";x", "b/"};
  int kept = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "/v1/";
    for (uint64_t n = random.below(6); n > 0; --n) text += parts[random.below(parts.size())];
    Probe p;
    auto target = http::normalise_target(text, http::PathMode::merge, p.arena);
    if (!target || !(target->path == "/v1" || target->path.starts_with("/v1/"))) continue;
    ++kept;
    p.at(target->path);
    p.exchange.matched_prefix = "/v1";
    config::Rewrite rewrite;
    rewrite.prefix = "/";
    ASSERT_FALSE(p.up(rewrite).has_value()) << text;
    auto again = http::normalise_target(p.exchange.upstream_path, http::PathMode::strict, p.arena);
    ASSERT_TRUE(again.has_value() && !again->changed) << p.exchange.upstream_path;
  }
  EXPECT_GT(kept, 5'000);
}

TEST(Rewrite, TemplateTakesCaptures) {
  Probe p;
  p.at("/items/7/x");
  p.exchange.captures.add("id", "7");
  config::Rewrite rewrite;
  rewrite.pattern = "/v2/{id}";
  rewrite.host = "orders.internal";
  EXPECT_FALSE(p.up(rewrite).has_value());
  EXPECT_EQ(p.exchange.upstream_path, "/v2/7");
  EXPECT_EQ(p.exchange.upstream_authority, "orders.internal");
}

TEST(Rewrite, PA04CapturesCanNotClimbOrLoseASegment) {
  for (const char* value : {"..", ".", "a/b/../c", "%2e%2e", "x?y"}) {
    Probe p;
    p.exchange.captures.add("id", value);
    config::Rewrite rewrite;
    rewrite.pattern = "/v2/{id}/z";
    auto answer = p.up(rewrite);
    ASSERT_TRUE(answer.has_value()) << value;
    EXPECT_EQ(answer->head.status, 400);
    EXPECT_EQ(p.exchange.record.reason, EndReason::rewrite_refused);
    EXPECT_EQ(p.exchange.record.decided->to_string(), "m.yaml:5:9");
  }
}

std::string location(Probe& p, const config::Redirect& redirect) {
  auto answer = p.up(redirect);
  if (!answer) return "none";
  EXPECT_EQ(answer->body, nullptr);
  return std::to_string(answer->head.status) + " " + values(answer->head.headers, "location");
}

TEST(Redirect, KeepsWhatIsNotGiven) {
  Probe p;
  p.at("/a/b", "q=1");
  config::Redirect redirect;
  redirect.scheme = "https";
  EXPECT_EQ(location(p, redirect), "302 https://shop.example/a/b?q=1");
  EXPECT_EQ(p.exchange.record.reason, EndReason::redirect);
  redirect.keep_query = false;
  redirect.status = 308;
  EXPECT_EQ(location(p, redirect), "308 https://shop.example/a/b");
}

TEST(Redirect, PortStaysOnlyWhenTheAuthorityIsTheSame) {
  Probe p;
  p.exchange.port = 8080;
  config::Redirect path, scheme, port, host;
  path.path = "/moved";
  EXPECT_EQ(location(p, path), "302 http://shop.example:8080/moved");
  scheme.scheme = "https";
  EXPECT_EQ(location(p, scheme), "302 https://shop.example/");
  port.scheme = "https";
  port.port = 8443;
  EXPECT_EQ(location(p, port), "302 https://shop.example:8443/");
  port.port = 443;
  EXPECT_EQ(location(p, port), "302 https://shop.example/");
  host.host = "www.example:9000";
  EXPECT_EQ(location(p, host), "302 http://www.example:9000/");
  host.port = 81;
  EXPECT_EQ(location(p, host), "302 http://www.example:81/");
  host.host = "[::1]";
  EXPECT_EQ(location(p, host), "302 http://[::1]:81/");
}

TEST(Redirect, PrefixIsReplaced) {
  Probe p;
  p.at("/old/x", "q");
  p.exchange.matched_prefix = "/old";
  config::Redirect redirect;
  redirect.prefix = "/new";
  EXPECT_EQ(location(p, redirect), "302 http://shop.example/new/x?q");
}

// PA-11: never relative to the protocol, nothing from other headers.
TEST(Redirect, PA11NeverLeavesTheHostOfTheCanonicalRequest) {
  Probe p;
  p.at("//evil.example/x");
  p.header("x-forwarded-host", "evil.example");
  p.header("x-forwarded-prefix", "//evil.example");
  config::Redirect scheme;
  scheme.scheme = "https";
  EXPECT_EQ(location(p, scheme), "302 https://shop.example//evil.example/x");
  p.at("/old//evil.example");
  p.exchange.matched_prefix = "/old";
  config::Redirect strip;
  strip.prefix = "/";
  auto answer = p.up(strip);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->head.status, 400);
}

TEST(Redirect, OptionsAsteriskGoesToTheRoot) {
  Probe p;
  p.at("*");
  config::Redirect redirect;
  redirect.scheme = "https";
  EXPECT_EQ(location(p, redirect), "302 https://shop.example/");
}

TEST(Respond, GivesStatusTypeAndBody) {
  Probe p;
  config::Respond respond;
  respond.status = 503;
  respond.body = "closed";
  auto answer = p.up(respond);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->head.status, 503);
  EXPECT_EQ(values(answer->head.headers, "content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer->head.framing.length, 6u);
  EXPECT_EQ(p.content(*answer), "closed");
  EXPECT_EQ(p.exchange.record.reason, EndReason::direct_response);
}

TEST(Respond, WithoutABodyHasNoTypeAndNoContent) {
  Probe p;
  config::Respond respond;
  respond.status = 204;
  auto answer = p.up(respond);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->head.framing.kind, http::Framing::Kind::none);
  EXPECT_EQ(answer->head.headers.size(), 0u);
  respond.status = 200;
  answer = p.up(respond);
  EXPECT_EQ(answer->head.framing.kind, http::Framing::Kind::length);
  EXPECT_EQ(answer->body, nullptr);
}

}  // namespace
}  // namespace mesh::filter
