// Two TLS ends joined in one loop, a client that does what ours would never do, and streams that count or drip.
#pragma once

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "async/loop.h"
#include "async/wait.h"
#include "net/pipe.h"
#include "support/test_ca.h"
#include "tls/context.h"
#include "tls/stream.h"

namespace mesh::tls {

constexpr size_t kTurns = 200'000;  // more than any test needs: a test that hangs ends

struct Ends {
  std::unique_ptr<TlsStream> server;
  std::unique_ptr<TlsStream> client;
  Status server_status = fail(Errc::internal, "not finished");
  Status client_status = fail(Errc::internal, "not finished");
};

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() : loop_(std::move(async::Loop::create()).value()), scope_(*loop_) {}

  bool run_until(const std::function<bool()>& done) {
    for (size_t i = 0; i < kTurns && !done(); ++i) loop_->turn(Duration::milliseconds(10));
    return done();
  }
  void settle() {
    for (int i = 0; i < 50; ++i) loop_->turn(Duration{});
  }

  CertificateSource source(const test::PemPair& pair, const std::string& name = "leaf") {
    return {name + ".pem", name + "-key.pem", pair.cert, pair.key};
  }
  ServerConfig server_config(const std::vector<std::string>& names = {"DNS:a.example"}) {
    ServerConfig config;
    config.listener = "edge";
    config.certificates = {source(ca_.issue(names))};
    config.ticket_keys = keys_;
    return config;
  }
  ClientConfig client_config() {
    ClientConfig config;
    config.ca_file = "ca.pem";
    config.ca = ca_.pem();
    return config;
  }
  std::shared_ptr<const ServerContext> server_context(const ServerConfig& config) {
    auto made = ServerContext::create(config);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  std::shared_ptr<const ClientContext> client_context(const ClientConfig& config) {
    auto made = ClientContext::create(config);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }

  Ends join(const std::shared_ptr<const ServerContext>& server, const std::shared_ptr<const ClientContext>& client,
            const TlsStream::Target& target,
            std::pair<std::unique_ptr<net::Stream>, std::unique_ptr<net::Stream>> pipe) {
    Ends ends;
    ends.server = std::move(TlsStream::accept(server, std::move(pipe.first))).value();
    auto made = TlsStream::connect(client, std::move(pipe.second), target);
    if (!made) {
      ends.client_status = fail(made.error());
      return ends;
    }
    ends.client = std::move(*made);
    int left = 2;
    scope_.spawn(shake(*ends.server, ends.server_status, left));
    scope_.spawn(shake(*ends.client, ends.client_status, left));
    // One end may fail and leave the other waiting: its going is what the other sees.
    run_until([&] { return left == 0 || (left == 1 && (failed(ends.server_status) || failed(ends.client_status))); });
    settle();
    scope_.cancel();
    return ends;
  }
  Ends join(const std::shared_ptr<const ServerContext>& server, const std::shared_ptr<const ClientContext>& client,
            const TlsStream::Target& target) {
    return join(server, client, target, net::make_pipe(*loop_));
  }
  Ends join(const ServerConfig& server, const ClientConfig& client, const std::string& name = "a.example") {
    return join(server_context(server), client_context(client), {name, {}, {}});
  }

  // Reads until `size` bytes, the end or an error.
  Result<std::string> read_some(TlsStream& stream, size_t size) {
    std::string out;
    std::optional<Status> status;
    scope_.spawn(read_all(stream, out, size, status));
    if (!run_until([&] { return status.has_value(); })) return fail(Errc::timeout, "nothing came");
    if (!*status) return fail(status->error());
    return out;
  }
  Status write_all(TlsStream& stream, std::string bytes) {
    std::optional<Status> status;
    scope_.spawn(send(stream, std::move(bytes), status));
    if (!run_until([&] { return status.has_value(); })) return fail(Errc::timeout, "not taken");
    return *status;
  }

  static async::Task<void> shake(TlsStream& stream, Status& status, int& left) {
    status = co_await stream.handshake({});
    --left;
  }
  static async::Task<void> read_all(TlsStream& stream, std::string& out, size_t size, std::optional<Status>& status) {
    char buffer[4096];
    while (out.size() < size) {
      auto n = co_await stream.read(buffer, {});
      if (!n) {
        status = fail(n.error());
        co_return;
      }
      if (*n == 0) break;
      out.append(buffer, *n);
    }
    status = Status{};
  }
  static async::Task<void> send(TlsStream& stream, std::string bytes, std::optional<Status>& status) {
    status = co_await stream.write({bytes}, {});
  }
  static bool failed(const Status& status) { return !status && status.error().code != Errc::internal; }

  test::TestCa ca_;
  std::shared_ptr<TicketKeys> keys_ = std::make_shared<TicketKeys>();
  std::unique_ptr<async::Loop> loop_;
  async::Scope scope_;
};

// OpenSSL's own client over one end of a pipe, moved by hand.
class RawClient {
 public:
  RawClient(std::unique_ptr<net::Stream> stream, int version, const std::string& sni, SSL_SESSION* session = nullptr,
            const test::PemPair* identity = nullptr);
  ~RawClient();

  // Moves bytes both ways and tries the handshake: 1 done, 0 not yet, -1 failed.
  int step();
  // Reads whatever has come, so that tickets are seen.
  std::string read();
  void send(const std::string& bytes);
  void push();
  bool resumed() const { return SSL_session_reused(ssl_) == 1; }
  // The latest resumable session, with a reference of the caller's.
  SSL_SESSION* session();
  SSL* ssl() { return ssl_; }
  net::Stream& stream() { return *stream_; }
  std::unique_ptr<net::Stream> take_stream() { return std::move(stream_); }

 private:
  void pull();
  std::unique_ptr<net::Stream> stream_;
  SSL_CTX* context_;
  SSL* ssl_;
  SSL_SESSION* latest_ = nullptr;
};

// Passes everything on; derived streams bend one thing.
class PassStream : public net::Stream {
 public:
  explicit PassStream(std::unique_ptr<net::Stream> inner) : inner_(std::move(inner)) {}
  net::Io try_read(std::span<char> into) override { return inner_->try_read(into); }
  net::Io try_write(std::span<const iovec> parts) override { return inner_->try_write(parts); }
  void shutdown_write() override { inner_->shutdown_write(); }
  void abort_on_close() override { inner_->abort_on_close(); }
  void cut() override { inner_->cut(); }
  async::Readiness& readiness() override { return inner_->readiness(); }

 protected:
  std::unique_ptr<net::Stream> inner_;
};

// One byte a read.
class DripStream final : public PassStream {
 public:
  using PassStream::PassStream;
  net::Io try_read(std::span<char> into) override { return inner_->try_read(into.first(1)); }
};

// Counts the calls that would be system calls.
class CountingStream final : public PassStream {
 public:
  struct Counts {
    int reads = 0;
    int writes = 0;
  };
  CountingStream(std::unique_ptr<net::Stream> inner, Counts& counts) : PassStream(std::move(inner)), counts_(counts) {}
  net::Io try_read(std::span<char> into) override {
    if (readiness().readable) ++counts_.reads;
    return inner_->try_read(into);
  }
  net::Io try_write(std::span<const iovec> parts) override {
    if (!parts.empty() && readiness().writable) ++counts_.writes;
    return inner_->try_write(parts);
  }

 private:
  Counts& counts_;
};

inline RawClient::RawClient(std::unique_ptr<net::Stream> stream, int version, const std::string& sni,
                            SSL_SESSION* session, const test::PemPair* identity)
    : stream_(std::move(stream)), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_min_proto_version(context_, version);
  SSL_CTX_set_max_proto_version(context_, version);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_app_data(context_, this);
  SSL_CTX_sess_set_new_cb(context_, [](SSL* ssl, SSL_SESSION* fresh) {
    auto& self = *static_cast<RawClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    SSL_SESSION_free(self.latest_);
    self.latest_ = fresh;
    return 1;
  });
  if (identity != nullptr) {
    BIO* cert = BIO_new_mem_buf(identity->cert.data(), static_cast<int>(identity->cert.size()));
    BIO* key = BIO_new_mem_buf(identity->key.data(), static_cast<int>(identity->key.size()));
    X509* x = PEM_read_bio_X509(cert, nullptr, nullptr, nullptr);
    EVP_PKEY* k = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context_, x);
    SSL_CTX_use_PrivateKey(context_, k);
    X509_free(x);
    EVP_PKEY_free(k);
    BIO_free(cert);
    BIO_free(key);
  }
  ssl_ = SSL_new(context_);
  if (!sni.empty()) SSL_set_tlsext_host_name(ssl_, sni.c_str());
  if (session != nullptr) {
    // OpenSSL spoils a TLS 1.3 session object by its use; the ticket in it is good for more.
    SSL_SESSION* copy = SSL_SESSION_dup(session);
    SSL_set_session(ssl_, copy);
    SSL_SESSION_free(copy);
  }
  SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl_);
}

inline RawClient::~RawClient() {
  // A connection that just ends must not spoil its session.
  SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
  SSL_SESSION_free(latest_);
  SSL_CTX_free(context_);
}

inline void RawClient::pull() {
  char buffer[4096];
  for (;;) {
    net::Io io = stream_->try_read(buffer);
    if (io.kind != net::Io::Kind::ok) return;
    BIO_write(SSL_get_rbio(ssl_), buffer, static_cast<int>(io.size));
  }
}

inline void RawClient::push() {
  char* bytes = nullptr;
  long size = BIO_get_mem_data(SSL_get_wbio(ssl_), &bytes);
  if (size <= 0) return;
  iovec part{bytes, static_cast<size_t>(size)};
  net::Io io = stream_->try_write({&part, 1});
  if (io.kind != net::Io::Kind::ok) return;
  char sink[4096];
  for (size_t left = io.size; left > 0;) {
    int n = BIO_read(SSL_get_wbio(ssl_), sink, static_cast<int>(std::min(left, sizeof sink)));
    if (n <= 0) return;
    left -= static_cast<size_t>(n);
  }
}

inline int RawClient::step() {
  pull();
  int ok = SSL_do_handshake(ssl_);
  int code = SSL_get_error(ssl_, ok);
  push();
  if (ok == 1) return 1;
  return code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

inline std::string RawClient::read() {
  pull();
  std::string out;
  char buffer[4096];
  int n;
  while ((n = SSL_read(ssl_, buffer, sizeof buffer)) > 0) out.append(buffer, static_cast<size_t>(n));
  push();
  return out;
}

inline void RawClient::send(const std::string& bytes) {
  SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
  push();
}

inline SSL_SESSION* RawClient::session() {
  if (latest_ != nullptr) SSL_SESSION_up_ref(latest_);
  return latest_;
}

}  // namespace mesh::tls
