// Request methods (RFC 9110 §9).
#pragma once

#include <cstdint>
#include <string_view>

namespace mesh::http {

enum class Method : uint8_t { get, head, post, put, delete_, connect, options, trace, patch, other };

// Case-sensitive; a token that is none of the known ones is `other`.
Method parse_method(std::string_view token);
std::string_view to_string(Method method);  // empty for `other`
// RFC 9110 §9.2.1, §9.2.2
bool is_safe(Method method);
bool is_idempotent(Method method);

}  // namespace mesh::http
