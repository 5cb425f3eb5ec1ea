#include "support/test_ca.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace mesh::test {

namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

void require(bool ok) {
  if (!ok) std::abort();
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<size_t>(size)};
}

std::string to_pem(X509* certificate) {
  Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  require(extension != nullptr);
  require(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

Certificate blank(const std::string& subject, EVP_PKEY* key, int64_t from, int64_t until) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  uint64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1 | 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

}  // namespace

struct TestCa::Impl {
  Key key;
  Certificate certificate;
  std::string pem;
};

TestCa::TestCa(const std::string& name) : impl_(std::make_unique<Impl>()) {
  impl_->key.reset(EVP_EC_gen("P-256"));
  impl_->certificate = blank(name, impl_->key.get(), -7200, 30 * 86400);
  X509* c = impl_->certificate.get();
  X509_set_issuer_name(c, X509_get_subject_name(c));
  add_extension(c, c, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(c, c, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(c, c, NID_subject_key_identifier, "hash");
  add_extension(c, c, NID_authority_key_identifier, "keyid:always");
  require(X509_sign(c, impl_->key.get(), EVP_sha256()) > 0);
  impl_->pem = to_pem(c);
}

TestCa::~TestCa() = default;

const std::string& TestCa::pem() const { return impl_->pem; }

PemPair TestCa::issue_as(const Leaf& leaf) const {
  Key key(EVP_EC_gen("P-256"));
  Certificate certificate = blank(leaf.subject, key.get(), leaf.from_seconds, leaf.until_seconds);
  X509* c = certificate.get();
  X509* ca = impl_->certificate.get();
  X509_set_issuer_name(c, X509_get_subject_name(ca));
  add_extension(c, ca, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(c, ca, NID_key_usage, "critical,digitalSignature");
  add_extension(c, ca, NID_ext_key_usage, leaf.usage);
  add_extension(c, ca, NID_subject_key_identifier, "hash");
  add_extension(c, ca, NID_authority_key_identifier, "keyid:always");
  std::string names;
  for (const std::string& name : leaf.names) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) add_extension(c, ca, NID_subject_alt_name, names);
  require(X509_sign(c, impl_->key.get(), EVP_sha256()) > 0);
  Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return {to_pem(c), text_of(bio.get())};
}

}  // namespace mesh::test
