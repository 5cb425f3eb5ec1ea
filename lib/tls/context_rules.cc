// The rules that hold for both sides of TLS here.
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tls/context_impl.h"

namespace mesh::tls {

namespace {

constexpr int kMaxDepth = 6;
constexpr long kMaxCertificateList = 32 * 1024;
constexpr int kMaxRsaBits = 8192;

// Refuses keys whose size makes verification an attack (CVE-2023-29409).
int check_key_size(int ok, X509_STORE_CTX* store) {
  const X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (ok != 1 || certificate == nullptr) return ok;
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) <= kMaxRsaBits) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

}  // namespace

Result<ContextPtr> make_context(bool server, Version min_version) {
  ContextPtr context(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
  if (!context) return fail(Errc::exhausted, "cannot make a tls context: " + take_openssl_error("out of memory"));
  SSL_CTX* c = context.get();
  SSL_CTX_set_min_proto_version(c, min_version == Version::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(
      c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(c, 1);
  SSL_CTX_set_verify_depth(c, kMaxDepth);
  SSL_CTX_set_max_cert_list(c, kMaxCertificateList);
  bool ok =
      SSL_CTX_set_ciphersuites(c, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1 &&
      // Forward secrecy and AEAD only (RFC 9325 §4.2, RFC 9113 §9.2.2).
      SSL_CTX_set_cipher_list(c,
                              "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                              "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                              "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305") == 1 &&
      SSL_CTX_set1_groups_list(c, "X25519:P-256:P-384") == 1;
  if (!ok) return fail(Errc::internal, "cannot set up a tls context: " + take_openssl_error("unknown"));
  return context;
}

Status use_identity(SSL_CTX* context, const Identity& identity, const std::string& file) {
  ERR_clear_error();
  STACK_OF(X509)* chain = sk_X509_new_null();
  for (const CertificatePtr& certificate : identity.intermediates) sk_X509_push(chain, certificate.get());
  int ok = SSL_CTX_use_cert_and_key(context, identity.leaf.get(), identity.key.get(), chain, 1);
  sk_X509_free(chain);
  if (ok != 1) return fail(Errc::invalid, "cannot use certificate '" + file + "': " + take_openssl_error("unknown"));
  return {};
}

Result<StorePtr> make_store(const std::vector<CertificatePtr>& authorities) {
  StorePtr store(X509_STORE_new());
  for (const CertificatePtr& certificate : authorities) {
    if (X509_STORE_add_cert(store.get(), certificate.get()) != 1)
      return fail(Errc::invalid, "cannot use authority: " + take_openssl_error("unknown"));
  }
  // An intermediate that is named as authority is one.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

void verify_strictly(SSL_CTX* context, int mode) {
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_X509_STRICT);
  SSL_CTX_set_verify(context, mode, check_key_size);
}

Result<std::string> encode_alpn(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > 255) return fail(Errc::invalid, "bad ALPN name '" + name + "'");
    out += static_cast<char>(name.size());
    out += name;
  }
  return out;
}

std::string digest_text(const std::vector<CertificatePtr>& certificates) {
  PartsDigest digest;
  for (const CertificatePtr& certificate : certificates) digest.add(to_der(certificate.get()));
  auto bytes = digest.finish();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace mesh::tls
