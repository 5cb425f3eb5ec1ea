#include "transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace mesh::bench {
namespace {

constexpr uint32_t kSourceAddresses = 16;

sockaddr_in loopback(uint32_t last_byte, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(0x7F000000U | last_byte);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

}  // namespace

SslContext make_client_context(const std::string& alpn) {
  SslContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) return nullptr;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set1_groups_list(context.get(), "X25519:P-256");
  SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  std::string wire(1, static_cast<char>(alpn.size()));
  wire += alpn;
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(wire.data()),
                          static_cast<unsigned>(wire.size()));
  return context;
}

bool Transport::connect(uint16_t port, SSL_CTX* context, SSL_SESSION* session) {
  close();
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return false;
  int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in source = loopback(2 + static_cast<uint32_t>(fd_) % kSourceAddresses, 0);
  sockaddr_in peer = loopback(1, port);
  bool started = bind(fd_, generic(source), sizeof source) == 0 &&
                 (::connect(fd_, generic(peer), sizeof peer) == 0 || errno == EINPROGRESS);
  if (!started) {
    close();
    return false;
  }
  ready_ = context == nullptr;
  if (context != nullptr) {
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), fd_);
    SSL_set_tlsext_host_name(ssl_.get(), "bench.example");
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (session != nullptr) SSL_set_session(ssl_.get(), session);
  }
  return true;
}

IoResult Transport::from_ssl(int result) const {
  if (result > 0) return {Io::kDone, static_cast<size_t>(result)};
  int error = SSL_get_error(ssl_.get(), result);
  bool wait = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  return {wait ? Io::kWait : Io::kClosed, 0};
}

Io Transport::advance() {
  if (ready_) return Io::kDone;
  ERR_clear_error();
  IoResult result = from_ssl(SSL_connect(ssl_.get()));
  ready_ = result.state == Io::kDone;
  return result.state;
}

IoResult Transport::read(std::span<char> into) {
  if (ssl_) {
    ERR_clear_error();
    return from_ssl(SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size())));
  }
  ssize_t got = recv(fd_, into.data(), into.size(), 0);
  if (got > 0) return {Io::kDone, static_cast<size_t>(got)};
  bool wait = got < 0 && (errno == EAGAIN || errno == ENOTCONN || errno == EINTR);
  return {wait ? Io::kWait : Io::kClosed, 0};
}

IoResult Transport::write(std::span<const char> bytes) {
  if (ssl_) {
    ERR_clear_error();
    return from_ssl(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())));
  }
  ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return {Io::kDone, static_cast<size_t>(sent)};
  bool wait = errno == EAGAIN || errno == ENOTCONN || errno == EINTR || errno == EINPROGRESS;
  return {wait ? Io::kWait : Io::kClosed, 0};
}

Session Transport::session() const { return Session(ssl_ ? SSL_get1_session(ssl_.get()) : nullptr); }

void Transport::close() {
  // A session counts as resumable only when its connection ended cleanly.
  if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  ssl_.reset();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  ready_ = false;
}

}  // namespace mesh::bench
