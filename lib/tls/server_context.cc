#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <time.h>

#include <cstring>

#include "tls/context_impl.h"
#include "tls/server_name.h"
#include "tls/stream_callbacks.h"

namespace mesh::tls {

namespace {

constexpr long kSessionSeconds = 3600;
constexpr long kCachedSessions = 10'000;

int on_client_hello(SSL* ssl, int* alert, void* arg) {
  const auto& impl = *static_cast<const ServerContext::Impl*>(arg);
  const unsigned char* bytes = nullptr;
  size_t size = 0;
  std::string name;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) == 1) {
    auto parsed = parse_server_name({reinterpret_cast<const char*>(bytes), size});
    if (!parsed) {
      *alert = SSL_AD_DECODE_ERROR;
      return SSL_CLIENT_HELLO_ERROR;
    }
    name = std::move(*parsed);
  }
  size_t chosen = impl.choose(name);
  const PolicyId& policy = impl.policies[chosen];
  if (SSL_set_SSL_CTX(ssl, impl.contexts[chosen].get()) == nullptr ||
      SSL_set_session_id_context(ssl, policy.data(), static_cast<unsigned>(policy.size())) != 1) {
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
  }
  StreamCallbacks::set_sni(ssl, std::move(name));
  return SSL_CLIENT_HELLO_SUCCESS;
}

// Our preference, not the client's; without a common protocol the connection ends (RFC 7301 §3.2, threats TL-11).
int on_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered, unsigned size,
            void* arg) {
  const auto& impl = *static_cast<const ServerContext::Impl*>(arg);
  std::string_view offer(reinterpret_cast<const char*>(offered), size);
  for (size_t at = 0; at < impl.alpn.size(); at += 1 + static_cast<unsigned char>(impl.alpn[at])) {
    std::string_view ours = std::string_view(impl.alpn).substr(at, 1 + static_cast<unsigned char>(impl.alpn[at]));
    for (size_t i = 0; i < offer.size(); i += 1 + static_cast<unsigned char>(offer[i])) {
      if (offer.substr(i, 1 + static_cast<unsigned char>(offer[i])) != ours) continue;
      *out = reinterpret_cast<const unsigned char*>(ours.data()) + 1;
      *out_size = static_cast<unsigned char>(ours[0]);
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// AES-256-CBC, then HMAC-SHA256 (RFC 5077 §4).
int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int sealing) {
  const auto* impl = static_cast<const ServerContext::Impl*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  TicketKeys::Key key;
  bool current = true;
  if (sealing == 1) {
    key = impl->ticket_keys->sealing();
    std::memcpy(name, key.name.data(), key.name.size());
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
  } else if (!impl->ticket_keys->find(name, key, current)) {
    return 0;
  }
  char digest[] = "SHA256";
  OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
                         OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                         OSSL_PARAM_construct_end()};
  int ok = EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, sealing) == 1 &&
           EVP_MAC_CTX_set_params(mac, params) == 1;
  OPENSSL_cleanse(&key, sizeof key);
  if (!ok) return -1;
  // TLS 1.3 clients use a ticket once: each resumption needs a new one for the next.
  return current && SSL_version(ssl) != TLS1_3_VERSION ? 1 : 2;
}

// The client's authorities, as every certificate's context needs them.
struct ClientAuthorities {
  StorePtr store;
  std::vector<CertificatePtr> certificates;
  std::string digest;
};

Result<ClientAuthorities> load_authorities(const ServerConfig& config) {
  ClientAuthorities out;
  if (config.client_auth == ClientAuth::none) return out;
  if (config.client_ca.empty() && config.client_ca_file.empty())
    return fail(Errc::invalid, "client authentication needs a file of authorities");
  auto certificates = load_certificates(config.client_ca_file, config.client_ca);
  if (!certificates) return fail(certificates.error());
  auto store = make_store(*certificates);
  if (!store) return fail(store.error());
  out = {std::move(*store), std::move(*certificates), {}};
  out.digest = digest_text(out.certificates);
  return out;
}

Status demand_client(SSL_CTX* context, const ServerConfig& config, const ClientAuthorities& authorities) {
  int mode = SSL_VERIFY_PEER;
  if (config.client_auth == ClientAuth::required) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  verify_strictly(context, mode);
  SSL_CTX_set1_cert_store(context, authorities.store.get());
  STACK_OF(X509_NAME)* names = sk_X509_NAME_new_null();
  for (const CertificatePtr& ca : authorities.certificates)
    sk_X509_NAME_push(names, X509_NAME_dup(X509_get_subject_name(ca.get())));
  SSL_CTX_set_client_CA_list(context, names);
  // No ticket holds a client's identity: resumption is by a cache in memory, where a reload or a restart forgets it.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(context, kCachedSessions);
  return {};
}

Result<ContextPtr> make_server_context(const ServerConfig& config, const CertificateSource& source,
                                       const Identity& identity, const ClientAuthorities& authorities,
                                       ServerContext::Impl& impl) {
  auto context = make_context(true, config.min_version);
  if (!context) return fail(context.error());
  SSL_CTX* c = context->get();
  if (auto ok = use_identity(c, identity, source.cert_file); !ok) return fail(ok.error());
  SSL_CTX_set_app_data(c, &impl);
  SSL_CTX_set_client_hello_cb(c, on_client_hello, &impl);
  if (!impl.alpn.empty()) SSL_CTX_set_alpn_select_cb(c, on_alpn, &impl);
  SSL_CTX_set_num_tickets(c, 1);
  SSL_CTX_set_timeout(c, kSessionSeconds);
  if (config.client_auth == ClientAuth::none) {
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(c, on_ticket);
  } else if (auto ok = demand_client(c, config, authorities); !ok) {
    return fail(ok.error());
  }
  return context;
}

// Everything that decides who is let in: a session is good only where all of it is equal.
PolicyId policy_id(const ServerConfig& config, const Identity& identity, const std::string& authorities) {
  return PartsDigest()
      .add(config.listener)
      .add(static_cast<uint64_t>(config.client_auth))
      .add(static_cast<uint64_t>(config.min_version))
      .add(authorities)
      .add(config.generation)
      .add(to_der(identity.leaf.get()))
      .finish();
}

void add_names(ServerContext::Impl& impl, const X509* leaf, size_t index) {
  for (std::string& name : dns_names(leaf)) {
    // The first certificate with a name has it.
    if (name.starts_with("*.")) {
      impl.wildcards.try_emplace(name.substr(2), index);
    } else {
      impl.exact.try_emplace(name, index);
    }
    impl.names.push_back(std::move(name));
  }
}

}  // namespace

size_t ServerContext::Impl::choose(std::string_view name) const {
  if (name.empty()) return 0;
  if (auto it = exact.find(std::string(name)); it != exact.end()) return it->second;
  size_t dot = name.find('.');  // a wildcard stands for one label (RFC 9525 §6.3)
  if (dot == 0 || dot == std::string_view::npos) return 0;
  auto it = wildcards.find(std::string(name.substr(dot + 1)));
  return it == wildcards.end() ? 0 : it->second;
}

ServerContext::ServerContext() : impl_(std::make_unique<Impl>()) {}
ServerContext::~ServerContext() = default;
const std::vector<std::string>& ServerContext::warnings() const { return impl_->warnings; }
const std::vector<std::string>& ServerContext::names() const { return impl_->names; }
int64_t ServerContext::expires() const { return impl_->expires; }
Duration ServerContext::handshake_timeout() const { return impl_->handshake_timeout; }

Result<std::shared_ptr<const ServerContext>> ServerContext::create(const ServerConfig& config) {
  if (config.certificates.empty()) return fail(Errc::invalid, "a tls listener needs a certificate");
  std::shared_ptr<ServerContext> out(new ServerContext);
  Impl& impl = *out->impl_;
  impl.bio = StreamCallbacks::make_bio();
  impl.handshake_timeout = config.handshake_timeout;
  impl.ticket_keys = config.ticket_keys ? config.ticket_keys : std::make_shared<TicketKeys>();
  auto alpn = encode_alpn(config.alpn);
  if (!alpn) return fail(alpn.error());
  impl.alpn = std::move(*alpn);
  auto authorities = load_authorities(config);
  if (!authorities) return fail(authorities.error());
  for (const CertificateSource& source : config.certificates) {
    auto identity = load_identity(source);
    if (!identity) return fail(identity.error());
    auto context = make_server_context(config, source, *identity, *authorities, impl);
    if (!context) return fail(context.error());
    if (auto text = expiry_warning(*identity, source.cert_file, time(nullptr)); !text.empty())
      impl.warnings.push_back(std::move(text));
    impl.expires = std::min(impl.expires, to_seconds(X509_get0_notAfter(identity->leaf.get())));
    add_names(impl, identity->leaf.get(), impl.contexts.size());
    impl.policies.push_back(policy_id(config, *identity, authorities->digest));
    // OpenSSL keeps its own copy for connections whose hello has no say.
    SSL_CTX_set_session_id_context(context->get(), impl.policies.back().data(),
                                   static_cast<unsigned>(impl.policies.back().size()));
    impl.contexts.push_back(std::move(*context));
  }
  return out;
}

}  // namespace mesh::tls
