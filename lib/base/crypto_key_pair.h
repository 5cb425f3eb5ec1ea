// Whether a private key belongs to a certificate.
#pragma once

#include <string>

#include "base/result.h"

namespace mesh {

// Errc::invalid unless the first certificate of PEM `cert` and the first key of PEM `key` decode and belong together.
// An encrypted key does not decode: nobody is there to be asked for a passphrase.
Status check_key_pair(const std::string& cert, const std::string& key);

}  // namespace mesh
