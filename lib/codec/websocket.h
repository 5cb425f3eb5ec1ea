// The handshake of RFC 6455 as far as a proxy takes part in it.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace mesh::codec {

// Sec-WebSocket-Accept for a key (§4.2.2).
std::string websocket_accept(std::string_view key);
// A new Sec-WebSocket-Key: 16 random bytes in base64.
std::string websocket_key(Random& random);

}  // namespace mesh::codec
