// The server_name extension of a client hello.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mesh::tls {

// The host name of the extension's bytes (RFC 6066 §3): lower case, without the final dot, of letters, digits and
// "-._:" only, at most 255 bytes. Nothing when it is malformed.
std::optional<std::string> parse_server_name(std::string_view extension);

}  // namespace mesh::tls
