// The server name of a client hello: what is accepted is a lower-case name that would be accepted again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tls/server_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto name = mesh::tls::parse_server_name({reinterpret_cast<const char*>(data), size});
  if (!name) return 0;
  if (name->empty() || name->size() > 255) std::abort();
  for (char c : *name)
    if (c <= ' ' || c == '/' || c == '\\' || c == '*' || (c >= 'A' && c <= 'Z') || c >= 0x7f) std::abort();
  auto u16 = [](size_t n) { return std::string{static_cast<char>(n >> 8), static_cast<char>(n & 0xff)}; };
  std::string again = u16(name->size() + 3) + '\0' + u16(name->size()) + *name;
  auto second = mesh::tls::parse_server_name(again);
  if (name->back() != '.' && second != name) std::abort();
  return 0;
}
