// Heads as HTTP/1 text. Framing and hop-by-hop fields are made here and nowhere else; fields that came as canonical
// lines are copied in runs; every other field is checked once more before it is written (threats 5.1.13).
#pragma once

#include <string_view>

#include "base/arena.h"
#include "http/head.h"

namespace mesh::codec {

// The request line, Host, framing, the fields, and for an upgrade its two fields. Text in the arena; empty when the
// method, target or authority holds a byte that must not be sent. Fields that may not be sent are left out.
std::string_view write_request_head(Arena& arena, const http::RequestHead& head, http::Framing framing);

enum class ConnectionField : uint8_t { none, close, keep_alive, upgrade };

struct ResponseHeadOptions {
  http::Framing framing;
  ConnectionField connection = ConnectionField::none;
  std::string_view date;  // added when not empty
};
std::string_view write_response_head(Arena& arena, const http::ResponseHead& head, const ResponseHeadOptions& options);

// A 1xx head.
std::string_view write_interim_head(Arena& arena, const http::ResponseHead& head);

// A whole answer to a request that could not be understood: text/plain, Connection: close.
std::string_view write_refusal(Arena& arena, int status, std::string_view text, std::string_view date);

}  // namespace mesh::codec
