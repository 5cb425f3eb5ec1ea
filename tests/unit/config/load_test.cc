#include "config/load.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "config/print.h"

namespace mesh::config {
namespace {

std::string problems(const Loaded& loaded) {
  std::string out;
  for (const Finding& finding : loaded.findings)
    out += finding.pos.to_string() + " " + finding.code + " " + finding.message + "\n";
  return out;
}

Loaded good(const std::string& text) {
  Loaded loaded = load_text("x.yaml", text);
  EXPECT_TRUE(loaded.ok) << problems(loaded) << text;
  return loaded;
}

constexpr const char* kFull = R"(version: 1
listeners:
  web: { address: ":8080" }
  edge:
    address: "[::1]:8443"
    hosts: [Shop.Example, "*.shop.example"]
    tls:
      certificates: [{ cert: edge.pem, key: /k/edge-key.pem }]
      min_version: 1.3
      client_auth: { ca: partners.pem, mode: optional }
    protocols: http/1.1
    trusted_proxies: [10.0.0.0/8, "2001:db8::/32", 192.0.2.1]
    limits: { head_bytes: 16KiB, head_fields: 50, header_timeout: 2s, h2_streams: 250 }
    paths: strict
    underscores: keep
  raw: { address: unix:/run/raw.sock, tcp: db }
services:
  orders:
    endpoints: [127.0.0.1:9001, { address: "Name.Example:80", weight: 2 }, unix:/run/o.sock]
    protocol: auto
    tls: { ca: ca.pem, server_name: orders.internal }
    balance: least-request
    timeouts: { connect: 500ms, header: 5s, idle: 10m, total: 1m }
    retry: { attempts: 3, on: [connect-failure, 503], per_try: 2s, budget: 12.5%, min_per_second: 1 }
    limits: { connections: 10, pending: 20, requests: 30, retries: 40 }
  db: { endpoints: db.internal:5432 }
routes:
  - name: orders
    match: { host: shop.example, path: /orders/*, method: [GET, POST] }
    to: [{ service: orders, weight: 90 }, { service: db, weight: 10 }]
    timeouts: { total: 3s }
    retry: { attempts: 1 }
    priority: -5
  - name: many
    match:
      - { path: "/items/{id}", headers: { X-Team: { regex: "a|b" }, x-plain: a } }
      - { path: { exact: "/{odd}" }, query: { debug: { present: false }, Page: { prefix: "1" } } }
      - { path: { prefix: /v1/ } }
      - path: { regex: "/v[0-9]+" }
    listeners: web
    filters:
      - request_headers: { set: { X-A: "1" }, add: { vary: accept }, remove: cookie }
      - response_headers: { remove: [server, x-powered-by] }
      - rewrite: { host: orders.internal }
      - cors: { origins: ["https://App.example"], credentials: true, max_age: 1h }
      - compress: { encodings: [gzip], min_size: 0 }
    to: orders
  - name: ping
    match: { path: /ping }
    filters: [{ respond: { body: pong } }]
  - name: moved
    match: { path: /old/* }
    filters: { redirect: { scheme: https, prefix: /new, status: 308, port: 8443 } }
telemetry: { access_log: { path: /var/log/a.log, format: json }, metrics: { address: 127.0.0.1:9464 } }
admin: { socket: /run/meshctl/a.sock }
)";

TEST(Load, ListenersAreRead) {
  Loaded loaded = load_text("conf/x.yaml", kFull);
  ASSERT_TRUE(loaded.ok) << problems(loaded);
  ASSERT_EQ(loaded.model.listeners.size(), 3u);
  const Listener& web = loaded.model.listeners[0];
  EXPECT_EQ(web.address.to_string(), "0.0.0.0:8080");
  EXPECT_FALSE(web.is_tcp());
  EXPECT_EQ(web.pos.to_string(), "conf/x.yaml:3:3");
  const Listener& edge = loaded.model.listeners[1];
  EXPECT_EQ(edge.address.to_string(), "[::1]:8443");
  EXPECT_EQ(edge.hosts, (std::vector<std::string>{"shop.example", "*.shop.example"}));
  ASSERT_TRUE(edge.tls);
  EXPECT_EQ(edge.tls->certificates[0].cert, "conf/edge.pem");
  EXPECT_EQ(edge.tls->certificates[0].key, "/k/edge-key.pem");
  EXPECT_EQ(edge.tls->min_version, TlsVersion::v1_3);
  EXPECT_EQ(edge.tls->client_auth->mode, ClientAuth::optional);
  EXPECT_EQ(edge.protocols, std::vector{ListenerProtocol::http1});
  ASSERT_EQ(edge.trusted_proxies.size(), 3u);
  EXPECT_EQ(edge.trusted_proxies[2].to_string(), "192.0.2.1/32");
  EXPECT_EQ(edge.limits.head_bytes, 16384u);
  EXPECT_EQ(edge.limits.target_bytes, 8192u);
  EXPECT_EQ(edge.limits.header_timeout, Duration::seconds(2));
  EXPECT_EQ(edge.paths, PathMode::strict);
  EXPECT_EQ(edge.underscores, Underscores::keep);
  const Listener& raw = loaded.model.listeners[2];
  EXPECT_EQ(raw.tcp, "db");
  EXPECT_EQ(raw.tcp_pos.line, 16u);
  EXPECT_EQ(raw.address.kind, Address::Kind::unix_path);
}

TEST(Load, ServicesAreRead) {
  Loaded loaded = good(kFull);
  const Service& orders = *loaded.model.find_service("orders");
  ASSERT_EQ(orders.endpoints.size(), 3u);
  EXPECT_EQ(orders.endpoints[1].address.host, "name.example");
  EXPECT_EQ(orders.endpoints[1].address.kind, Address::Kind::name);
  EXPECT_EQ(orders.endpoints[1].weight, 2u);
  EXPECT_EQ(orders.endpoints[1].pos.to_string(), "x.yaml:19:33");
  EXPECT_EQ(orders.protocol, UpstreamProtocol::automatic);
  EXPECT_EQ(orders.balance, Balance::least_request);
  EXPECT_EQ(orders.timeouts.idle, Duration::seconds(600));
  EXPECT_EQ(orders.timeouts.total, Duration::seconds(60));
  EXPECT_EQ(orders.retry.attempts, 3u);
  EXPECT_EQ(orders.retry.on, (std::vector<RetryOn>{{RetryOn::Kind::connect_failure}, {RetryOn::Kind::status, 503}}));
  EXPECT_DOUBLE_EQ(orders.retry.budget, 12.5);
  EXPECT_EQ(orders.limits.retries, 40u);
  EXPECT_EQ(loaded.model.find_service("db")->endpoints.size(), 1u);
}

TEST(Load, RoutesAreRead) {
  Loaded loaded = good(kFull);
  const Route& orders = *loaded.model.find_route("orders");
  ASSERT_EQ(orders.matches.size(), 1u);
  EXPECT_EQ(orders.matches[0].path->kind, PathMatch::Kind::prefix);
  EXPECT_EQ(orders.matches[0].path->text, "/orders");
  EXPECT_EQ(orders.matches[0].path->pos.to_string(), "x.yaml:29:40");
  EXPECT_EQ(orders.to[0].weight, 90u);
  EXPECT_EQ(orders.timeouts->total, Duration::seconds(3));
  EXPECT_FALSE(orders.timeouts->idle);
  EXPECT_EQ(orders.retry->attempts, 1u);
  EXPECT_EQ(orders.priority, -5);

  const Route& many = *loaded.model.find_route("many");
  ASSERT_EQ(many.matches.size(), 4u);
  EXPECT_EQ(many.matches[0].path->kind, PathMatch::Kind::pattern);
  EXPECT_EQ(many.matches[0].headers[0].name, "x-team");
  EXPECT_EQ(many.matches[0].headers[0].kind, ValueMatch::Kind::regex);
  EXPECT_EQ(many.matches[0].headers[1].kind, ValueMatch::Kind::exact);
  EXPECT_EQ(many.matches[1].path->kind, PathMatch::Kind::exact);
  EXPECT_EQ(many.matches[1].query[0].kind, ValueMatch::Kind::absent);
  EXPECT_EQ(many.matches[1].query[1].name, "Page");
  EXPECT_EQ(many.matches[2].path->text, "/v1");
  EXPECT_EQ(many.matches[3].path->kind, PathMatch::Kind::regex);
  EXPECT_EQ(many.listeners, std::vector<std::string>{"web"});
  ASSERT_EQ(many.filters.size(), 5u);
  EXPECT_EQ(std::get<RequestHeaders>(many.filters[0].what).set[0].first, "x-a");
  EXPECT_EQ(std::get<Cors>(many.filters[3].what).origins[0], "https://app.example");
  EXPECT_EQ(std::get<Compress>(many.filters[4].what).encodings, std::vector{Encoding::gzip});
  EXPECT_EQ(many.filters[4].pos.to_string(), "x.yaml:46:9");

  EXPECT_EQ(std::get<Respond>(loaded.model.find_route("ping")->filters[0].what).body, "pong");
  const auto& redirect = std::get<Redirect>(loaded.model.find_route("moved")->filters[0].what);
  EXPECT_EQ(redirect.prefix, "/new");
  EXPECT_EQ(redirect.port, 8443);
}

TEST(Load, ARouteWithoutConditionsHasOneThatTakesEverything) {
  Loaded loaded = good(
      "version: 1\nlisteners: { w: { address: ':0' } }\nservices: { s: { endpoints: h:1 } }\nroutes: [{ name: r, to: s "
      "}]\n");
  ASSERT_EQ(loaded.model.routes[0].matches.size(), 1u);
  EXPECT_FALSE(loaded.model.routes[0].matches[0].path);
  EXPECT_EQ(loaded.model.routes[0].matches[0].pos.line, 4u);
}

TEST(Load, PathsAreInTheFormThatRequestsAreComparedIn) {
  Loaded loaded = good(
      "version: 1\nlisteners: { w: { address: ':0' } }\nservices: { s: { endpoints: h:1 } }\nroutes:\n"
      "  - { name: a, to: s, match: [{ path: /%c3%a4 }, { path: /x/%c3%a4/* }, { path: /* }, { path: { prefix: / } }] "
      "}\n");
  const std::vector<Match>& matches = loaded.model.routes[0].matches;
  EXPECT_EQ(matches[0].path->text, "/%C3%A4");
  EXPECT_EQ(matches[1].path->text, "/x/%C3%A4");
  EXPECT_EQ(matches[2].path->text, "/");
  EXPECT_EQ(matches[3].path->text, "/");
}

TEST(Load, DefaultsAreThoseOfTheDesign) {
  Loaded loaded = good("version: 1\nlisteners: { w: { address: ':0' } }\nservices: { s: { endpoints: h:1 } }\n");
  const ListenerLimits& limits = loaded.model.listeners[0].limits;
  EXPECT_EQ(limits.head_bytes, 32u * 1024);
  EXPECT_EQ(limits.head_fields, 100u);
  EXPECT_EQ(limits.header_timeout, Duration::seconds(10));
  EXPECT_EQ(limits.body_idle, Duration::seconds(30));
  EXPECT_EQ(limits.keepalive_idle, Duration::seconds(60));
  EXPECT_EQ(limits.requests_per_connection, 10'000u);
  EXPECT_EQ(limits.h2_streams, 100u);
  EXPECT_EQ(limits.h2_stream_window, 65536u);
  EXPECT_EQ(limits.h2_connection_window, 1048576u);
  const Service& service = loaded.model.services[0];
  EXPECT_EQ(service.timeouts.connect, Duration::seconds(1));
  EXPECT_EQ(service.timeouts.header, Duration::seconds(15));
  EXPECT_EQ(service.timeouts.idle, Duration::seconds(60));
  EXPECT_FALSE(service.timeouts.total);
  EXPECT_EQ(service.retry.attempts, 2u);
  EXPECT_EQ(service.retry.budget, 20);
  EXPECT_EQ(service.retry.min_per_second, 10u);
  EXPECT_EQ(service.retry.backoff_min, Duration::milliseconds(25));
  EXPECT_EQ(service.retry.backoff_max, Duration::milliseconds(250));
  EXPECT_EQ(service.limits.connections, 1024u);
  EXPECT_EQ(service.limits.retries, 3u);
}

TEST(Load, JsonIsTheSameLanguage) {
  Loaded yaml = good("version: 1\nservices: { s: { endpoints: [{address: h:1, weight: 3}], tls: {} } }\n");
  Loaded json = load_text(
      "x.json", R"({"version": 1, "services": {"s": {"endpoints": [{"address": "h:1", "weight": 3}], "tls": {}}}})");
  EXPECT_TRUE(json.ok) << problems(json);
  EXPECT_EQ(yaml.model.content_hash(), json.model.content_hash());
}

TEST(Load, FoldersMergeInOrderOfNames) {
  std::map<std::string, std::string> contents = {
      {"c/1.yaml",
       "version: 1\nlisteners: { w: { address: ':0' } }\nroutes: [{ name: a, to: s, match: { path: /a } }]\n"},
      {"c/2.yaml",
       "version: 1\nservices: { s: { endpoints: h:1 } }\nroutes: [{ name: b, to: s, match: { path: /b } }]\n"},
      {"c/3.yaml", "version: 1\ntelemetry: { access_log: { format: 'off' } }\n"},
      {"c/4.yaml", "version: 1\ntelemetry: { access_log: { path: /x } }\n"}};
  Environment environment;
  environment.read_file = [&](const std::string& path) -> Result<std::string> { return contents.at(path); };
  environment.list_folder = [&](const std::string&) {
    std::vector<std::string> names;
    for (const auto& [name, text] : contents) names.push_back(name);
    return std::optional(names);
  };
  std::string path = "c";
  Loaded loaded = load({&path, 1}, environment);
  ASSERT_TRUE(loaded.ok) << problems(loaded);
  EXPECT_EQ(loaded.config_files.size(), 4u);
  EXPECT_EQ(loaded.model.routes.size(), 2u);
  EXPECT_EQ(loaded.model.routes[1].pos.to_string(), "c/2.yaml:3:10");
  EXPECT_EQ(loaded.model.telemetry.access_log.format, LogFormat::off);
  EXPECT_EQ(loaded.model.telemetry.access_log.path, "/x");
}

TEST(Load, SubstitutedFilesAreBesideTheFileAndWatched) {
  Environment environment;
  environment.variable = [](const std::string& name) { return std::optional<std::string>(name == "P" ? "8081" : ""); };
  environment.read_file = [](const std::string& path) -> Result<std::string> {
    if (path == "/e/x.yaml")
      return "version: 1\nlisteners: { w: { address: \"127.0.0.1:${env:P}\" } }\nservices: { s: { endpoints: "
             "\"${file:ep}\" } }\n";
    if (path == "/e/ep") return "h:1\n";
    return fail(Errc::not_found, "no " + path);
  };
  std::string path = "/e/x.yaml";
  Loaded loaded = load({&path, 1}, environment);
  ASSERT_TRUE(loaded.ok) << problems(loaded);
  EXPECT_EQ(loaded.model.listeners[0].address.port, 8081);
  EXPECT_EQ(loaded.model.services[0].endpoints[0].address.host, "h");
  EXPECT_EQ(loaded.files, (std::vector<std::string>{"/e/x.yaml", "/e/ep"}));
}

TEST(ContentHash, IgnoresLayoutOrderAndWrittenDefaults) {
  std::string a =
      good("version: 1\nservices: { s: { endpoints: [h:1] }, t: { endpoints: [h:2] } }\n").model.content_hash();
  EXPECT_EQ(good("# note\nversion: 1\nservices:\n  t: { endpoints: h:2, balance: round-robin }\n  s:\n    endpoints:\n "
                 "    - address: h:1\n")
                .model.content_hash(),
            a);
  EXPECT_NE(good("version: 1\nservices: { s: { endpoints: [h:1] }, t: { endpoints: [h:3] } }\n").model.content_hash(),
            a);
  EXPECT_EQ(a.size(), 64u);
}

TEST(ContentHash, SeesEveryField) {
  std::string whole = kFull;
  std::string base = good(whole).model.content_hash();
  for (auto [old, fresh] : std::map<std::string, std::string>{{"16KiB", "17KiB"},
                                                              {"budget: 12.5%", "budget: 13%"},
                                                              {"priority: -5", "priority: 5"},
                                                              {"paths: strict", "paths: raw"},
                                                              {"status: 308", "status: 301"},
                                                              {"body: pong", "body: ping"},
                                                              {"present: false", "present: true"},
                                                              {"X-A: \"1\"", "X-A: \"2\""},
                                                              {"a|b", "a|c"},
                                                              {"attempts: 1 }", "attempts: 2 }"},
                                                              {"format: json", "format: text"}}) {
    std::string changed = whole;
    ASSERT_NE(changed.find(old), std::string::npos) << old;
    changed.replace(changed.find(old), old.size(), fresh);
    EXPECT_NE(good(changed).model.content_hash(), base) << old;
  }
}

TEST(Effective, PrintsEveryDefaultAndReadsBackAsTheSameModel) {
  Loaded loaded = good(kFull);
  std::string text = effective(loaded.model, &loaded.origins);
  Loaded again = load_text("y.yaml", text);
  ASSERT_TRUE(again.ok) << problems(again) << text;
  EXPECT_EQ(again.model.content_hash(), loaded.model.content_hash()) << text;
}

TEST(Effective, TextThatLooksLikeASubstitutionIsReadBack) {
  Loaded loaded = good("version: 1\nadmin: { socket: \"/$${x}$$$${y}\" }\n");
  EXPECT_EQ(loaded.model.admin.socket, "/${x}$$${y}");
  Loaded again = good(effective(loaded.model));
  EXPECT_EQ(again.model.admin.socket, loaded.model.admin.socket);
}

TEST(Effective, SaysWhereEachValueComesFrom) {
  Loaded loaded = good("version: 1\nservices:\n  s:\n    endpoints: h:1\n    timeouts: { connect: 3s }\n");
  std::string text = effective(loaded.model, &loaded.origins);
  auto line_with = [&](const std::string& part) {
    size_t at = text.find(part);
    return at == std::string::npos ? std::string("nothing") : text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_NE(line_with("connect:").find("# x.yaml:5:26"), std::string::npos) << text;
  EXPECT_NE(line_with("header:").find("# default"), std::string::npos) << text;
  EXPECT_NE(line_with("total: none").find("# default"), std::string::npos) << text;
  EXPECT_NE(line_with("h:1").find("x.yaml:4:16"), std::string::npos) << text;
}

TEST(Effective, HasALineForEveryDefault) {
  Model model;
  model.listeners.emplace_back().name = "l";
  model.services.emplace_back().name = "s";
  std::string text = effective(model);
  for (const char* line : {"head_bytes: 32KiB",
                           "head_fields: 100",
                           "target_bytes: 8KiB",
                           "header_timeout: 10s",
                           "body_idle: 30s",
                           "keepalive_idle: 1m",
                           "handshake_timeout: 10s",
                           "requests_per_connection: 10000",
                           "h2_streams: 100",
                           "h2_stream_window: 64KiB",
                           "h2_connection_window: 1MiB",
                           "paths: merge",
                           "underscores: reject",
                           "protocols: [h2, http/1.1]",
                           "protocol: http1",
                           "balance: round-robin",
                           "connect: 1s",
                           "header: 15s",
                           "idle: 1m",
                           "total: none",
                           "attempts: 2",
                           "on: [connect-failure, refused-stream, reset-before-request, reset]",
                           "per_try: none",
                           "budget: 20%",
                           "min_per_second: 10",
                           "backoff_min: 25ms",
                           "backoff_max: 250ms",
                           "body: 64KiB",
                           "connections: 1024",
                           "pending: 1024",
                           "requests: 1024",
                           "retries: 3",
                           "path: \"-\"",
                           "format: text"})
    EXPECT_NE(text.find(std::string(line) + "\n"), std::string::npos) << line << "\n" << text;
}

TEST(Quick, OneListenerOneServiceOneRoute) {
  std::vector<std::string> to = {"http://127.0.0.1:9000", "http://b.example/"};
  auto model = Model::from_quick(":8080", to);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->listeners[0].address.to_string(), "0.0.0.0:8080");
  ASSERT_EQ(model->services[0].endpoints.size(), 2u);
  EXPECT_EQ(model->services[0].endpoints[1].address.to_string(), "b.example:80");
  EXPECT_EQ(model->routes[0].to[0].service, model->services[0].name);
  Loaded again = load_text("q.yaml", effective(*model));
  EXPECT_TRUE(again.ok) << problems(again);
  EXPECT_TRUE(again.findings.empty()) << problems(again);
}

TEST(Quick, SchemesChooseTheProtocol) {
  auto with = [](std::string url) { return Model::from_quick("127.0.0.1:0", std::vector<std::string>{url}); };
  EXPECT_EQ(with("https://a.example")->services[0].endpoints[0].address.port, 443);
  EXPECT_TRUE(with("https://a.example")->services[0].tls);
  EXPECT_EQ(with("https://a.example")->services[0].protocol, UpstreamProtocol::automatic);
  EXPECT_EQ(with("h2c://a.example:1")->services[0].protocol, UpstreamProtocol::h2);
  EXPECT_EQ(with("http://[::1]")->services[0].endpoints[0].address.to_string(), "[::1]:80");
  EXPECT_EQ(with("127.0.0.1:9000")->services[0].endpoints[0].address.port, 9000);
  EXPECT_EQ(with("unix:/run/a.sock")->services[0].endpoints[0].address.host, "/run/a.sock");
}

TEST(Quick, WhatItCannotDoIsSaid) {
  auto message = [](std::string from, std::vector<std::string> to) {
    auto model = Model::from_quick(from, to);
    return model ? std::string("accepted") : model.error().message;
  };
  EXPECT_NE(message(":80", {}).find("nowhere"), std::string::npos);
  EXPECT_NE(message("localhost:80", {"http://a"}).find("is a name"), std::string::npos);
  EXPECT_NE(message("80", {"http://a"}).find("port is missing"), std::string::npos);
  EXPECT_NE(message(":80", {"ftp://a"}).find("not an http"), std::string::npos);
  EXPECT_NE(message(":80", {"http://a/path"}).find("more than a host"), std::string::npos);
  EXPECT_NE(message(":80", {"http://u@a"}).find("more than a host"), std::string::npos);
  EXPECT_NE(message(":80", {"http://a", "https://b"}).find("another scheme"), std::string::npos);
  EXPECT_NE(message(":80", {"http://a:0"}).find("port 0"), std::string::npos);
}

}  // namespace
}  // namespace mesh::config
