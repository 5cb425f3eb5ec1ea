#include "tls/server_name.h"

#include <gtest/gtest.h>

namespace mesh::tls {
namespace {

std::string extension(const std::string& name, char type = 0) {
  auto u16 = [](size_t n) { return std::string{static_cast<char>(n >> 8), static_cast<char>(n & 0xff)}; };
  return u16(name.size() + 3) + type + u16(name.size()) + name;
}

TEST(ServerName, IsLoweredAndLosesTheFinalDot) {
  EXPECT_EQ(parse_server_name(extension("WWW.Example.COM.")), "www.example.com");
  EXPECT_EQ(parse_server_name(extension("a")), "a");
  EXPECT_EQ(parse_server_name(extension(std::string(255, 'a'))), std::string(255, 'a'));
}

TEST(ServerName, MalformedIsNothing) {
  for (const std::string& bytes :
       {std::string(), std::string("\0\1", 2), extension(""), extension("."), extension("a", 1), extension("a b"),
        extension(std::string("a\0b", 3)), extension("a/b"), extension("\xc3\xa4.example"),
        extension(std::string(256, 'a')), extension("a") + "x", extension("a") + extension("b").substr(2)}) {
    EXPECT_FALSE(parse_server_name(bytes));
  }
}

}  // namespace
}  // namespace mesh::tls
