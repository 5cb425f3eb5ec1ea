// A path made from the canonical one by a rewrite or a redirect, under the rules of every path (threats PA-04).
#pragma once

#include <optional>
#include <string_view>

#include "exchange/exchange.h"

namespace mesh::filter {

// The path when it is in canonical form; nothing when normalising would refuse or change it: then what was matched and
// what would be sent differ in meaning.
std::optional<std::string_view> canonical_or_nothing(std::string_view path, Arena& arena);

// The canonical path with `prefix` in the place of the prefix that matched ("/" takes it away).
std::optional<std::string_view> replace_prefix(const exchange::Exchange& exchange, std::string_view prefix);

}  // namespace mesh::filter
