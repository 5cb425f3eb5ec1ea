// docs/examples: every file compiles without a word, and its routes take what its comments say.
#include <set>

#include "edge.h"
#include "http/method.h"
#include "support/test_ca.h"

namespace mesh::gateway {
namespace {

class Examples : public EdgeTest {
 protected:
  Examples() {
    test::PemPair pair = ca_.issue({"DNS:shop.example"});
    for (const char* name : {"shop", "gateway"}) {
      write(std::string(name) + ".pem", pair.cert);
      write(std::string(name) + "-key.pem", pair.key);
    }
    write("ca.pem", ca_.pem());
  }
  // The example beside the certificates that it may name.
  proxy::LoadOutcome load_example(const std::string& name) {
    std::string path = folder_ + "/" + name;
    std::filesystem::copy_file(std::string(MESH_SOURCE_DIR "/docs/examples/") + name, path,
                               std::filesystem::copy_options::overwrite_existing);
    return load(std::vector<std::string>{path});
  }
  test::TestCa ca_;
};

struct Ask {
  const char* file;
  const char* listener;
  const char* method;
  const char* host;
  const char* path;
  const char* route;  // empty: none
  const char* header = nullptr;
  const char* value = nullptr;
};

constexpr Ask kAsks[] = {
    {"one-service.yaml", "web", "DELETE", "any.example", "/a/b", "everything"},
    {"shop.yaml", "web", "GET", "shop.example", "/healthz", "health"},
    {"shop.yaml", "web", "POST", "shop.example", "/orders/7", "orders"},
    {"shop.yaml", "web", "DELETE", "shop.example", "/orders/7", "pages"},
    {"shop.yaml", "web", "GET", "shop.example", "/shop/orders/7", "old-orders"},
    {"shop.yaml", "web", "GET", "shop.example", "/items/7", "item"},
    {"shop.yaml", "web", "GET", "shop.example", "/items/7/8", "pages"},
    {"shop.yaml", "web", "GET", "other.example", "/", ""},
    {"canary.yaml", "web", "GET", "any.example", "/", "by-weight"},
    {"canary.yaml", "web", "GET", "any.example", "/", "asked-for", "x-version", "canary"},
    {"tls.yaml", "plain", "GET", "shop.example", "/", "to-https"},
    {"tls.yaml", "secure", "GET", "a.shop.example", "/", "orders"},
    {"careful.yaml", "web", "GET", "any.example", "/orders/7", "orders"},
    {"careful.yaml", "web", "GET", "any.example", "/orders/reports/7", "reports"},
    {"careful.yaml", "web", "GET", "any.example", "/", ""},
    {"tcp.yaml", "web", "GET", "any.example", "/", "app"},
    {"browser-api.yaml", "api", "GET", "api.example", "/v1/users", "api"},
    {"browser-api.yaml", "api", "GET", "api.example", "/v2/users", ""},
};

TEST_F(Examples, CompileWithoutAWord) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MESH_SOURCE_DIR "/docs/examples")) {
    if (entry.path().extension() != ".yaml") continue;
    auto outcome = load_example(entry.path().filename());
    EXPECT_TRUE(outcome.snapshot) << entry.path() << ": " << outcome.error;
    for (const Finding& finding : outcome.findings)
      ADD_FAILURE() << entry.path() << ":" << finding.pos.line << ": " << finding.message;
    ++count;
  }
  std::set<std::string> asked;
  for (const Ask& ask : kAsks) asked.insert(ask.file);
  EXPECT_EQ(asked.size(), static_cast<size_t>(count)) << "every example is asked below";
}

TEST_F(Examples, RoutesTakeWhatTheySay) {
  for (const Ask& ask : kAsks) {
    auto outcome = load_example(ask.file);
    ASSERT_TRUE(outcome.snapshot) << ask.file;
    const proxy::Snapshot& snapshot = *outcome.snapshot;
    uint32_t listener = UINT32_MAX;
    for (size_t i = 0; i < snapshot.listeners.size(); ++i)
      if (snapshot.listeners[i].config.name == ask.listener) listener = static_cast<uint32_t>(i);
    ASSERT_NE(listener, UINT32_MAX) << ask.file;
    BlockPool pool;
    Arena arena(pool);
    http::Headers headers(arena);
    if (ask.header != nullptr) headers.add(ask.header, ask.value);
    route::MatchInput input{listener, ask.host, ask.path, {}, http::parse_method(ask.method), ask.method, &headers};
    route::Captures captures;
    auto found = route::match(snapshot.table, input, captures);
    std::string route = found ? snapshot.routes[found->route].config.name : "";
    EXPECT_EQ(route, ask.route) << ask.file << " " << ask.method << " " << ask.host << ask.path;
  }
}

}  // namespace
}  // namespace mesh::gateway
