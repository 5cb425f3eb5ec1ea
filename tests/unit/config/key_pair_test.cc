#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include "base/crypto_key_pair.h"

#include <string>

#include "config/load.h"

namespace mesh::config {
namespace {

std::string taken(BIO* bio) {
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<size_t>(size));
  BIO_free(bio);
  return out;
}

std::string pem(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr) {
  BIO* bio = BIO_new(BIO_s_mem());
  unsigned char secret[] = "secret";
  PEM_write_bio_PrivateKey(bio, key, cipher, cipher ? secret : nullptr, cipher ? 6 : 0, nullptr, nullptr);
  return taken(bio);
}

std::string self_signed(EVP_PKEY* key) {
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  X509_free(certificate);
  return taken(bio);
}

TEST(KeyPair, OnlyTheKeyOfTheCertificateFits) {
  EVP_PKEY* own = EVP_EC_gen("P-256");
  EVP_PKEY* other = EVP_EC_gen("P-256");
  std::string cert = self_signed(own);
  EXPECT_TRUE(check_key_pair(cert, pem(own)));
  Status differs = check_key_pair(cert, pem(other));
  ASSERT_FALSE(differs);
  EXPECT_EQ(differs.error().message, "their public keys differ");
  EXPECT_NE(check_key_pair("nothing", pem(own)).error().message.find("certificate"), std::string::npos);
  EXPECT_NE(check_key_pair(cert, "nothing").error().message.find("key cannot be decoded"), std::string::npos);
  EXPECT_NE(check_key_pair(cert, pem(own, EVP_aes_128_cbc())).error().message.find("encrypted"), std::string::npos);
  EVP_PKEY_free(own);
  EVP_PKEY_free(other);
}

}  // namespace
}  // namespace mesh::config
