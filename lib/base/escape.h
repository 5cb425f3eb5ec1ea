// Text from outside on its way into logs, without allocation: nothing that a terminal, an editor or a log reader would
// obey gets through (threats OP-02). Escaped are C0, DEL, C1, bidirectional controls and line separators; other valid
// UTF-8 is kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mesh {

// Bytes that one byte may become.
inline constexpr size_t kMaxEscape = 6;

// Writes the inside of a JSON string (RFC 8259 §7): controls as \u00NN, bytes that are no UTF-8 as \ufffd each. `out`
// has room for kMaxEscape bytes per byte of text. Returns the end.
char* escape_json(char* out, std::string_view text);

// Writes the inside of a double-quoted field of a text line: controls, bytes that are no UTF-8, '"' and '\' as \xNN of
// each byte. Room and return as above.
char* escape_text(char* out, std::string_view text);

void append_json(std::string& out, std::string_view text);
void append_text(std::string& out, std::string_view text);

}  // namespace mesh
