// Certificates and keys read from PEM files.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tls/context.h"
#include "tls/openssl.h"

namespace mesh::tls {

struct Identity {
  CertificatePtr leaf;
  std::vector<CertificatePtr> intermediates;
  KeyPtr key;
};

// Reads and checks a certificate with its key. Errors: not_found, permission, io, invalid.
Result<Identity> load_identity(const CertificateSource& source);
// "certificate 'edge.pem' expired at ..." or empty. `now` in seconds since 1970.
std::string expiry_warning(const Identity& identity, const std::string& file, int64_t now);
// All certificates of a PEM file, at least one. `text` instead of the file unless empty.
Result<std::vector<CertificatePtr>> load_certificates(const std::string& file, const std::string& text);
// subjectAltName dNSName, lower case.
std::vector<std::string> dns_names(const X509* certificate);

}  // namespace mesh::tls
