#include "tls/openssl.h"

#include <openssl/err.h>
#include <time.h>

#include <cassert>

namespace mesh::tls {

std::string take_openssl_error(std::string_view otherwise) {
  unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string text(reason == nullptr ? otherwise : std::string_view(reason));
  ERR_clear_error();
  return text;
}

PartsDigest::PartsDigest() : digest_(EVP_MD_CTX_new()) {
  int ok = EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr);
  assert(ok == 1);
  (void)ok;
}

PartsDigest& PartsDigest::add(std::string_view part) {
  uint64_t size = part.size();
  EVP_DigestUpdate(digest_.get(), &size, sizeof size);
  EVP_DigestUpdate(digest_.get(), part.data(), part.size());
  return *this;
}

PartsDigest& PartsDigest::add(uint64_t number) {
  return add(std::string_view(reinterpret_cast<const char*>(&number), sizeof number));
}

std::array<unsigned char, 32> PartsDigest::finish() {
  std::array<unsigned char, 32> out{};
  EVP_DigestFinal_ex(digest_.get(), out.data(), nullptr);
  return out;
}

std::string to_der(const X509* certificate) {
  unsigned char* bytes = nullptr;
  int size = i2d_X509(certificate, &bytes);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return out;
}

int64_t to_seconds(const ASN1_TIME* time) {
  tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return timegm(&parts);
}

}  // namespace mesh::tls
