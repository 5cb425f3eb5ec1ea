// What a TLS endpoint presents and demands, made once and shared by all connections of a listener or a service.
// Contexts never change: a new certificate or policy is a new context, and connections that run keep theirs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/duration.h"
#include "base/result.h"

struct ssl_session_st;

namespace mesh::tls {

enum class Version : uint8_t { v1_2, v1_3 };
enum class ClientAuth : uint8_t { none, optional, required };

// A certificate with its intermediates (leaf first) and its key, PEM. `cert` and `key` are the text itself when they
// are not empty; the file names are then only for messages.
struct CertificateSource {
  std::string cert_file;
  std::string key_file;
  std::string cert;
  std::string key;
};

// Keys that session tickets are sealed with: random, one set for the whole process, so that a ticket from before a
// reload or from another worker is good. Never written anywhere. Any thread.
class TicketKeys {
 public:
  TicketKeys();
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // A new key seals from now on; the one before still opens (threats TL-10). To be called every 12 h.
  void rotate();

  struct Key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
  };
  Key sealing() const;
  // `current` is false when the ticket should be replaced by one under the newer key.
  bool find(const unsigned char* name, Key& key, bool& current) const;

 private:
  static Key make();
  mutable std::mutex mutex_;
  Key keys_[2];
  int count_ = 1;
};

struct ServerConfig {
  std::string listener;                         // name; part of what a resumed session is bound to
  std::vector<CertificateSource> certificates;  // chosen by SNI, exact names before wildcards; else the first
  Version min_version = Version::v1_2;
  std::vector<std::string> alpn;  // in order of preference: "h2", "http/1.1"; empty: no ALPN
  ClientAuth client_auth = ClientAuth::none;
  std::string client_ca_file;  // PEM, needed unless client_auth is none
  std::string client_ca;       // the text itself, if not empty
  uint64_t generation = 0;     // sessions of another generation are not resumed
  Duration handshake_timeout = Duration::seconds(10);
  std::shared_ptr<TicketKeys> ticket_keys;  // null: keys of this context only
};

// Chooses the certificate in the client-hello callback, together with a session-id context that is a digest of the
// policy: a session is resumed only under the policy that made it (threats TL-01, CVE-2025-23419).
// Without client authentication: one stateless ticket. With it: a stateful cache in memory, no tickets.
class ServerContext {
 public:
  // Reads the files. Errors: invalid (no certificate, not PEM, encrypted key, key of another certificate), not_found,
  // permission, io; each names the file.
  static Result<std::shared_ptr<const ServerContext>> create(const ServerConfig& config);
  ~ServerContext();
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  // "certificate 'edge.pem' expired at 2026-01-01T00:00:00Z": served all the same, but someone must act.
  const std::vector<std::string>& warnings() const;
  // The earliest end of a leaf certificate, seconds since 1970.
  int64_t expires() const;
  // DNS names of all certificates, lower case, in order.
  const std::vector<std::string>& names() const;
  Duration handshake_timeout() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  ServerContext();
  std::unique_ptr<Impl> impl_;
};

struct ClientConfig {
  std::string ca_file;    // PEM; empty: the system's roots
  std::string ca;         // the text itself, if not empty
  bool insecure = false;  // accept any certificate; never on by omission (threats TL-15)
  std::string cert_file;  // ours, shown when the server asks; with key_file
  std::string key_file;
  std::string cert;  // the text itself, if not empty
  std::string key;
  Version min_version = Version::v1_2;
  std::vector<std::string> alpn;  // offered, in order of preference
  Duration handshake_timeout = Duration::seconds(10);
};

// Verifies servers: chain to the authorities, purpose, dates, and the name in subjectAltName only (RFC 9525 §6).
class ClientContext {
 public:
  // Errors: as ServerContext::create.
  static Result<std::shared_ptr<const ClientContext>> create(const ClientConfig& config);
  ~ClientContext();
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  const std::vector<std::string>& warnings() const;
  Duration handshake_timeout() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  ClientContext();
  std::unique_ptr<Impl> impl_;
};

// Sessions to resume, the latest per key (endpoint), at most `capacity`. One per worker and service; a session is only
// offered by the context that verified it. Not shared between threads.
class ClientSessions {
 public:
  explicit ClientSessions(size_t capacity = 1024) : capacity_(capacity) {}
  ~ClientSessions();
  ClientSessions(const ClientSessions&) = delete;
  ClientSessions& operator=(const ClientSessions&) = delete;

  size_t size() const { return sessions_.size(); }

 private:
  friend class TlsStream;
  friend struct StreamCallbacks;
  void put(const std::string& key, ssl_session_st* session);  // takes the reference
  ssl_session_st* find(const std::string& key) const;
  size_t capacity_;
  std::unordered_map<std::string, ssl_session_st*> sessions_;
};

}  // namespace mesh::tls
