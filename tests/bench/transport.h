// A non-blocking client connection to loopback, in the clear or under TLS.
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace mesh::bench {

struct SslContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct SessionFree {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextFree>;
using Session = std::unique_ptr<SSL_SESSION, SessionFree>;

// Verifies nothing (the proxies' certificates are made for the run); offers `alpn` ("h2" or "http/1.1").
SslContext make_client_context(const std::string& alpn);

enum class Io : uint8_t { kDone, kWait, kClosed };

struct IoResult {
  Io state = Io::kDone;
  size_t bytes = 0;
};

class Transport {
 public:
  Transport() = default;
  ~Transport() { close(); }
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Starts a connection from one of several loopback addresses, so that many short ones do not run out of ports.
  // `context` null means plain TCP. `session` non-null is offered for resumption and must outlive the handshake.
  bool connect(uint16_t port, SSL_CTX* context, SSL_SESSION* session);
  // Drives the handshake; kDone once bytes may flow.
  Io advance();
  IoResult read(std::span<char> into);
  IoResult write(std::span<const char> bytes);
  void close();

  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  bool resumed() const { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }
  // The session to resume with later; null without TLS or before a ticket came.
  Session session() const;

 private:
  IoResult from_ssl(int result) const;

  int fd_ = -1;
  bool ready_ = false;
  std::unique_ptr<SSL, SslFree> ssl_;
};

}  // namespace mesh::bench
