#include "codec/websocket.h"

#include <openssl/evp.h>

#include <array>
#include <cstring>

namespace mesh::codec {

namespace {

template <size_t N>
std::string base64(const std::array<unsigned char, N>& bytes) {
  std::string out(4 * ((N + 2) / 3) + 1, '\0');
  out.resize(static_cast<size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(), N)));
  return out;
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  std::string text(key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  return base64(digest);
}

std::string websocket_key(Random& random) {
  std::array<unsigned char, 16> bytes{};
  for (size_t i = 0; i < bytes.size(); i += 8) {
    uint64_t word = random.next();
    std::memcpy(bytes.data() + i, &word, 8);
  }
  return base64(bytes);
}

}  // namespace mesh::codec
