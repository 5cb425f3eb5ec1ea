// From a checked model to a snapshot.
#include "edge.h"
#include "support/test_ca.h"

namespace mesh::gateway {
namespace {

constexpr const char* kTwoServices = R"(
version: 1
listeners:
  web: { address: 127.0.0.1:8080, limits: { head_bytes: 16KiB, header_timeout: 3s } }
  raw: { address: 127.0.0.1:8081, tcp: pages }
services:
  orders:
    endpoints: [127.0.0.1:9001]
    timeouts: { connect: 2s, header: 7s, idle: 30s }
  pages: { endpoints: [127.0.0.1:9000] }
routes:
  - name: orders
    match: { path: /orders/* }
    timeouts: { header: 1s }
    to: [{ service: pages, weight: 1 }, { service: orders, weight: 3 }]
  - name: health
    match: { path: /health }
    filters: [{ respond: { status: 204 } }]
)";

TEST_F(EdgeTest, NamesBecomeIndexes) {
  auto outcome = compile(kTwoServices);
  ASSERT_TRUE(outcome.snapshot) << outcome.error;
  const proxy::Snapshot& snapshot = *outcome.snapshot;
  ASSERT_EQ(snapshot.services.size(), 2u);
  ASSERT_EQ(snapshot.listeners.size(), 2u);
  for (size_t i = 0; i < snapshot.services.size(); ++i)
    EXPECT_EQ(snapshot.services[i]->config.name, snapshot.model.services[i].name);
  ASSERT_EQ(snapshot.routes.size(), 2u);
  const proxy::RoutePlan& orders = snapshot.routes[0];
  ASSERT_EQ(orders.to.size(), 2u);
  EXPECT_EQ(orders.total_weight, 4u);
  EXPECT_EQ(snapshot.services[orders.to[0].service]->config.name, "pages");
  EXPECT_EQ(snapshot.services[orders.to[1].service]->config.name, "orders");
  EXPECT_EQ(orders.to[1].weight, 3u);
  EXPECT_TRUE(snapshot.routes[1].to.empty());
  EXPECT_EQ(snapshot.routes[1].filters.size(), 1u);
  for (const proxy::ListenerPlan& listener : snapshot.listeners) {
    if (listener.config.name == "raw") {
      EXPECT_EQ(snapshot.services[listener.tcp_service]->config.name, "pages");
    } else {
      EXPECT_EQ(listener.tcp_service, UINT32_MAX);
      EXPECT_EQ(listener.limits.head_bytes, 16u * 1024);
      EXPECT_EQ(listener.limits.head_timeout, Duration::seconds(3));
    }
    EXPECT_EQ(listener.tls, nullptr);
  }
}

TEST_F(EdgeTest, ARoutesTimesStandOverThoseOfItsServices) {
  auto outcome = compile(kTwoServices);
  ASSERT_TRUE(outcome.snapshot) << outcome.error;
  const service::Policy& policy = outcome.snapshot->routes[0].to[1].policy;
  EXPECT_EQ(policy.timeouts.header, Duration::seconds(1));
  EXPECT_EQ(policy.timeouts.connect, Duration::seconds(2));
  EXPECT_EQ(policy.timeouts.idle, Duration::seconds(30));
  EXPECT_FALSE(policy.timeouts.total);
}

TEST_F(EdgeTest, TheHashIsOfWhatHasAnEffect) {
  std::string text = kTwoServices;
  std::string hash = compile(text).snapshot->hash;
  EXPECT_EQ(compile("# a comment\n" + text).snapshot->hash, hash);
  std::string other = text;
  other.replace(other.find("weight: 3"), 9, "weight: 4");
  EXPECT_NE(compile(other).snapshot->hash, hash);
}

TEST_F(EdgeTest, AServiceThatIsNotThereIsNotTaken) {
  config::Loaded loaded = config::load_text("edge.yaml", kTwoServices);
  ASSERT_TRUE(loaded.ok);
  // What a check would find; compiling must not trust that it was asked.
  loaded.model.routes[0].to[0].service = "gone";
  auto outcome = compile_model(loaded.model);
  EXPECT_EQ(outcome.snapshot, nullptr);
  EXPECT_EQ(outcome.error, "service 'gone' is not defined");
}

TEST_F(EdgeTest, APatternThatDoesNotCompileIsSaidWithItsPlace) {
  config::Loaded loaded = config::load_text("edge.yaml", kTwoServices);
  ASSERT_TRUE(loaded.ok);
  auto& path = *loaded.model.routes[0].matches[0].path;
  path.kind = config::PathMatch::Kind::regex;
  path.text = "/a(";
  auto outcome = compile_model(loaded.model);
  EXPECT_EQ(outcome.snapshot, nullptr);
  EXPECT_EQ(outcome.error.find("edge.yaml:13:"), 0u) << outcome.error;
}

TEST_F(EdgeTest, LoadGivesFindingsAndFilesAndNoSnapshotForABrokenFile) {
  std::string good = write("good.yaml", kTwoServices);
  auto loaded = load(std::vector<std::string>{good});
  EXPECT_TRUE(loaded.snapshot);
  EXPECT_EQ(loaded.files, std::vector<std::string>{good});
  std::string bad = write("bad.yaml", std::string(kTwoServices) + "route: []\n");
  auto refused = load(std::vector<std::string>{bad});
  EXPECT_EQ(refused.snapshot, nullptr);
  ASSERT_FALSE(refused.findings.empty());
  EXPECT_EQ(refused.findings[0].pos.line, 19u);
  EXPECT_EQ(refused.files, std::vector<std::string>{bad}) << "watched, so that mending it is seen";
}

class SecureEdge : public EdgeTest {
 protected:
  SecureEdge() {
    issue();
    ca_file_ = write("ca.pem", ca_.pem());
  }
  void issue() {
    test::PemPair pair = ca_.issue({"DNS:shop.example"});
    cert_ = write("cert.pem", pair.cert);
    key_ = write("key.pem", pair.key);
  }
  std::string text() const {
    return "version: 1\n"
           "listeners:\n"
           "  web:\n"
           "    address: 127.0.0.1:8443\n"
           "    tls: { certificates: [{ cert: " +
           cert_ + ", key: " + key_ +
           " }] }\n"
           "services:\n"
           "  orders:\n"
           "    endpoints: [127.0.0.1:9001]\n"
           "    tls: { ca: " +
           ca_file_ +
           ", server_name: orders.example }\n"
           "routes:\n"
           "  - name: all\n"
           "    match: { path: /* }\n"
           "    to: orders\n";
  }
  test::TestCa ca_;
  std::string cert_, key_, ca_file_;
};

TEST_F(SecureEdge, ContextsAreMadeAndTheirFilesNamed) {
  auto outcome = compile(text());
  ASSERT_TRUE(outcome.snapshot) << outcome.error;
  EXPECT_NE(outcome.snapshot->listeners[0].tls, nullptr);
  EXPECT_NE(outcome.snapshot->services[0]->tls, nullptr);
  EXPECT_EQ(outcome.certificates, (std::vector<std::string>{cert_, key_, ca_file_}));
}

TEST_F(SecureEdge, TheHashCoversTheBytesOfCertificates) {
  std::string before = compile(text()).snapshot->hash;
  EXPECT_EQ(compile(text()).snapshot->hash, before);
  issue();
  std::string renewed = compile(text()).snapshot->hash;
  EXPECT_NE(renewed, before) << "the same names, other bytes";
  EXPECT_EQ(compile(text()).snapshot->hash, renewed);
}

TEST_F(SecureEdge, TrustTowardsAServiceIsTheSameUntilItsFilesChange) {
  std::string before = compile(text()).snapshot->services[0]->tls_identity;
  EXPECT_FALSE(before.empty());
  issue();
  EXPECT_EQ(compile(text()).snapshot->services[0]->tls_identity, before) << "the listener's certificate is not its";
  test::TestCa other;
  write("ca.pem", other.pem());
  EXPECT_NE(compile(text()).snapshot->services[0]->tls_identity, before);
}

TEST_F(SecureEdge, ABrokenCertificateIsSaidWithItsPlaceAndItsFile) {
  write("cert.pem", "not a certificate");
  config::Loaded loaded = config::load_text("edge.yaml", text());
  ASSERT_TRUE(loaded.ok);
  auto outcome = compile_model(loaded.model);
  EXPECT_EQ(outcome.snapshot, nullptr);
  EXPECT_EQ(outcome.error.find("edge.yaml:5:"), 0u) << outcome.error;
  EXPECT_NE(outcome.error.find(cert_), std::string::npos) << outcome.error;
  EXPECT_FALSE(outcome.certificates.empty()) << "watched, so that mending it is seen";
}

TEST_F(SecureEdge, AnAuthorityThatCannotBeReadIsSaidWithThePlaceOfItsService) {
  std::filesystem::remove(ca_file_);
  config::Loaded loaded = config::load_text("edge.yaml", text());
  ASSERT_TRUE(loaded.ok);
  auto outcome = compile_model(loaded.model);
  EXPECT_EQ(outcome.snapshot, nullptr);
  EXPECT_EQ(outcome.error.find("edge.yaml:9:"), 0u) << outcome.error;
}

}  // namespace
}  // namespace mesh::gateway
