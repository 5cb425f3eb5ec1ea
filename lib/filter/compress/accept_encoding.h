// Which coding a client wants (RFC 9110 §12.5.3).
#pragma once

#include <optional>
#include <span>

#include "config/model.h"
#include "http/headers.h"

namespace mesh::filter {

// The offered coding with the highest weight; of equal ones the first offered. Nothing without Accept-Encoding, when
// none is acceptable, or when the client gives `identity` a higher weight. "x-gzip" is gzip; an element that breaks the
// grammar counts as not there.
std::optional<config::Encoding> choose_encoding(const http::Headers& request,
                                                std::span<const config::Encoding> offered);

}  // namespace mesh::filter
