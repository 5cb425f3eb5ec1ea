// What is inside the contexts: OpenSSL's objects, for the files of this folder.
#pragma once

#include <span>

#include "tls/context.h"
#include "tls/openssl.h"
#include "tls/pem.h"

namespace mesh::tls {

using PolicyId = std::array<unsigned char, 32>;

struct ServerContext::Impl {
  BioMethodPtr bio;
  std::vector<ContextPtr> contexts;                   // one per certificate, alike but for it
  std::vector<PolicyId> policies;                     // their session-id contexts
  std::unordered_map<std::string, size_t> exact;      // DNS name: index
  std::unordered_map<std::string, size_t> wildcards;  // "*.example" is kept as "example"
  std::string alpn;                                   // as the extension has it: length-prefixed
  std::shared_ptr<TicketKeys> ticket_keys;
  std::vector<std::string> warnings;
  std::vector<std::string> names;
  int64_t expires = INT64_MAX;
  Duration handshake_timeout;

  size_t choose(std::string_view name) const;
};

struct ClientContext::Impl {
  BioMethodPtr bio;
  ContextPtr context;
  std::string policy;  // prefix of the keys of sessions
  bool insecure = false;
  std::vector<std::string> warnings;
  Duration handshake_timeout;
};

// What both sides share: versions, ciphers, groups, buffers, limits.
Result<ContextPtr> make_context(bool server, Version min_version);
Status use_identity(SSL_CTX* context, const Identity& identity, const std::string& file);
// Authorities and the rules of a verification (threats TL-06, TL-08).
Result<StorePtr> make_store(const std::vector<CertificatePtr>& authorities);
void verify_strictly(SSL_CTX* context, int mode);
// "\x02h2\x08http/1.1". Errors: invalid (a name is empty or longer than 255).
Result<std::string> encode_alpn(const std::vector<std::string>& names);
std::string digest_text(const std::vector<CertificatePtr>& certificates);

}  // namespace mesh::tls
