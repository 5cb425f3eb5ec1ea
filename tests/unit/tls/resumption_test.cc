#include "pair.h"

namespace mesh::tls {
namespace {

// One connection of OpenSSL's client; the session it left, when `keep` is given.
struct Outcome {
  bool connected = false;
  bool resumed = false;
};

class Resumption : public TlsTest {
 protected:
  Outcome visit(const std::shared_ptr<const ServerContext>& context, int version, const std::string& sni,
                SSL_SESSION* offer, SSL_SESSION** keep, const test::PemPair* identity) {
    auto [a, b] = net::make_pipe(*loop_);
    auto server = std::move(TlsStream::accept(context, std::move(a))).value();
    Status status = fail(Errc::internal);
    int left = 1;
    scope_.spawn(shake(*server, status, left));
    RawClient client(std::move(b), version, sni, offer, identity);
    int outcome = 0;
    run_until([&] { return (outcome = client.step()) != 0 && left == 0; });
    settle();
    client.read();
    if (keep != nullptr) *keep = client.session();
    Outcome out{outcome == 1 && status.has_value(), client.resumed()};
    server.reset();
    scope_.cancel();
    return out;
  }
};

enum class Change { none, host, listener, client_auth, authorities, generation };
constexpr Change kChanges[] = {Change::none,        Change::host,        Change::listener,
                               Change::client_auth, Change::authorities, Change::generation};

// TL-01: version x (ticket, cache) x what is different at the second visit: 24 cells.
TEST_F(Resumption, OnlyUnderThePolicyThatMadeTheSession) {
  test::TestCa other("other ca");
  test::PemPair identity = ca_.issue({"DNS:client.example"});
  test::PemPair a = ca_.issue({"DNS:a.example"});
  test::PemPair b = ca_.issue({"DNS:b.example"});
  int cells = 0;
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (bool with_client_auth : {false, true}) {
      ServerConfig config;
      config.listener = "edge";
      config.ticket_keys = keys_;
      config.certificates = {source(a), source(b)};
      if (with_client_auth) {
        config.client_auth = ClientAuth::optional;
        config.client_ca = ca_.pem();
      }
      auto first = server_context(config);
      for (Change change : kChanges) {
        ServerConfig changed = config;
        if (change == Change::listener) changed.listener = "inner";
        if (change == Change::generation) changed.generation = 1;
        if (change == Change::client_auth) {
          changed.client_auth = with_client_auth ? ClientAuth::none : ClientAuth::optional;
          changed.client_ca = ca_.pem();
        }
        if (change == Change::authorities) {
          changed.client_auth = ClientAuth::optional;
          changed.client_ca = ca_.pem() + other.pem();
        }
        bool same_context = change == Change::none || change == Change::host;
        auto second = same_context ? first : server_context(changed);
        const test::PemPair* shown = with_client_auth ? &identity : nullptr;
        SSL_SESSION* session = nullptr;
        ASSERT_TRUE(visit(first, version, "a.example", nullptr, &session, shown).connected);
        ASSERT_NE(session, nullptr);
        Outcome again =
            visit(second, version, change == Change::host ? "b.example" : "a.example", session, nullptr, shown);
        SSL_SESSION_free(session);
        EXPECT_TRUE(again.connected) << "a full handshake is always possible";
        EXPECT_EQ(again.resumed, change == Change::none)
            << std::hex << version << " client_auth " << with_client_auth << " change " << static_cast<int>(change);
        ++cells;
      }
    }
  }
  EXPECT_EQ(cells, 24);
}

TEST_F(Resumption, TicketWithoutIdentityDoesNotOpenAHostThatDemandsOne) {  // CVE-2025-23419
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    ServerConfig open = server_config();
    ServerConfig closed = open;
    closed.client_auth = ClientAuth::required;
    closed.client_ca = ca_.pem();
    SSL_SESSION* session = nullptr;
    ASSERT_TRUE(visit(server_context(open), version, "a.example", nullptr, &session, nullptr).connected);
    Outcome again = visit(server_context(closed), version, "a.example", session, nullptr, nullptr);
    SSL_SESSION_free(session);
    EXPECT_FALSE(again.connected);
  }
}

TEST_F(Resumption, TicketsSurviveAReloadAndOneRotation) {  // TL-10
  ServerConfig config = server_config();
  SSL_SESSION* session = nullptr;
  ASSERT_TRUE(visit(server_context(config), TLS1_3_VERSION, "a.example", nullptr, &session, nullptr).connected);
  EXPECT_TRUE(visit(server_context(config), TLS1_3_VERSION, "a.example", session, nullptr, nullptr).resumed);
  keys_->rotate();
  EXPECT_TRUE(visit(server_context(config), TLS1_3_VERSION, "a.example", session, nullptr, nullptr).resumed);
  keys_->rotate();
  EXPECT_FALSE(visit(server_context(config), TLS1_3_VERSION, "a.example", session, nullptr, nullptr).resumed);
  SSL_SESSION_free(session);
}

TEST_F(Resumption, LifetimeIsAtMostAnHour) {
  SSL_SESSION* session = nullptr;
  ASSERT_TRUE(
      visit(server_context(server_config()), TLS1_3_VERSION, "a.example", nullptr, &session, nullptr).connected);
  EXPECT_LE(SSL_SESSION_get_ticket_lifetime_hint(session), 3600u);
  SSL_SESSION_free(session);
}

TEST_F(Resumption, ClientOffersTheSessionOfTheEndpointOnly) {
  ServerConfig config = server_config({"DNS:a.example", "DNS:b.example"});
  auto server = server_context(config);
  auto client = client_context(client_config());
  auto sessions = std::make_shared<ClientSessions>();
  auto visit_as = [&](const std::shared_ptr<const ClientContext>& context, const char* name, const char* key) {
    Ends ends = join(server, context, {name, key, sessions});
    EXPECT_TRUE(ends.client_status);
    EXPECT_TRUE(write_all(*ends.server, "x"));
    EXPECT_EQ(read_some(*ends.client, 1).value(), "x");  // tickets come before it
    return ends.client->resumed();
  };
  EXPECT_FALSE(visit_as(client, "a.example", "1"));
  EXPECT_TRUE(visit_as(client, "a.example", "1"));
  EXPECT_TRUE(visit_as(client, "a.example", "1"));
  EXPECT_FALSE(visit_as(client, "a.example", "2"));
  EXPECT_FALSE(visit_as(client, "b.example", "1")) << "another name must be verified";
  EXPECT_EQ(sessions->size(), 3u);
  ClientConfig insecure;
  insecure.insecure = true;
  auto careless = client_context(insecure);
  EXPECT_FALSE(visit_as(careless, "a.example", "9"));
  EXPECT_FALSE(visit_as(client, "a.example", "9")) << "never verified: not for a context that verifies";
}

TEST_F(Resumption, ResumedConnectionKnowsItsPeer) {
  test::PemPair identity = ca_.issue({"URI:spiffe://td.example/orders"});
  ServerConfig config = server_config();
  config.client_auth = ClientAuth::required;
  config.client_ca = ca_.pem();
  auto server = server_context(config);
  ClientConfig ours = client_config();
  ours.cert = identity.cert;
  ours.key = identity.key;
  auto client = client_context(ours);
  auto sessions = std::make_shared<ClientSessions>();
  for (bool resumed : {false, true}) {
    Ends ends = join(server, client, {"a.example", "1", sessions});
    ASSERT_TRUE(ends.server_status);
    ASSERT_TRUE(write_all(*ends.server, "x"));
    ASSERT_TRUE(read_some(*ends.client, 1));
    EXPECT_EQ(ends.server->resumed(), resumed);
    ASSERT_TRUE(ends.server->facts().peer);
    EXPECT_EQ(ends.server->facts().peer->uris.front(), "spiffe://td.example/orders");
    EXPECT_EQ(ends.client->facts().peer->dns.front(), "a.example");
  }
}

}  // namespace
}  // namespace mesh::tls
