// Every finding code, each with the text that causes it.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "config/codes.h"
#include "config/load.h"

namespace mesh::config {
namespace {

// "MC1004@3:1 ..." of all findings.
std::string codes(const Findings& findings) {
  std::string out;
  for (const Finding& finding : findings)
    out += finding.code + "@" + std::to_string(finding.pos.line) + ":" + std::to_string(finding.pos.column) + " ";
  if (!out.empty()) out.pop_back();
  return out;
}

std::string messages(const Findings& findings) {
  std::string out;
  for (const Finding& finding : findings) out += finding.code + " " + finding.message + "; " + finding.hint + "\n";
  return out;
}

Loaded from(const std::string& text, const Environment& environment = {}) {
  return load_text("x.yaml", "version: 1\n" + text, environment);
}

constexpr const char* kBase = R"(listeners: { web: { address: 127.0.0.1:8080 } }
services: { users: { endpoints: [127.0.0.1:9001] } }
)";

// `routes` after one listener and one service; the routes begin in line 5.
Loaded with_routes(const std::string& routes) { return from(kBase + ("routes:\n" + routes)); }

struct Case {
  const char* code;
  const char* text;     // after "version: 1"
  const char* where;    // of the first finding with the code: "line: text there"
  const char* message;  // part of it, or of its hint
};

const Case kCases[] = {
    {"MC1001", "listeners: [\n", nullptr, "not valid YAML"},
    {"MC1002", "admin: {}\nadmin: {}\n", "3:admin", "already set at x.yaml:2:1"},
    {"MC1003",
     "a: "
     "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
     "]]]]]]]]]]]]]]]]]\n",
     nullptr, "nested deeper"},
    {"MC1004", "listeners: { web: { address: 127.0.0.1:80, adress: 1 } }\n", "2:adress", "did you mean 'address'?"},
    {"MC1004", "services: { a: { endpoints: [h:1], timout: 2s } }\n", "2:timout", "unknown key 'timout' in service"},
    {"MC1004", "endpoints: []\n", "2:endpoints", "'endpoints' belongs in service"},
    {"MC1005", "listeners: []\n", "2:[", "expected a mapping from names, found a list"},
    {"MC1005", "routes: 1\n", "2:1", "expected a list, found text"},
    {"MC1005", "services: { a: { endpoints: [h:1], tls: } }\n", nullptr, "expected a mapping, found nothing"},
    {"MC1005", "listeners: { web: { address: [a] } }\n", "2:[a", "expected an address, found a list"},
    {"MC1006", "listeners: { web: { address: 8080 } }\n", "2:8080", "the port is missing"},
    {"MC1006", "listeners: { web: { address: localhost:80 } }\n", "2:localhost", "listening needs an IP address"},
    {"MC1006", "listeners: { web: { address: '1.2.3:80' } }\n", "2:'1.2.3", "not four numbers"},
    {"MC1006", "listeners: { web: { address: '127.0.0.1:66000' } }\n", "2:'127.0.0.1", "0 to 65535"},
    {"MC1006", "listeners: { web: { address: '::1:80' } }\n", "2:'", "needs brackets"},
    {"MC1006", "listeners: { 'a b': { address: ':80' } }\n", "2:'a", "is no name"},
    {"MC1006", "listeners: { web: { address: ':80', hosts: ['*'] } }\n", "2:'*'", "leave the key out"},
    {"MC1006", "listeners: { web: { address: ':80', hosts: ['a:80'] } }\n", "2:'a", "has a port"},
    {"MC1006", "listeners: { web: { address: ':80', hosts: [\"b\xc3\xbc.de\"] } }\n", nullptr, "xn--"},
    {"MC1006", "listeners: { web: { address: ':80', hosts: [] } }\n", "2:[", "the list is empty"},
    {"MC1006", "listeners: { web: { address: ':80', protocols: [h3] } }\n", "2:h3", "did you mean 'h2'?"},
    {"MC1006", "listeners: { web: { address: ':80', trusted_proxies: [10.0.0.1/8] } }\n", "2:10.0.0.1/8", "bits after"},
    {"MC1006", "listeners: { web: { address: ':80', trusted_proxies: [lan] } }\n", "2:lan", "IP address"},
    {"MC1006", "listeners: { web: { address: ':80', limits: { head_bytes: 8192 } } }\n", "2:8192", "has no unit"},
    {"MC1006", "listeners: { web: { address: ':80', limits: { head_bytes: 1GiB } } }\n", "2:1GiB", "1KiB to 1MiB"},
    {"MC1006", "listeners: { web: { address: ':80', limits: { head_fields: 0 } } }\n", "2:0", "from 1 to 10000"},
    {"MC1006", "listeners: { web: { address: ':80', limits: { head_fields: '9' } } }\n", "2:'9'", "quotes"},
    {"MC1006", "listeners: { web: { address: ':80', limits: { body_idle: 30 } } }\n", "2:30", "write '30s'"},
    {"MC1006", "listeners: { web: { address: ':80', limits: { body_idle: 0s } } }\n", "2:0s", "nothing through"},
    {"MC1006", "services: { a: { endpoints: [h:1], retry: { budget: 20 } } }\n", "2:20", "write '20%'"},
    {"MC1006", "services: { a: { endpoints: [h:1], retry: { budget: 101% } } }\n", "2:101%", "0% to 100%"},
    {"MC1006", "services: { a: { endpoints: [h:1], retry: { on: [200] } } }\n", "2:200", "from 400 to 599"},
    {"MC1006", "services: { a: { endpoints: [h:1], retry: { attempts: 11 } } }\n", "2:11", "from 1 to 10"},
    {"MC1006", "services: { a: { endpoints: [h:1], retry: { backoff_max: 1ms } } }\n", "2:1ms", "shorter"},
    {"MC1006", "services: { a: { endpoints: [h:0] } }\n", "2:h", "port 0"},
    {"MC1006", "services: { a: { endpoints: [{ address: 'h:0' }] } }\n", "2:'h", "port 0"},
    {"MC1006", "services: { a: { endpoints: [h:1], tls: { unsafe_skip_verify: yes } } }\n", "2:yes", "neither true"},
    {"MC1006", "services: { a: { endpoints: [h:1], balance: roundrobin } }\n", "2:roundrobin", "'round-robin'?"},
    {"MC1006", "telemetry: { metrics: { address: 'localhost:1' } }\n", "2:'localhost", "is a name"},
    {"MC1007", "listeners: { web: {} }\n", "2:{", "'address' is missing in listener; add 'address: 127.0.0.1:8080'"},
    {"MC1007", "services: { a: { endpoints: [h:1], tls: { cert: x.pem } } }\n", "2:{", "belong together"},
    {"MC1008", "admin: !x {}\n", nullptr, "tags"},
    {"MC1010", "admin: { socket: \"${env:NOPE}\" }\n", "2:\"${env", "is not set"},
    {"MC1101", "listeners: { web: { address: ':80', tcp: a, hosts: [b] } }\n", "2:hosts", "beside 'tcp'"},
    {"MC1101", "services: { a: { endpoints: [h:1], protocol: auto } }\n", "2:auto", "needs 'tls'"},
    {"MC1106", "services: { a: { endpoints: [h:1], tls: { unsafe_skip_verify: true } } }\n", "2:unsafe_skip_",
     "not verified"},
    {"MC1201", "listeners: { web: { address: ':80', tcp: user } }\nservices: { users: { endpoints: [h:1] } }\n",
     "2:user", "service 'user' is not defined; did you mean 'users' (line 3)?"},
    {"MC1205", "services: { a: { endpoints: [h:1] } }\n", "2:a", "not used"},
    {"MC1206", "listeners: { web: { address: ':80' } }\n", "2:web", "answered with 404"},
    {"MC1401", "listeners: { a: { address: 127.0.0.1:80 }, b: { address: 0.0.0.0:80 } }\n", "2:0.0.0.0",
     "wants 0.0.0.0:80, which listener 'a' at x.yaml:2:28 has"},
    {"MC1401", "listeners: { a: { address: 127.0.0.1:80 } }\ntelemetry: { metrics: { address: 127.0.0.1:80 } }\n",
     "3:127.0.0.1", "telemetry.metrics wants"},
    {"MC1401", "listeners: { a: { address: unix:/s } }\nadmin: { socket: /s }\n", "3:/s", "admin.socket wants"},
};

// "5:users }": the line and the first characters of what the finding points at.
std::string place(const Finding& finding) {
  std::string text = finding.source_line.substr(std::min<size_t>(finding.pos.column - 1, finding.source_line.size()));
  return std::to_string(finding.pos.line) + ":" + text.substr(0, std::min(text.find_first_of(" ,:]}"), size_t{12}));
}

TEST(Findings, EachCauseHasItsCodePlaceAndAdvice) {
  for (const Case& c : kCases) {
    Loaded loaded = from(c.text);
    const Finding* found = nullptr;
    for (const Finding& finding : loaded.findings)
      if (finding.code == c.code && !found) found = &finding;
    ASSERT_NE(found, nullptr) << c.text << messages(loaded.findings);
    std::string whole = found->message + "; " + found->hint;
    EXPECT_NE(whole.find(c.message), std::string::npos) << c.text << whole;
    if (c.where) EXPECT_EQ(place(*found), c.where) << c.text << whole;
    EXPECT_EQ(loaded.ok, found->severity != Severity::error && loaded.findings.size() <= 2)
        << c.text << messages(loaded.findings);
  }
}

const Case kRouteCases[] = {
    {"MC1004", "  - { name: a, to: users, mach: {} }\n", "5:mach", "did you mean 'match'?"},
    {"MC1006", "  - { name: a, to: [{ service: users, weight: 0 }] }\n", "5:[{", "goes nowhere"},
    {"MC1006", "  - { name: a, to: users, match: { method: get } }\n", "5:get", "upper case"},
    {"MC1006", "  - { name: a, to: users, match: { headers: { 'a b': x } } }\n", "5:'a", "header name"},
    {"MC1006", "  - { name: a, to: users, filters: [{ request_headers: { set: { x: \"a\\nb\" } } }] }\n", "5:\"a\\nb\"",
     "control character"},
    {"MC1006", "  - { name: a, to: users, filters: [{ request_headers: { set: { x: '{claims.x}' } } }] }\n",
     "5:'{claims.x", "does not exist"},
    {"MC1006", "  - { name: a, to: users, filters: [{ request_headers: { remove: [host] } }] }\n", "5:host", "rewrite"},
    {"MC1006", "  - { name: a, to: users, filters: [{ response_headers: { remove: connection } }] }\n", "5:connection",
     "one connection"},
    {"MC1006", "  - { name: a, filters: [{ redirect: { path: /x, status: 304 } }] }\n", "5:304", "301, 302"},
    {"MC1006", "  - { name: a, to: users, filters: [{ cors: { origins: ['https://a/b'] } }] }\n", "5:'https",
     "has a path"},
    {"MC1006", "  - { name: a, to: users, filters: [{ cors: { origins: ['null'] } }] }\n", "5:'null'", "not an origin"},
    {"MC1006", "  - { name: a, to: users, filters: [{ compress: { types: [text] } }] }\n", "5:text", "media type"},
    {"MC1007", "  - { to: users }\n", "5:{", "'name' is missing in route"},
    {"MC1007", "  - { name: a, to: users, filters: [{}] }\n", "5:{", "says nothing"},
    {"MC1007", "  - { name: a, to: users, filters: [{ rewrite: {} }] }\n", "5:{", "does nothing"},
    {"MC1007", "  - { name: a, filters: [{ redirect: { status: 301 } }] }\n", "5:{", "already is"},
    {"MC1007", "  - { name: a, to: users, filters: [{ request_headers: {} }] }\n", "5:{", "does nothing"},
    {"MC1101", "  - { name: a, to: users, filters: [{ compress: {}, cors: { origins: '*' } }] }\n", "5:cors",
     "one kind"},
    {"MC1101", "  - { name: a, to: users, match: { path: { prefix: /a, exact: /b } } }\n", "5:exact", "one kind"},
    {"MC1101",
     "  - { name: a, to: users, match: { path: /a/* }, filters: [{ rewrite: { prefix: /, template: /b } }] }\n",
     "5:template", "exclude"},
    {"MC1101", "  - { name: a, to: users, filters: [{ compress: {} }, { compress: {} }] }\n", "5:{", "a second"},
    {"MC1101", "  - { name: a, filters: [{ respond: { status: 204, body: x } }] }\n", "5:body", "no body"},
    {"MC1102", "  - { name: a, to: users, match: { path: x } }\n", "5:x", "does not begin with '/'"},
    {"MC1102", "  - { name: a, to: users, match: { path: /a//b } }\n", "5:/a//b", "empty segment"},
    {"MC1102", "  - { name: a, to: users, match: { path: /a%2fb } }\n", "5:/a%2fb", "refused in requests"},
    {"MC1102", "  - { name: a, to: users, match: { path: /a%252f } }\n", "5:/a%252f", "double escape"},
    {"MC1102", "  - { name: a, to: users, match: { path: /%61 } }\n", "5:/%61", "write 'a' itself"},
    {"MC1102", "  - { name: a, to: users, match: { path: /a% } }\n", "5:/a%", "broken escape"},
    {"MC1102", "  - { name: a, to: users, match: { path: /a/../b } }\n", "5:/a/../b", "dot segment"},
    {"MC1102", "  - { name: a, to: users, match: { path: '/a?b' } }\n", "5:'/a?b'", "'query'"},
    {"MC1102", "  - { name: a, to: users, match: { path: '/a/*/b' } }\n", "5:'/a/*/b'", "elsewhere"},
    {"MC1102", "  - { name: a, to: users, match: { path: '/a/x{id}' } }\n", "5:'/a/x{id", "not wholly"},
    {"MC1102", "  - { name: a, to: users, match: { path: '/{id}/{id}' } }\n", "5:'/{id", "twice"},
    {"MC1102", "  - { name: a, to: users, match: { path: '/{id}/*' } }\n", "5:'/{id", "not offered"},
    {"MC1102", "  - { name: a, to: users, match: { path: { regex: '(' } } }\n", "5:'('", "not a regex"},
    {"MC1102", "  - { name: a, to: users, match: { headers: { x: { regex: '*' } } } }\n", "5:'*'", "not a regex"},
    {"MC1103", "  - { name: a }\n", "5:{", "leads nowhere"},
    {"MC1104", "  - { name: a, to: users, filters: [{ respond: {} }] }\n", "5:users", "never used"},
    {"MC1104", "  - { name: a, filters: [{ respond: {} }, { compress: {} }] }\n", "5:{", "never reached"},
    {"MC1105", "  - { name: a, to: users, filters: [{ cors: { origins: ['*'], credentials: true } }] }\n", "5:'*'",
     "every site"},
    {"MC1107", "  - { name: a, to: users, match: { path: /a }, filters: [{ rewrite: { prefix: / } }] }\n", "5:{",
     "matches by path prefix"},
    {"MC1107", "  - { name: a, filters: [{ redirect: { prefix: /b } }] }\n", "5:{", "redirect"},
    {"MC1201", "  - { name: a, to: user }\n", "5:user",
     "service 'user' is not defined; did you mean 'users' (line 3)?"},
    {"MC1202", "  - { name: a, to: users, listeners: [wob] }\n", "5:wob", "did you mean 'web' (line 2)?"},
    {"MC1203", "  - { name: a, to: users, match: { headers: { X: a, x: b } } }\n", "5:x",
     "already defined at x.yaml:5:47"},
    {"MC1204", "  - { name: a, to: users, match: { path: '/a/{b}' }, filters: [{ rewrite: { template: '/{c}' } }] }\n",
     "5:{", "'{c}' is not part"},
    {"MC1301",
     "  - { name: a, to: users, match: { path: '/{x}' } }\n  - { name: b, to: users, match: { path: '/{y}' } }\n",
     "6:{", "same conditions as route 'a' at x.yaml:5:34"},
    {"MC1301", "  - { name: a, to: users }\n  - { name: b, to: users, match: { path: /* } }\n", "6:{",
     "same conditions"},
};

TEST(Findings, EachCauseInARouteHasItsCodePlaceAndAdvice) {
  for (const Case& c : kRouteCases) {
    Loaded loaded = with_routes(c.text);
    const Finding* found = nullptr;
    for (const Finding& finding : loaded.findings)
      if (finding.code == c.code && !found) found = &finding;
    ASSERT_NE(found, nullptr) << c.text << messages(loaded.findings);
    std::string whole = found->message + "; " + found->hint;
    EXPECT_NE(whole.find(c.message), std::string::npos) << c.text << whole;
    EXPECT_EQ(place(*found), c.where) << c.text << whole;
    EXPECT_FALSE(loaded.ok);
  }
}

TEST(Findings, UnservedRouteIsAWarning) {
  Loaded loaded = from(R"(listeners: { web: { address: ":80", hosts: [a.example] } }
services: { s: { endpoints: [h:1] } }
routes:
  - { name: a, to: s, match: { host: a.example } }
  - { name: b, to: s, match: { host: b.example } }
)");
  EXPECT_EQ(codes(loaded.findings), "MC1207@6:5");
  EXPECT_TRUE(loaded.ok);
}

TEST(Findings, RegexBelowAPrefixIsHidden) {
  Loaded loaded = with_routes(R"(  - { name: all, to: users, match: { path: /a/* } }
  - { name: some, to: users, match: { path: { regex: "/a/b[0-9]+" } } }
  - { name: other, to: users, match: { path: { regex: "/(a|b)/.*" } } }
)");
  EXPECT_EQ(codes(loaded.findings), "MC1310@6:45");
  EXPECT_NE(loaded.findings[0].message.find("route 'all' at x.yaml:5:5 hides 'some'"), std::string::npos);
  EXPECT_TRUE(loaded.ok);
}

TEST(Findings, PrefixOfAnotherHostOrWithConditionsHidesNothing) {
  EXPECT_EQ(codes(with_routes(R"(  - { name: a, to: users, match: { host: a.example, path: /* } }
  - { name: b, to: users, match: { path: /a/*, method: GET } }
  - { name: c, to: users, match: { path: { regex: "/a/b[0-9]+" } } }
)")
                      .findings),
            "");
}

TEST(Findings, LowerPriorityWithEqualConditionsIsHidden) {
  Loaded loaded = with_routes(R"(  - { name: low, to: users, match: { path: /a } }
  - { name: high, to: users, priority: 1, match: { path: /a } }
)");
  EXPECT_EQ(codes(loaded.findings), "MC1310@5:36");
  EXPECT_NE(loaded.findings[0].message.find("'high'"), std::string::npos);
}

TEST(Findings, ConditionsOfDifferentListenersAreNotEqual) {
  Loaded loaded = from(R"(listeners: { a: { address: ":80" }, b: { address: ":81" } }
services: { s: { endpoints: [h:1] } }
routes:
  - { name: a, to: s, listeners: a }
  - { name: b, to: s, listeners: b }
)");
  EXPECT_EQ(codes(loaded.findings), "") << messages(loaded.findings);
}

TEST(Findings, VersionIsRequiredAndKnown) {
  EXPECT_EQ(codes(load_text("x", "admin: {}\n").findings), "MC1007@1:1");
  EXPECT_EQ(codes(load_text("x", "version: 2\n").findings), "MC1011@1:10");
  EXPECT_EQ(codes(load_text("x", "version: '1'\n").findings), "MC1011@1:10");
  EXPECT_EQ(codes(load_text("x", "").findings), "MC1007@1:1");
  EXPECT_EQ(codes(load_text("x", "version: 1\n").findings), "");
}

TEST(Findings, AllErrorsOfAFileAreReportedAtOnceInOrder) {
  Loaded loaded = with_routes(R"(  - { name: a, to: user, timout: 1 }
  - { name: b, match: { path: x }, to: users }
)");
  EXPECT_EQ(codes(loaded.findings), "MC1201@5:20 MC1004@5:26 MC1102@6:31");
}

TEST(Findings, CarryTheLineAndAFix) {
  Loaded loaded = from("services:\n  a:\n    timout: 2s\n    endpoints: h:1\n");
  ASSERT_FALSE(loaded.findings.empty());
  const Finding& finding = loaded.findings[1];
  EXPECT_EQ(finding.code, "MC1004");
  EXPECT_EQ(finding.source_line, "    timout: 2s");
  EXPECT_EQ(finding.span, 6u);
  EXPECT_EQ(finding.fix, "timeouts");
}

TEST(Findings, TheirNumberIsBounded) {
  std::string text = "admin:\n";
  for (int i = 0; i < 2000; ++i) text += "  k" + std::to_string(i) + ": 1\n";
  Loaded loaded = from(text);
  EXPECT_EQ(loaded.findings.size(), Reader::kMaxFindings + 1);
}

TEST(Findings, NeverShowASubstitutedValue) {
  Environment environment;
  environment.variable = [](const std::string&) { return std::optional<std::string>("hunter2"); };
  Loaded loaded = from("listeners: { web: { address: \"${env:SECRET}\" } }\n", environment);
  ASSERT_FALSE(loaded.findings.empty());
  for (const Finding& finding : loaded.findings) {
    EXPECT_EQ(finding.message.find("hunter2"), std::string::npos);
    EXPECT_EQ(finding.hint.find("hunter2"), std::string::npos);
  }
}

// Files in memory.
Environment files(std::map<std::string, std::string> contents) {
  Environment out;
  out.read_file = [contents](const std::string& path) -> Result<std::string> {
    auto found = contents.find(path);
    if (found == contents.end()) return fail(Errc::not_found, "cannot open '" + path + "': no such file or directory");
    return found->second;
  };
  out.list_folder = [contents](const std::string& path) -> std::optional<std::vector<std::string>> {
    if (!path.ends_with("/")) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& [name, text] : contents)
      if (name.starts_with(path)) names.push_back(name);
    return names;
  };
  return out;
}

constexpr const char* kCert = "-----BEGIN CERTIFICATE-----\n";
constexpr const char* kKey = "-----BEGIN PRIVATE KEY-----\n";

TEST(Findings, UnreadableKeysAndMismatchAreFound) {
  std::string text = R"(version: 1
listeners:
  web:
    address: ":443"
    tls: { certificates: { cert: a.pem, key: b.pem } }
)";
  auto run = [&](std::map<std::string, std::string> contents, bool fits) {
    contents["/etc/m/x.yaml"] = text;
    Environment environment = files(contents);
    environment.check_key_pair = [fits](const std::string&, const std::string&) -> Status {
      if (fits) return {};
      return fail(Errc::invalid, "the public keys differ");
    };
    std::string path = "/etc/m/x.yaml";
    Loaded loaded = load({&path, 1}, environment);
    std::erase_if(loaded.findings, [](const Finding& finding) { return finding.code == "MC1206"; });
    return codes(loaded.findings);
  };
  EXPECT_EQ(run({}, true), "MC1402@5:26 MC1402@5:26");
  EXPECT_EQ(run({{"/etc/m/a.pem", kCert}, {"/etc/m/b.pem", "nothing"}}, true), "MC1402@5:26");
  EXPECT_EQ(run({{"/etc/m/a.pem", kCert}, {"/etc/m/b.pem", kKey}}, false), "MC1403@5:26");
  EXPECT_EQ(run({{"/etc/m/a.pem", kCert}, {"/etc/m/b.pem", kKey}}, true), "");
}

TEST(Findings, NamesDefinedTwiceInTwoFilesCiteBoth) {
  Environment environment =
      files({{"c/a.yaml", "version: 1\nservices: { s: { endpoints: h:1 } }\nadmin: { socket: /a }\n"},
             {"c/b.yaml", "version: 1\nservices: { s: { endpoints: h:2 } }\nadmin: { socket: /b }\n"}});
  std::string path = "c/";
  Loaded loaded = load({&path, 1}, environment);
  std::erase_if(loaded.findings, [](const Finding& finding) { return finding.severity != Severity::error; });
  ASSERT_EQ(codes(loaded.findings), "MC1203@2:13 MC1203@3:10");
  EXPECT_EQ(loaded.findings[0].pos.to_string(), "c/b.yaml:2:13");
  EXPECT_NE(loaded.findings[0].message.find("c/a.yaml:2:13"), std::string::npos);
}

TEST(Findings, AFileThatCannotBeReadIsOne) {
  std::string path = "nope.yaml";
  Loaded loaded = load({&path, 1}, files({}));
  ASSERT_EQ(codes(loaded.findings), "MC1009@0:0");
  EXPECT_EQ(*loaded.findings[0].pos.file, "nope.yaml");
  EXPECT_FALSE(loaded.ok);
  EXPECT_FALSE(loaded.readable);
}

TEST(Findings, EveryCodeIsDocumentedAndHasACase) {
  std::set<std::string> tested = {"MC1009", "MC1011", "MC1203", "MC1207", "MC1310", "MC1402", "MC1403"};
  for (const Case& c : kCases) tested.insert(c.code);
  for (const Case& c : kRouteCases) tested.insert(c.code);
  std::set<std::string> documented;
  for (const CodeDoc& entry : all_codes()) documented.insert(std::string(entry.code));
  EXPECT_EQ(tested, documented);
}

}  // namespace
}  // namespace mesh::config
