#include "base/crypto_key_pair.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace mesh {

namespace {

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* value) const {
    free_function(value);
  }
};

// Nobody is there to be asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

std::unique_ptr<BIO, Free<BIO_free_all>> reader_of(const std::string& text) {
  return std::unique_ptr<BIO, Free<BIO_free_all>>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

Status check_key_pair(const std::string& cert, const std::string& key) {
  auto cert_bio = reader_of(cert), key_bio = reader_of(key);
  std::unique_ptr<X509, Free<X509_free>> certificate(
      PEM_read_bio_X509(cert_bio.get(), nullptr, no_passphrase, nullptr));
  std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>> secret(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_passphrase, nullptr));
  bool fits = certificate && secret && X509_check_private_key(certificate.get(), secret.get()) == 1;
  ERR_clear_error();
  if (!certificate) return fail(Errc::invalid, "the certificate cannot be decoded");
  if (!secret) return fail(Errc::invalid, "the key cannot be decoded, or is encrypted");
  if (!fits) return fail(Errc::invalid, "their public keys differ");
  return {};
}

}  // namespace mesh
