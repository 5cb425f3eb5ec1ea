// The authority of a request as one canonical host and port: what is matched, logged and forwarded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"

namespace mesh::http {

struct Authority {
  std::string_view host;  // lower case, without a trailing dot; an IPv6 literal keeps its brackets
  std::optional<uint16_t> port;
};

// Reads "host[:port]" (RFC 3986 §3.2.2 without userinfo): a registered name of letters, digits, '-', '_' and '.', an
// IPv4 address, or an IPv6 literal without zone. Refused: empty, userinfo, percent-encoding, non-ASCII (send A-labels),
// empty labels, labels over 63 and names over 253 bytes, malformed A-labels, a last label that is a number unless the
// whole is an IPv4 address, a port that is no number to 65535 (threats PA-05, H1-13).
// Copies into the arena only when a byte changes. Errors: invalid; the message names the rule.
Result<Authority> parse_authority(std::string_view text, Arena& arena);

}  // namespace mesh::http
