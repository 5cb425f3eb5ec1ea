#include "codec/websocket.h"

#include <cstring>

#include "base/crypto_digest.h"

namespace mesh::codec {

std::string websocket_accept(std::string_view key) {
  std::string text(key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  return base64_encode(sha1_bytes(text));
}

std::string websocket_key(Random& random) {
  char bytes[16];
  for (size_t i = 0; i < sizeof bytes; i += 8) {
    uint64_t word = random.next();
    std::memcpy(bytes + i, &word, 8);
  }
  return base64_encode({bytes, sizeof bytes});
}

}  // namespace mesh::codec
