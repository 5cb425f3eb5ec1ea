// Random tables and requests: the matcher agrees with the order rule written down plainly, tracing changes nothing,
// what a trace names as false is false, and what is reported as hidden never gets a request.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "unit/route/probe.h"
#include "unit/route/reference.h"

namespace mesh::route {
namespace {

using K = ValueSpec::Kind;

// Small alphabets, so that conditions meet requests often.
class Maker {
 public:
  explicit Maker(uint64_t seed) : random_(seed) {}

  TableSpec table() {
    TableSpec spec;
    spec.listeners = {{"web", {}, {}}, {"edge", {"*.example", "b"}, {}}};
    size_t count = 1 + below(24);
    for (size_t i = 0; i < count; ++i) {
      RouteSpec& route = spec.routes.emplace_back();
      route.name = std::to_string(i);
      for (size_t a = 0; a <= below(2); ++a) route.alternatives.push_back(alternative());
      if (one_in(5)) route.listeners = {one_in(2) ? "web" : "edge"};
      if (one_in(4)) route.priority = static_cast<int32_t>(below(5)) - 2;
    }
    if (one_in(3)) spec.listed_hosts = {one_in(2) ? "*" : "a.example"};
    return spec;
  }

  reference::Request request() {
    reference::Request out;
    out.listener = static_cast<uint32_t>(below(2));
    out.host = one_of({"a.example", "b.a.example", "example", "b", "c.b.a.example"});
    out.path = one_in(30) ? "*" : path(4, false);
    out.method = one_of({"GET", "GET", "POST", "PURGE"});
    for (size_t i = below(3); i > 0; --i) out.headers.emplace_back(one_of({"X-A", "x-b", "x-A"}), value());
    for (size_t i = below(3); i > 0; --i) out.query.emplace_back(one_of({"p", "q"}), value());
    return out;
  }

  size_t below(size_t n) { return static_cast<size_t>(random_.below(n)); }

 private:
  bool one_in(size_t n) { return below(n) == 0; }
  std::string one_of(std::vector<std::string> choices) { return choices[below(choices.size())]; }
  std::string value() { return one_of({"a", "b", "ab", "", "a b&="}); }

  std::string path(size_t most, bool variables) {
    std::string out;
    size_t count = 1 + below(most);
    for (size_t i = 0; i < count; ++i)
      out += variables && one_in(2) ? "/{v" + std::to_string(i) + "}" : "/" + one_of({"a", "b", "c"});
    if (one_in(12)) out += "/";
    return one_in(15) ? "/" : out;
  }

  ValueSpec condition(const std::string& name) {
    ValueSpec out{name, static_cast<K>(below(7)), value(), {}};
    if (out.kind == K::regex) out.text = one_of({"a|b", "a.*", "[ab]*"});
    if (out.kind == K::present || out.kind == K::absent) out.text.clear();
    return out;
  }

  AlternativeSpec alternative() {
    AlternativeSpec out;
    if (!one_in(3)) out.hosts = {one_of({"*", "a.example", "*.example", "*.a.example", "b"})};
    if (one_in(6)) out.hosts.push_back("example");
    switch (below(6)) {
      case 0:
        out.path = PathSpec{PathSpec::Kind::exact, path(3, false), {}};
        break;
      case 1:
      case 2:
        out.path = PathSpec{PathSpec::Kind::prefix, path(3, false), {}};
        break;
      case 3:
        out.path = PathSpec{PathSpec::Kind::template_, path(4, true), {}};
        break;
      case 4:
        out.path = PathSpec{PathSpec::Kind::regex, one_of({"/a.*", "/[ab]/.*", ".*", "/a/b/c", "/(a|b)"}), {}};
        break;
      default:
        break;
    }
    if (one_in(4)) out.methods = {one_of({"GET", "POST", "PURGE"})};
    if (one_in(8)) out.methods.push_back("PUT");
    for (const char* name : {"x-a", "x-b"})
      if (one_in(6)) out.headers.push_back(condition(name));
    for (const char* name : {"p", "q"})
      if (one_in(7)) out.query.push_back(condition(name));
    return out;
  }

  Random random_;
};

std::string encoded(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == ' ') {
      out += '+';
    } else if (c == '&') {
      out += "%26";
    } else if (c == '=') {
      out += "%3D";
    } else {
      out += c;
    }
  }
  return out;
}

struct Live {
  explicit Live(const reference::Request& r) : request(r), arena(pool), headers(arena) {
    for (const auto& [name, value] : request.headers) headers.add(name, value);
    for (const auto& [name, value] : request.query) query += (query.empty() ? "" : "&") + name + "=" + encoded(value);
  }
  MatchInput input() const {
    return {request.listener, request.host, request.path, query, http::parse_method(request.method),
            request.method,   &headers};
  }
  const reference::Request& request;
  BlockPool pool;
  Arena arena;
  http::Headers headers;
  std::string query;
};

// Is the condition that the verdict names indeed false?
bool truly_fails(const TableSpec& spec, const Verdict& verdict, const OrderLine& line,
                 const reference::Request& request) {
  const RouteSpec& route = spec.routes[verdict.route];
  AlternativeSpec one = route.alternatives[verdict.alternative];
  AlternativeSpec only;
  switch (verdict.failed) {
    case Condition::none:
      return false;
    case Condition::listener:
      return !reference::listener_holds(spec, route, request);
    case Condition::listener_host:
      return request.listener == 1 && !reference::host_holds("*.example", request.host) && request.host != "b";
    case Condition::host:
      return !reference::host_holds(line.host, request.host);
    case Condition::path:
      only.path = one.path;
      break;
    case Condition::method:
      only.methods = one.methods;
      break;
    case Condition::header:
      only.headers = one.headers;
      break;
    case Condition::query:
      only.query = one.query;
      break;
  }
  return !reference::conditions_hold(only, request);
}

void check_trace(const TableSpec& spec, const Trace& trace, const std::vector<OrderLine>& order,
                 const std::optional<Found>& found, const reference::Request& request) {
  ASSERT_EQ(trace.verdicts.size(), order.size());
  bool chosen = false;
  for (size_t i = 0; i < order.size(); ++i) {
    const Verdict& verdict = trace.verdicts[i];
    ASSERT_EQ(verdict.route, order[i].route);
    if (verdict.chosen) {
      ASSERT_TRUE(found && found->route == verdict.route && found->alternative == verdict.alternative);
      chosen = true;
    } else if (verdict.outranked) {
      ASSERT_TRUE(chosen) << "what holds and comes first wins";
      ASSERT_TRUE(reference::conditions_hold(spec.routes[verdict.route].alternatives[verdict.alternative], request));
    } else {
      ASSERT_TRUE(truly_fails(spec, verdict, order[i], request)) << verdict.expected << " / " << verdict.actual;
    }
  }
  ASSERT_EQ(chosen, found.has_value());
}

TEST(RouteAgreement, MatcherTraceAndReferenceAgree) {
  constexpr int kTables = 2'000, kRequests = 50;
  Maker maker(20'240'601);
  int matched = 0;
  for (int t = 0; t < kTables; ++t) {
    TableSpec spec = maker.table();
    auto table = Table::compile(spec);
    ASSERT_TRUE(table.has_value()) << table.error().message;
    auto order = effective_order(*table);
    std::set<std::pair<uint32_t, uint32_t>> hidden;
    for (const Shadow& shadow : find_shadowed(*table)) hidden.emplace(shadow.hidden, shadow.hidden_alternative);
    for (int r = 0; r < kRequests; ++r) {
      reference::Request request = maker.request();
      Live live(request);
      Captures captures, traced_captures;
      auto found = match(*table, live.input(), captures);
      auto wanted = reference::match(spec, request);
      ASSERT_EQ(found.has_value(), wanted.has_value()) << "table " << t << " request " << r << " " << request.path;
      if (found) {
        ++matched;
        ASSERT_EQ(std::pair(found->route, found->alternative), *wanted) << "table " << t << " " << request.path;
        ASSERT_FALSE(hidden.contains(*wanted)) << "a hidden route got " << request.path;
      }
      Trace trace;
      auto traced = match(*table, live.input(), traced_captures, &trace);
      ASSERT_EQ(traced.has_value(), found.has_value());
      if (found) ASSERT_EQ(traced->route, found->route);
      ASSERT_EQ(captures.size(), traced_captures.size());
      check_trace(spec, trace, order, found, request);
      if (HasFatalFailure()) FAIL() << "table " << t << " request " << r;
    }
  }
  // The alphabets are small enough for the test to mean something.
  EXPECT_GT(matched, kTables * kRequests / 3);
  EXPECT_LT(matched, kTables * kRequests);
}

TEST(RouteAgreement, ShadowsAreFoundInRandomTables) {
  Maker maker(7);
  size_t found = 0;
  for (int t = 0; t < 500; ++t) {
    auto table = Table::compile(maker.table());
    ASSERT_TRUE(table.has_value());
    found += find_shadowed(*table).size();
  }
  EXPECT_GT(found, 100u);
}

}  // namespace
}  // namespace mesh::route
