#include "pair.h"

#include <sys/socket.h>

#include "net/tcp.h"

namespace mesh::tls {
namespace {

TEST_F(TlsTest, HandshakeGivesFactsOnBothEnds) {
  ServerConfig server = server_config();
  server.alpn = {"h2", "http/1.1"};
  ClientConfig client = client_config();
  client.alpn = {"http/1.1", "h2"};
  Ends ends = join(server, client);
  ASSERT_TRUE(ends.server_status) << ends.server_status.error().message;
  ASSERT_TRUE(ends.client_status) << ends.client_status.error().message;
  EXPECT_EQ(ends.server->alpn(), "h2") << "the server's order decides";
  EXPECT_EQ(ends.client->alpn(), "h2");
  TlsFacts seen = ends.server->facts();
  EXPECT_EQ(seen.sni, "a.example");
  EXPECT_EQ(seen.version, "TLSv1.3");
  EXPECT_EQ(seen.cipher, "TLS_AES_128_GCM_SHA256");
  EXPECT_FALSE(seen.resumed);
  EXPECT_FALSE(seen.peer);
  TlsFacts facts = ends.client->facts();
  ASSERT_TRUE(facts.peer);
  EXPECT_EQ(facts.peer->dns, std::vector<std::string>{"a.example"});
  EXPECT_EQ(ends.client->peer_chain().size(), 1u);
}

TEST_F(TlsTest, BytesCrossBothWays) {
  Ends ends = join(server_config(), client_config());
  ASSERT_TRUE(ends.client_status);
  ASSERT_TRUE(write_all(*ends.client, "ping"));
  EXPECT_EQ(read_some(*ends.server, 4).value(), "ping");
  ASSERT_TRUE(write_all(*ends.server, "pong!"));
  EXPECT_EQ(read_some(*ends.client, 5).value(), "pong!");
}

TEST_F(TlsTest, Version12IsSpokenAndOlderIsRefused) {
  struct Case {
    int version;
    int outcome;
  };
  for (Case c : {Case{TLS1_3_VERSION, 1}, Case{TLS1_2_VERSION, 1}, Case{TLS1_1_VERSION, -1}}) {
    auto [a, b] = net::make_pipe(*loop_);
    auto server = std::move(TlsStream::accept(server_context(server_config()), std::move(a))).value();
    Status status = fail(Errc::internal);
    int left = 1;
    scope_.spawn(shake(*server, status, left));
    RawClient client(std::move(b), c.version, "a.example");
    int outcome = 0;
    run_until([&] { return (outcome = client.step()) != 0; });
    settle();
    EXPECT_EQ(outcome, c.outcome) << std::hex << c.version;
    scope_.cancel();
  }
}

TEST_F(TlsTest, CertificateIsChosenByServerName) {
  ServerConfig config;
  config.certificates = {source(ca_.issue({"DNS:default.example"})), source(ca_.issue({"DNS:*.shop.example"})),
                         source(ca_.issue({"DNS:www.shop.example", "DNS:Other.Example"}))};
  auto server = server_context(config);
  ClientConfig insecure;
  insecure.insecure = true;
  auto client = client_context(insecure);
  const std::pair<const char*, const char*> cases[] = {
      {"www.shop.example", "www.shop.example"}, {"WWW.Shop.Example", "www.shop.example"},
      {"pay.shop.example", "*.shop.example"},   {"a.b.shop.example", "default.example"},
      {"shop.example", "default.example"},      {"other.example", "www.shop.example"},
      {"unknown.example", "default.example"},   {"", "default.example"},
  };
  for (auto [name, expected] : cases) {
    Ends ends = join(server, client, {name, {}, {}});
    ASSERT_TRUE(ends.client_status) << name << ": " << ends.client_status.error().message;
    EXPECT_EQ(ends.client->facts().peer->dns.front(), expected) << name;
  }
}

TEST_F(TlsTest, WrongCertificatesAreRefusedByTheClient) {
  test::TestCa other("other ca");
  auto leaf = [&](const test::PemPair& pair) {
    ServerConfig config;
    config.certificates = {source(pair)};
    return config;
  };
  struct Case {
    test::PemPair pair;
    const char* name;
    const char* reason;
  };
  const Case cases[] = {
      {other.issue({"DNS:a.example"}), "a.example", "unable to get local issuer"},
      {ca_.issue_as({"leaf", {"DNS:a.example"}, -7200, -3600, "serverAuth"}), "a.example", "expired"},
      {ca_.issue_as({"leaf", {"DNS:a.example"}, 3600, 7200, "serverAuth"}), "a.example", "not yet valid"},
      {ca_.issue_as({"leaf", {"DNS:a.example"}, -3600, 7200, "clientAuth"}), "a.example", "purpose"},
      {ca_.issue({"DNS:b.example"}), "a.example", "hostname mismatch"},
      {ca_.issue({"DNS:*.example"}), "x.a.example", "hostname mismatch"},
      {ca_.issue_as({"a.example", {"DNS:b.example"}, -3600, 7200, "serverAuth"}), "a.example", "hostname mismatch"},
      {ca_.issue_as({"a.example", {}, -3600, 7200, "serverAuth"}), "a.example", "hostname mismatch"},
      {ca_.issue({"DNS:127.0.0.1"}), "127.0.0.1", "IP address mismatch"},
      {ca_.issue({"IP:127.0.0.1"}), "127.0.0.2", "IP address mismatch"},
  };
  for (const Case& c : cases) {
    Ends ends = join(leaf(c.pair), client_config(), c.name);
    ASSERT_FALSE(ends.client_status) << c.reason;
    EXPECT_EQ(ends.client_status.error().code, Errc::tls);
    EXPECT_NE(ends.client_status.error().message.find(c.reason), std::string::npos)
        << ends.client_status.error().message;
    EXPECT_FALSE(ends.server_status) << c.reason;
  }
}

TEST_F(TlsTest, AddressInTheCertificateIsVerified) {
  Ends ends = join(server_config({"IP:127.0.0.1", "IP:::1"}), client_config(), "127.0.0.1");
  EXPECT_TRUE(ends.client_status);
  EXPECT_EQ(ends.server->sni(), "") << "an address is never sent as server name (RFC 6066 §3)";
  EXPECT_TRUE(join(server_config({"IP:127.0.0.1", "IP:::1"}), client_config(), "::1").client_status);
}

TEST_F(TlsTest, NothingIsVerifiedOnlyWhenAskedFor) {
  test::TestCa other("other ca");
  ServerConfig server;
  server.certificates = {source(other.issue({"DNS:b.example"}))};
  ClientConfig client;
  client.insecure = true;
  EXPECT_TRUE(join(server, client, "a.example").client_status);
  Ends ends = join(server, client_config(), "");
  ASSERT_FALSE(ends.client_status);
  EXPECT_EQ(ends.client_status.error().code, Errc::invalid) << "no name, nothing to verify";
}

TEST_F(TlsTest, ApplicationProtocolMismatchEndsTheHandshake) {
  ServerConfig server = server_config();
  server.alpn = {"h2"};
  ClientConfig client = client_config();
  client.alpn = {"http/1.1"};
  Ends ends = join(server, client);
  ASSERT_FALSE(ends.client_status);
  EXPECT_NE(ends.client_status.error().message.find("no application protocol"), std::string::npos)
      << ends.client_status.error().message;
  EXPECT_FALSE(ends.server_status);
  Ends silent = join(server, client_config());
  ASSERT_TRUE(silent.server_status);
  EXPECT_EQ(silent.server->alpn(), "");
}

TEST_F(TlsTest, ClientCertificateIsDemandedByPolicy) {
  test::TestCa other("other ca");
  test::PemPair good = ca_.issue({"URI:spiffe://td.example/orders", "DNS:orders.example"});
  test::PemPair bad = other.issue({"DNS:orders.example"});
  test::PemPair stale = ca_.issue_as({"leaf", {"DNS:orders.example"}, -7200, -3600, "clientAuth"});
  struct Case {
    ClientAuth mode;
    const test::PemPair* pair;
    bool accepted;
  };
  const Case cases[] = {
      {ClientAuth::none, nullptr, true},   {ClientAuth::none, &good, true},     {ClientAuth::optional, nullptr, true},
      {ClientAuth::optional, &good, true}, {ClientAuth::optional, &bad, false}, {ClientAuth::required, nullptr, false},
      {ClientAuth::required, &good, true}, {ClientAuth::required, &bad, false}, {ClientAuth::required, &stale, false},
  };
  for (const Case& c : cases) {
    ServerConfig server = server_config();
    server.client_auth = c.mode;
    server.client_ca = ca_.pem();
    ClientConfig client = client_config();
    if (c.pair != nullptr) client.cert = c.pair->cert, client.key = c.pair->key;
    Ends ends = join(server, client);
    EXPECT_EQ(ends.server_status.has_value(), c.accepted) << static_cast<int>(c.mode);
    if (!c.accepted || c.pair == nullptr || c.mode == ClientAuth::none) continue;
    TlsFacts facts = ends.server->facts();
    ASSERT_TRUE(facts.peer);
    EXPECT_EQ(facts.peer->uris, std::vector<std::string>{"spiffe://td.example/orders"});
  }
}

TEST_F(TlsTest, CertificateListIsBounded) {  // TL-06
  for (auto [copies, accepted] : {std::pair<int, bool>{5, true}, {120, false}}) {
    test::PemPair pair = ca_.issue({"DNS:a.example"});
    for (int i = 0; i < copies; ++i) pair.cert += ca_.pem();
    ServerConfig config;
    config.certificates = {source(pair)};
    Ends ends = join(config, client_config());
    EXPECT_EQ(ends.client_status.has_value(), accepted) << copies;
  }
}

TEST_F(TlsTest, HelloMayComeByteByByte) {  // TL-03
  auto [a, b] = net::make_pipe(*loop_);
  ServerConfig config = server_config();
  config.certificates.push_back(source(ca_.issue({"DNS:b.example"})));
  Ends ends = join(server_context(config), client_context(client_config()), {"b.example", {}, {}},
                   {std::make_unique<DripStream>(std::move(a)), std::make_unique<DripStream>(std::move(b))});
  ASSERT_TRUE(ends.server_status) << ends.server_status.error().message;
  ASSERT_TRUE(ends.client_status) << ends.client_status.error().message;
  EXPECT_EQ(ends.client->facts().peer->dns.front(), "b.example");
  ASSERT_TRUE(write_all(*ends.client, std::string(40'000, 'x')));
  EXPECT_EQ(read_some(*ends.server, 40'000).value(), std::string(40'000, 'x'));
}

TEST_F(TlsTest, BytesReadBeforeBelongToTheHandshake) {
  auto [a, b] = net::make_pipe(*loop_);
  RawClient client(std::move(b), TLS1_3_VERSION, "a.example");
  EXPECT_EQ(client.step(), 0);
  char early[100];
  net::Io io = a->try_read(early);
  ASSERT_EQ(io.size, sizeof early);
  auto server = std::move(TlsStream::accept(server_context(server_config()), std::move(a), {early, io.size})).value();
  Status status = fail(Errc::internal);
  int left = 1;
  scope_.spawn(shake(*server, status, left));
  EXPECT_TRUE(run_until([&] { return client.step() == 1 && left == 0; }));
  EXPECT_TRUE(status);
}

TEST_F(TlsTest, PlainTextOnTheTlsPortIsRefused) {  // TL-04
  for (std::string text :
       {"GET / HTTP/1.1\r\nhost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\0\0\0\0\0\0\0\0\0\0"}) {
    auto [a, b] = net::make_pipe(*loop_);
    iovec part{text.data(), text.size()};
    b->try_write({&part, 1});
    b->shutdown_write();
    auto server = std::move(TlsStream::accept(server_context(server_config()), std::move(a))).value();
    Status status = fail(Errc::internal);
    int left = 1;
    scope_.spawn(shake(*server, status, left));
    ASSERT_TRUE(run_until([&] { return left == 0; }));
    ASSERT_FALSE(status);
    EXPECT_TRUE(status.error().code == Errc::tls || status.error().code == Errc::reset) << status.error().message;
  }
}

TEST_F(TlsTest, MalformedServerNameIsRefused) {
  for (std::string name : {"a example",
                           "a\x01"
                           "b",
                           "a/b"}) {
    auto [a, b] = net::make_pipe(*loop_);
    auto server = std::move(TlsStream::accept(server_context(server_config()), std::move(a))).value();
    Status status = fail(Errc::internal);
    int left = 1;
    scope_.spawn(shake(*server, status, left));
    RawClient client(std::move(b), TLS1_3_VERSION, name);
    int outcome = 0;
    run_until([&] { return (outcome = client.step()) != 0; });
    EXPECT_EQ(outcome, -1) << name;
    scope_.cancel();
  }
}

TEST_F(TlsTest, SilentPeerTimesOut) {
  auto [a, b] = net::make_pipe(*loop_);
  ServerConfig config = server_config();
  config.handshake_timeout = Duration::milliseconds(20);
  auto server = std::move(TlsStream::accept(server_context(config), std::move(a))).value();
  Status status = fail(Errc::internal);
  int left = 1;
  scope_.spawn(shake(*server, status, left));
  ASSERT_TRUE(run_until([&] { return left == 0; }));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::timeout);
}

TEST_F(TlsTest, PeerThatGoesDuringTheHandshakeIsReset) {
  auto [a, b] = net::make_pipe(*loop_);
  auto server = std::move(TlsStream::accept(server_context(server_config()), std::move(a))).value();
  Status status = fail(Errc::internal);
  int left = 1;
  scope_.spawn(shake(*server, status, left));
  {
    RawClient client(std::move(b), TLS1_3_VERSION, "a.example");
    client.step();
    settle();
  }
  ASSERT_TRUE(run_until([&] { return left == 0; }));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::reset) << status.error().message;
}

TEST_F(TlsTest, HandshakeMayBeCancelled) {
  auto [a, b] = net::make_pipe(*loop_);
  auto server = std::move(TlsStream::accept(server_context(server_config()), std::move(a))).value();
  Status status = fail(Errc::internal);
  int left = 1;
  scope_.spawn(shake(*server, status, left));
  settle();
  scope_.cancel();
  server.reset();
  RawClient client(std::move(b), TLS1_3_VERSION, "a.example");
  client.step();
  settle();
  EXPECT_EQ(left, 1);
}

}  // namespace
}  // namespace mesh::tls
