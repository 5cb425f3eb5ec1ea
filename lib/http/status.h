// Status codes (RFC 9110 §15).
#pragma once

#include <string_view>

namespace mesh::http {

// "Not Found"; "" for codes that have no name.
std::string_view status_text(int status);

}  // namespace mesh::http
