// Comma-separated field values (RFC 9110 §5.6.1) as filters need them.
#pragma once

#include <string_view>

#include "base/text.h"
#include "http/headers.h"

namespace mesh::filter {

// Calls `visit(element)` for every element that is not empty, trimmed, of all fields of the name; stops when it answers
// true, and answers that.
template <class Visit>
bool each_element(const http::Headers& headers, http::HeaderId id, Visit visit) {
  for (const http::Field& field : headers) {
    if (field.id != id) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      size_t comma = rest.find(',');
      std::string_view element = trim(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
      if (!element.empty() && visit(element)) return true;
    }
  }
  return false;
}

// Says in Vary that the response depends on a request header. `name`: lower case, static.
inline void add_vary(http::Headers& headers, std::string_view name) {
  auto covers = [&](std::string_view element) { return element == "*" || equal_ignore_case(element, name); };
  if (!each_element(headers, http::HeaderId::vary, covers)) headers.add(http::HeaderId::vary, name);
}

}  // namespace mesh::filter
