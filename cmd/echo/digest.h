// SHA-256 of content that comes in pieces.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace mesh::echo {

class Digest {
 public:
  Digest();
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  void add(std::string_view bytes);
  // Lower-case hex; once.
  std::string finish();

 private:
  evp_md_ctx_st* context_;
};

}  // namespace mesh::echo
