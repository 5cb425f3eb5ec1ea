#include "tls/server_name.h"

namespace mesh::tls {

std::optional<std::string> parse_server_name(std::string_view extension) {
  auto u16 = [&](size_t at) {
    return static_cast<size_t>(static_cast<unsigned char>(extension[at]) << 8 |
                               static_cast<unsigned char>(extension[at + 1]));
  };
  if (extension.size() < 5 || u16(0) != extension.size() - 2 || extension[2] != 0) return std::nullopt;
  if (u16(3) != extension.size() - 5) return std::nullopt;
  std::string name(extension.substr(5));
  if (!name.empty() && name.back() == '.') name.pop_back();
  if (name.empty() || name.size() > 255) return std::nullopt;
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == ':';
    if (!good) return std::nullopt;
  }
  return name;
}

}  // namespace mesh::tls
