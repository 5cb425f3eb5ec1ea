// Requests put together from their parts, and what is expected of them.
#pragma once

#include <string>

#include "unit/codec/http1_probe.h"

namespace mesh::codec {

inline constexpr const char* kHost = "Host: a.example\r\n";

inline std::string get(const std::string& fields, const std::string& target = "/x", const std::string& method = "GET",
                       const std::string& version = "HTTP/1.1", const std::string& host = kHost) {
  return method + " " + target + " " + version + "\r\n" + host + fields + "\r\n";
}
inline std::string post(const std::string& fields) { return get(fields, "/x", "POST"); }

inline void expect_status(const std::string& bytes, int status) {
  Outcome out = parse_request(bytes);
  EXPECT_EQ(out.status, status) << bytes.substr(0, 300) << "\n" << out.detail;
}
inline void expect_bad(const std::string& bytes) { expect_status(bytes, 400); }
inline Outcome expect_ok(const std::string& bytes) {
  Outcome out = parse_request(bytes);
  EXPECT_EQ(out.status, 0) << bytes.substr(0, 300) << "\n" << out.detail;
  EXPECT_EQ(out.consumed, bytes.find("\r\n\r\n") + 4);
  return out;
}

}  // namespace mesh::codec
