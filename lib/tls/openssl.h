// Owners of OpenSSL's objects and its error texts, for the files of this folder.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace mesh::tls {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using BioMethodPtr = std::unique_ptr<BIO_METHOD, Deleter<BIO_meth_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;

// The oldest error of this thread's queue, lower case; empties the queue. `otherwise` when there is none.
std::string take_openssl_error(std::string_view otherwise);

// SHA-256 of parts, each preceded by its length, so that no two lists of parts give the same bytes.
class PartsDigest {
 public:
  PartsDigest();
  PartsDigest& add(std::string_view part);
  PartsDigest& add(uint64_t number);
  std::array<unsigned char, 32> finish();

 private:
  DigestPtr digest_;
};

// DER of a certificate.
std::string to_der(const X509* certificate);
// Seconds since 1970.
int64_t to_seconds(const ASN1_TIME* time);

}  // namespace mesh::tls
