// The field lines of an HTTP/1 head: their grammar (RFC 9112 §5), and what the fields that concern one connection only
// say (RFC 9110 §7.6.1). Those are taken out of the head; all others are kept in order.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "codec/http1_scan.h"
#include "codec/server.h"
#include "http/head.h"

namespace mesh::codec {

// Why a head is refused. `status` 0: it is not.
struct HeadFault {
  int status = 0;
  std::string_view reason;  // a word of the reason enum
  std::string_view detail;  // the rule, for the log

  explicit operator bool() const { return status != 0; }
};
constexpr HeadFault bad_request(std::string_view detail) { return {400, "bad_request", detail}; }

// What the fields of one head said about the message and the connection.
struct FieldFacts {
  static constexpr size_t kMaxNominated = 16;

  uint32_t hosts = 0;
  uint32_t codings = 0;  // Transfer-Encoding fields
  uint32_t upgrades = 0;
  uint32_t content_types = 0;
  bool has_length = false;
  bool chunked = false;
  bool unknown_coding = false;
  bool close = false;
  bool keep_alive = false;
  bool upgrade_named = false;  // Connection: upgrade
  bool te_trailers = false;
  bool expect_continue = false;
  bool expect_other = false;
  uint64_t length = 0;
  std::string_view host;
  std::string_view upgrade;
  size_t nominated_count = 0;
  std::array<std::string_view, kMaxNominated> nominated;  // by Connection, without those known
};

struct FieldRules {
  bool request = true;
  uint32_t bytes = 0;  // of all names and values, each field +32
  uint32_t fields = 0;
  ServerLimits::Underscores underscores = ServerLimits::Underscores::reject;
};

// Reads the lines `first`..`last`-1 of a head that `scanner` found whole in `buffer`; line `first` begins at `from`.
HeadFault read_fields(std::span<const char> buffer, const HeadScanner& scanner, size_t first, size_t last, size_t from,
                      const FieldRules& rules, http::Headers& headers, FieldFacts& facts);

// The one protocol asked for or agreed to with Upgrade, if it may be forwarded: "websocket", or nothing. h2c is never
// (threats H1-20).
std::string_view upgrade_of(const FieldFacts& facts);

}  // namespace mesh::codec
