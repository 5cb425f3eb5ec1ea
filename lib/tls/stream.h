// TLS over any byte stream. Records of one write leave in one send; one receive per wake, ahead of what is asked for;
// buffers are given back when they are empty, so that an idle connection keeps under 16,000 bytes.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "net/stream.h"
#include "tls/context.h"
#include "tls/output.h"

struct ssl_st;
struct bio_st;

namespace mesh::tls {

// What the peer's leaf certificate says, as bytes: names may hold anything, so compare whole strings.
struct PeerCertificate {
  std::array<unsigned char, 32> leaf_sha256{};   // of the leaf's DER
  std::array<unsigned char, 32> chain_sha256{};  // of the DER of all certificates that were sent, in order
  std::string subject;                           // RFC 2253
  std::string serial;                            // hex, lower case
  std::vector<std::string> dns;                  // subjectAltName dNSName, lower case
  std::vector<std::string> uris;                 // subjectAltName URI, as they are
  int64_t not_before = 0;                        // seconds since 1970
  int64_t not_after = 0;
};

// What a connection is worth to decisions and logs.
struct TlsFacts {
  std::string sni;           // lower case, of the client hello; empty without
  std::string alpn;          // negotiated; empty without
  std::string_view version;  // "TLSv1.3"
  std::string_view cipher;   // "TLS_AES_128_GCM_SHA256"
  bool resumed = false;
  std::optional<PeerCertificate> peer;  // verified, unless the context is `insecure`
};

class TlsStream final : public net::Stream {
 public:
  // The server's end. `received` are bytes that were read from the transport before (PROXY protocol, sniffing).
  // Errors: exhausted.
  static Result<std::unique_ptr<TlsStream>> accept(std::shared_ptr<const ServerContext> context,
                                                   std::unique_ptr<net::Stream> transport,
                                                   std::string_view received = {});
  struct Target {
    std::string name;         // DNS name (sent as SNI) or IP literal; what the certificate must be for
    std::string session_key;  // endpoint; empty: nothing is resumed
    std::shared_ptr<ClientSessions> sessions;
  };
  // The client's end. Errors: invalid (no name to verify, and the context is not insecure), exhausted.
  static Result<std::unique_ptr<TlsStream>> connect(std::shared_ptr<const ClientContext> context,
                                                    std::unique_ptr<net::Stream> transport, const Target& target);
  ~TlsStream() override;

  // Once, before anything else. The context's handshake timeout holds as well as the deadline.
  // Errors: timeout, reset (the peer went), tls (the text says why), io.
  async::Task<Status> handshake(async::Deadline deadline);

  TlsFacts facts() const;
  std::string_view alpn() const;  // "h2", "http/1.1" or empty; valid as long as the stream
  const std::string& sni() const { return sni_; }
  bool resumed() const;
  // DER of what the peer sent, leaf first.
  std::vector<std::string> peer_chain() const;

  // An end without close_notify is an attack or an accident: an error (reset). A caller whose framing tells a whole
  // message from half of one may have it as the end of the stream.
  void allow_truncation() { allow_truncation_ = true; }
  bool truncated() const { return truncated_; }

  net::Io try_read(std::span<char> into) override;
  net::Io try_write(std::span<const iovec> parts) override;
  bool holds_output() const override { return !output_.empty(); }
  void shutdown_write() override;
  void abort_on_close() override;
  void cut() override { transport_->cut(); }
  async::Readiness& readiness() override { return readiness_; }
  std::string error_text() const override { return error_; }
  int descriptor() const override { return transport_->descriptor(); }

  // Post-handshake messages a peer may send within a second (threats TL-05).
  static constexpr int kMessagesPerSecond = 32;
  // Plain bytes that one try_write takes at most.
  static constexpr size_t kWriteBatch = 128 * 1024;

 private:
  friend struct StreamCallbacks;
  struct Forward : async::Waiter {
    TlsStream* owner = nullptr;
  };

  TlsStream(std::shared_ptr<const void> context, std::unique_ptr<net::Stream> transport, Duration handshake_timeout);
  Status attach(ssl_st* ssl, void* bio_method);
  void listen_to_transport();
  int receive(char* into, int size, bool& retry);
  void count_message();
  net::Io flush();
  net::Io read_failure(int code);
  Status handshake_failure(int code);
  Status check_resumed_peer() const;
  net::Io fatal(int err, std::string text);
  bool encrypt(std::span<const iovec> parts, size_t& taken);

  std::shared_ptr<const void> context_;
  std::unique_ptr<net::Stream> transport_;
  ssl_st* ssl_ = nullptr;
  async::Readiness readiness_;
  Forward transport_reader_;
  Forward transport_writer_;
  Output output_;
  std::string received_;  // read by someone else before; given to OpenSSL first
  std::string sni_;
  std::string error_;
  std::string session_key_;
  std::shared_ptr<ClientSessions> sessions_;
  Duration handshake_timeout_;
  Instant message_window_;
  net::Io transport_end_;  // how the transport ended, once it did
  int messages_ = 0;
  int error_errno_ = 0;
  bool established_ = false;
  bool failed_ = false;
  bool write_ended_ = false;
  bool fin_sent_ = false;
  bool aborted_ = false;
  bool flooded_ = false;
  bool truncated_ = false;
  bool allow_truncation_ = false;
};

}  // namespace mesh::tls
