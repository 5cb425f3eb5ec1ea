#include "http/method.h"

#include <array>

namespace mesh::http {

namespace {
constexpr std::array<std::string_view, 9> kMethods{"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                   "CONNECT", "OPTIONS", "TRACE", "PATCH"};
}

Method parse_method(std::string_view token) {
  for (size_t i = 0; i < kMethods.size(); ++i)
    if (kMethods[i] == token) return static_cast<Method>(i);
  return Method::other;
}

std::string_view to_string(Method method) {
  return method == Method::other ? std::string_view() : kMethods[static_cast<size_t>(method)];
}

bool is_safe(Method method) {
  return method == Method::get || method == Method::head || method == Method::options || method == Method::trace;
}

bool is_idempotent(Method method) { return is_safe(method) || method == Method::put || method == Method::delete_; }

}  // namespace mesh::http
