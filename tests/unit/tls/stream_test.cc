#include <malloc.h>
#include <sys/socket.h>

#include "net/tcp.h"
#include "pair.h"

namespace mesh::tls {
namespace {

using net::Io;

class StreamTest : public TlsTest {
 protected:
  std::pair<std::unique_ptr<net::Stream>, std::unique_ptr<net::Stream>> sockets() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    return {std::move(net::SocketStream::create(*loop_, net::Fd(fds[0]))).value(),
            std::move(net::SocketStream::create(*loop_, net::Fd(fds[1]))).value()};
  }
  Ends connected() { return join(server_config(), client_config()); }
  // Our server, handshaken, and OpenSSL's client.
  std::unique_ptr<TlsStream> meet(std::unique_ptr<RawClient>& client, int version = TLS1_3_VERSION) {
    auto [a, b] = net::make_pipe(*loop_);
    auto server = std::move(TlsStream::accept(server_context(server_config()), std::move(a))).value();
    Status status = fail(Errc::internal);
    int left = 1;
    scope_.spawn(shake(*server, status, left));
    client = std::make_unique<RawClient>(std::move(b), version, "a.example");
    EXPECT_TRUE(run_until([&] { return client->step() == 1 && left == 0; }));
    EXPECT_TRUE(status);
    return server;
  }
};

char pattern(size_t at) { return static_cast<char>((at * 131 + (at >> 13)) & 0xff); }

async::Task<void> send_pattern(TlsStream& stream, size_t total, int& left) {
  std::string piece;
  size_t sent = 0, size = 1;
  while (sent < total) {
    size = std::min(size * 3 % 300'007 + 1, total - sent);
    piece.resize(size);
    for (size_t i = 0; i < size; ++i) piece[i] = pattern(sent + i);
    std::string_view all = piece;
    auto ok = co_await stream.write(
        {all.substr(0, size / 7), all.substr(size / 7, size / 3), all.substr(size / 7 + size / 3)}, {});
    if (!ok) co_return;
    sent += size;
  }
  stream.shutdown_write();
  --left;
}

async::Task<void> receive_pattern(TlsStream& stream, size_t total, bool& good, int& left) {
  std::vector<char> buffer(200'000);
  size_t got = 0;
  good = true;
  for (size_t size = 7;; size = size * 5 % buffer.size() + 1) {
    auto n = co_await stream.read({buffer.data(), size}, {});
    if (!n || *n == 0) break;
    for (size_t i = 0; i < *n; ++i) good = good && buffer[i] == pattern(got + i);
    got += *n;
  }
  good = good && got == total;
  --left;
}

TEST_F(StreamTest, SixteenMebibytesBothWaysAtOnce) {
  constexpr size_t kTotal = 16 * 1024 * 1024;
  for (int transport = 0; transport < 2; ++transport) {
    Ends ends = join(server_context(server_config()), client_context(client_config()), {"a.example", {}, {}},
                     transport == 0 ? net::make_pipe(*loop_, 50'000) : sockets());
    ASSERT_TRUE(ends.client_status);
    int left = 4;
    bool good[2] = {false, false};
    scope_.spawn(send_pattern(*ends.client, kTotal, left));
    scope_.spawn(send_pattern(*ends.server, kTotal, left));
    scope_.spawn(receive_pattern(*ends.client, kTotal, good[0], left));
    scope_.spawn(receive_pattern(*ends.server, kTotal, good[1], left));
    EXPECT_TRUE(run_until([&] { return left == 0; }));
    EXPECT_TRUE(good[0]) << transport;
    EXPECT_TRUE(good[1]) << transport;
    scope_.cancel();
  }
}

TEST_F(StreamTest, WriterStopsWhenThePeerDoesNotRead) {
  Ends ends = join(server_context(server_config()), client_context(client_config()), {"a.example", {}, {}},
                   net::make_pipe(*loop_, 10'000));
  std::string big(1 << 20, 'x');
  iovec part{big.data(), big.size()};
  Io first = ends.server->try_write({&part, 1});
  EXPECT_EQ(first.kind, Io::Kind::ok);
  EXPECT_LE(first.size, TlsStream::kWriteBatch);
  EXPECT_TRUE(ends.server->holds_output());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ends.server->try_write({&part, 1}).kind, Io::Kind::block);
    EXPECT_EQ(ends.server->try_write({}).kind, Io::Kind::block);
  }
  EXPECT_EQ(read_some(*ends.client, first.size).value().size(), first.size);
  settle();
  EXPECT_FALSE(ends.server->holds_output()) << "what is held leaves without another call";
  EXPECT_EQ(ends.server->try_write({}).kind, Io::Kind::ok);
}

TEST_F(StreamTest, OneReceiveAWakeAndOneSendAWrite) {
  CountingStream::Counts counts;
  auto [a, b] = sockets();
  Ends ends = join(server_context(server_config()), client_context(client_config()), {"a.example", {}, {}},
                   {std::make_unique<CountingStream>(std::move(a), counts), std::move(b)});
  ASSERT_TRUE(ends.client_status);
  char buffer[64 * 1024];
  (void)ends.client->try_read(buffer);  // the ticket
  (void)ends.server->try_read(buffer);
  for (int i = 0; i < 5; ++i) {
    counts = {};
    ASSERT_TRUE(write_all(*ends.client, std::string(300, 'q')));
    settle();
    Io io = ends.server->try_read(buffer);
    EXPECT_EQ(io.size, 300u);
    EXPECT_EQ(ends.server->try_read(buffer).kind, Io::Kind::block);
    EXPECT_EQ(counts.reads, 1);
    std::string head(200, 'h'), body(50'000, 'b'), end = "end";
    iovec parts[] = {{head.data(), head.size()}, {body.data(), body.size()}, {end.data(), end.size()}};
    io = ends.server->try_write(parts);
    EXPECT_EQ(io.size, head.size() + body.size() + end.size());
    EXPECT_EQ(counts.writes, 1);
    EXPECT_EQ(read_some(*ends.client, io.size).value(), head + body + end);
  }
}

TEST_F(StreamTest, SmallPartsShareARecord) {
  auto [a, b] = net::make_pipe(*loop_);
  Ends ends = connected();
  std::string x(10, 'x');
  iovec parts[8];
  for (iovec& part : parts) part = {x.data(), x.size()};
  ASSERT_EQ(ends.server->try_write(parts).size, 80u);
  settle();
  char buffer[100];
  EXPECT_EQ(ends.client->try_read(buffer).size, 80u);
}

TEST_F(StreamTest, HalfARecordIsNotReadable) {
  std::unique_ptr<RawClient> client;
  auto server = meet(client);
  char buffer[100];
  EXPECT_EQ(server->try_read(buffer).kind, Io::Kind::block);
  SSL_write(client->ssl(), "hello", 5);
  char* bytes = nullptr;
  long size = BIO_get_mem_data(SSL_get_wbio(client->ssl()), &bytes);
  for (long i = 0; i < size; ++i) {
    iovec part{bytes + i, 1};
    client->stream().try_write({&part, 1});
    settle();
    Io io = server->try_read(buffer);
    if (i + 1 < size) {
      EXPECT_EQ(io.kind, Io::Kind::block) << i;
      EXPECT_FALSE(server->readiness().readable);
    } else {
      EXPECT_EQ(io.size, 5u);
    }
  }
}

TEST_F(StreamTest, RestOfARecordStaysReadable) {
  Ends ends = connected();
  ASSERT_TRUE(write_all(*ends.client, "0123456789"));
  settle();
  char buffer[4];
  for (size_t expected : {4u, 4u, 2u}) {
    EXPECT_TRUE(ends.server->readiness().readable);
    EXPECT_EQ(ends.server->try_read(buffer).size, expected);
  }
  EXPECT_EQ(ends.server->try_read(buffer).kind, Io::Kind::block);
}

TEST_F(StreamTest, RequestThatCameWithTheHandshakeIsReadable) {
  auto [a, b] = net::make_pipe(*loop_);
  auto server = std::move(TlsStream::accept(server_context(server_config()), std::move(a))).value();
  Status status = fail(Errc::internal);
  int left = 1;
  scope_.spawn(shake(*server, status, left));
  RawClient client(std::move(b), TLS1_3_VERSION, "a.example");
  client.step();
  settle();
  // The last flight of the handshake and the request in one piece.
  auto stream = client.take_stream();
  char wire[8192];
  Io io = stream->try_read(wire);
  BIO_write(SSL_get_rbio(client.ssl()), wire, static_cast<int>(io.size));
  ASSERT_EQ(SSL_do_handshake(client.ssl()), 1);
  SSL_write(client.ssl(), "request", 7);
  char* bytes = nullptr;
  long size = BIO_get_mem_data(SSL_get_wbio(client.ssl()), &bytes);
  iovec part{bytes, static_cast<size_t>(size)};
  stream->try_write({&part, 1});
  ASSERT_TRUE(run_until([&] { return left == 0; }));
  EXPECT_TRUE(server->readiness().readable);
  char buffer[100];
  EXPECT_EQ(server->try_read(buffer).size, 7u);
}

TEST_F(StreamTest, HalfCloseLeavesTheOtherWayOpen) {
  for (int transport = 0; transport < 2; ++transport) {
    Ends ends = join(server_context(server_config()), client_context(client_config()), {"a.example", {}, {}},
                     transport == 0 ? net::make_pipe(*loop_) : sockets());
    ASSERT_TRUE(write_all(*ends.client, "last words"));
    ends.client->shutdown_write();
    EXPECT_EQ(read_some(*ends.server, 100).value(), "last words");
    EXPECT_FALSE(ends.server->truncated());
    ASSERT_TRUE(write_all(*ends.server, "answer"));
    ends.server->shutdown_write();
    EXPECT_EQ(read_some(*ends.client, 100).value(), "answer");
  }
}

TEST_F(StreamTest, DestructionSaysGoodbye) {
  Ends ends = connected();
  ASSERT_TRUE(write_all(*ends.server, "bye"));
  ends.server.reset();
  EXPECT_EQ(read_some(*ends.client, 100).value(), "bye");
}

TEST_F(StreamTest, AbortIsAReset) {
  Ends ends = connected();
  ends.server->abort_on_close();
  ends.server.reset();
  auto end = read_some(*ends.client, 100);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Errc::reset);
}

TEST_F(StreamTest, EndWithoutCloseNotifyIsAnError) {
  for (bool allowed : {false, true}) {
    std::unique_ptr<RawClient> client;
    auto server = meet(client);
    client->send("half a mess");
    client->take_stream().reset();
    if (allowed) server->allow_truncation();
    auto got = read_some(*server, 11);
    EXPECT_EQ(got.value(), "half a mess");
    auto end = read_some(*server, 1);
    EXPECT_EQ(end.has_value(), allowed);
    if (!allowed) {
      EXPECT_EQ(end.error().code, Errc::reset);
    }
    EXPECT_TRUE(server->truncated());
  }
}

TEST_F(StreamTest, DamagedRecordIsATlsError) {
  std::unique_ptr<RawClient> client;
  auto server = meet(client);
  std::string record("\x17\x03\x03\x00\x20", 5);
  record += std::string(32, 'z');
  iovec part{record.data(), record.size()};
  client->stream().try_write({&part, 1});
  auto end = read_some(*server, 1);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Errc::tls);
  EXPECT_FALSE(end.error().message.empty());
}

TEST_F(StreamTest, KeyUpdatesAreBounded) {  // TL-05
  for (int updates : {10, 60}) {
    std::unique_ptr<RawClient> client;
    auto server = meet(client);
    for (int i = 0; i < updates; ++i) {
      SSL_key_update(client->ssl(), SSL_KEY_UPDATE_REQUESTED);
      SSL_do_handshake(client->ssl());
      client->push();
    }
    client->send("data");
    auto got = read_some(*server, 4);
    EXPECT_EQ(got.has_value(), updates <= TlsStream::kMessagesPerSecond) << updates;
    if (!got) {
      EXPECT_EQ(got.error().message, "too many post-handshake messages");
    } else {
      ASSERT_TRUE(write_all(*server, "back"));
      settle();
      EXPECT_EQ(client->read(), "back") << "under the keys that were asked for";
    }
  }
}

TEST_F(StreamTest, RenegotiationIsRefused) {  // TL-05
  std::unique_ptr<RawClient> client;
  auto server = meet(client, TLS1_2_VERSION);
  ASSERT_EQ(SSL_renegotiate(client->ssl()), 1);
  SSL_do_handshake(client->ssl());
  client->push();
  char buffer[100];
  settle();
  (void)server->try_read(buffer);
  settle();
  client->step();
  EXPECT_EQ(SSL_num_renegotiations(client->ssl()), 1);
  EXPECT_FALSE(SSL_is_init_finished(client->ssl()) == 1) << "the client got no second handshake";
}

TEST_F(StreamTest, CancelledReadMayBeFollowedByAnother) {
  Ends ends = connected();
  {
    async::Scope scope(*loop_);
    std::string out;
    std::optional<Status> status;
    scope.spawn(read_all(*ends.server, out, 1, status));
    settle();
  }
  ASSERT_TRUE(write_all(*ends.client, "x"));
  EXPECT_EQ(read_some(*ends.server, 1).value(), "x");
}

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
TEST_F(StreamTest, IdleConnectionKeepsUnder16000Bytes) {
  constexpr size_t kConnections = 100;
  auto server = server_context(server_config());
  auto client = client_context(client_config());
  std::vector<Ends> all;
  for (size_t i = 0; i < kConnections; ++i) {
    all.push_back(join(server, client, {"a.example", {}, {}}, sockets()));
    ASSERT_TRUE(write_all(*all.back().client, "ping"));
    ASSERT_TRUE(read_some(*all.back().server, 4));
    ASSERT_TRUE(write_all(*all.back().server, "pong"));
    ASSERT_TRUE(read_some(*all.back().client, 4));
  }
  size_t before = mallinfo2().uordblks;
  for (Ends& ends : all) ends.server.reset();
  size_t each = (before - mallinfo2().uordblks) / kConnections;
  RecordProperty("bytes", static_cast<int>(each));
  EXPECT_LT(each, 16'000u);
  EXPECT_GT(each, 1'000u) << "nothing was measured";
}
#endif

}  // namespace
}  // namespace mesh::tls
