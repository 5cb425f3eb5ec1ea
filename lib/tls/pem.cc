#include "tls/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "base/duration.h"
#include "net/fd.h"

namespace mesh::tls {

namespace {

constexpr size_t kMaxFile = 4 * 1024 * 1024;  // the system's bundle has 220 KiB

Result<std::string> read_file(const std::string& path) {
  std::string what = "cannot read '" + path + "'";
  net::Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail_errno(errno, what);
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return fail_errno(errno, what);
  if (!S_ISREG(info.st_mode)) return fail(Errc::invalid, what + ": not a regular file");
  std::string text;
  char buffer[16 * 1024];
  for (;;) {
    ssize_t n = read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, what);
    if (n == 0) return text;
    text.append(buffer, static_cast<size_t>(n));
    if (text.size() > kMaxFile) return fail(Errc::limit, what + ": larger than 4 MiB");
  }
}

BioPtr over(const std::string& text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// Keys are read by a server that nobody sits in front of: no passphrase.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<KeyPtr> load_key(const CertificateSource& source) {
  std::string read;
  if (source.key.empty()) {
    auto text = read_file(source.key_file);
    if (!text) return fail(text.error());
    read = std::move(*text);
  }
  BioPtr bio = over(source.key.empty() ? read : source.key);
  bool encrypted = false;
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &encrypted));
  OPENSSL_cleanse(read.data(), read.size());
  ERR_clear_error();
  if (key) return key;
  if (encrypted) return fail(Errc::invalid, "the key in '" + source.key_file + "' is encrypted");
  return fail(Errc::invalid, "no private key in '" + source.key_file + "'");
}

std::string date(int64_t seconds) {
  std::string text = format_rfc3339_ms(seconds * 1'000'000'000);
  if (size_t dot = text.find('.'); dot != std::string::npos) text.erase(dot, 4);
  return text;
}

}  // namespace

Result<std::vector<CertificatePtr>> load_certificates(const std::string& file, const std::string& text) {
  std::string read;
  if (text.empty()) {
    auto got = read_file(file);
    if (!got) return fail(got.error());
    read = std::move(*got);
  }
  BioPtr bio = over(text.empty() ? read : text);
  std::vector<CertificatePtr> out;
  ERR_clear_error();
  while (X509* certificate = PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr)) out.emplace_back(certificate);
  unsigned long error = ERR_peek_last_error();
  bool ended = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  std::string reason = take_openssl_error("malformed");
  if (!ended) return fail(Errc::invalid, "bad certificate in '" + file + "': " + reason);
  if (out.empty()) return fail(Errc::invalid, "no certificate in '" + file + "'");
  return out;
}

Result<Identity> load_identity(const CertificateSource& source) {
  auto chain = load_certificates(source.cert_file, source.cert);
  if (!chain) return fail(chain.error());
  auto key = load_key(source);
  if (!key) return fail(key.error());
  Identity identity;
  identity.leaf = std::move(chain->front());
  for (size_t i = 1; i < chain->size(); ++i) identity.intermediates.push_back(std::move((*chain)[i]));
  identity.key = std::move(*key);
  if (X509_check_private_key(identity.leaf.get(), identity.key.get()) != 1) {
    ERR_clear_error();
    return fail(Errc::invalid, "the key in '" + source.key_file + "' does not belong to the certificate in '" +
                                   source.cert_file + "'");
  }
  return identity;
}

std::string expiry_warning(const Identity& identity, const std::string& file, int64_t now) {
  int64_t from = to_seconds(X509_get0_notBefore(identity.leaf.get()));
  int64_t until = to_seconds(X509_get0_notAfter(identity.leaf.get()));
  if (now >= until) return "certificate '" + file + "' expired at " + date(until);
  if (now < from) return "certificate '" + file + "' is not valid before " + date(from);
  return {};
}

std::vector<std::string> dns_names(const X509* certificate) {
  std::vector<std::string> out;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS) continue;
    const ASN1_IA5STRING* value = name->d.dNSName;
    std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<size_t>(ASN1_STRING_length(value)));
    for (char& c : text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    out.push_back(std::move(text));
  }
  GENERAL_NAMES_free(names);
  return out;
}

}  // namespace mesh::tls
