// Message digests and base64, by OpenSSL.
#pragma once

#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace mesh {

// SHA-256 in lower-case hex.
std::string sha256_hex(std::string_view bytes);
// The same of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  // Once; nothing may be added after it.
  std::string finish_hex();

 private:
  evp_md_ctx_st* context_;
};
// SHA-1 as 20 raw bytes: only where a protocol asks for it (RFC 6455 §4.2.2), never for security.
std::string sha1_bytes(std::string_view bytes);
// RFC 4648 §4, with padding.
std::string base64_encode(std::string_view bytes);

}  // namespace mesh
