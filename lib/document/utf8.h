// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mesh::document {

// Bytes of the valid sequence at the start of `text`, or 0.
size_t utf8_length(std::string_view text);
// Offset of the first byte that is not part of a valid sequence, or npos.
size_t first_invalid_utf8(std::string_view text);
// `point` must be a scalar value.
void append_utf8(std::string& out, uint32_t point);

}  // namespace mesh::document
