// A certificate authority in memory: P-256 keys, certificates that pass strict verification unless told otherwise.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mesh::test {

struct PemPair {
  std::string cert;
  std::string key;
};

class TestCa {
 public:
  explicit TestCa(const std::string& name = "test ca");
  ~TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;

  struct Leaf {
    std::string subject = "leaf";
    std::vector<std::string> names;  // as OpenSSL writes them: "DNS:a.example", "IP:127.0.0.1", "URI:spiffe://td/x"
    int64_t from_seconds = -3600;    // from now
    int64_t until_seconds = 24 * 3600;
    std::string usage = "serverAuth,clientAuth";
  };
  PemPair issue_as(const Leaf& leaf) const;
  PemPair issue(const std::vector<std::string>& names) const {
    return issue_as(Leaf{"leaf", names, -3600, 86400, "serverAuth,clientAuth"});
  }
  // The authority's own certificate, PEM.
  const std::string& pem() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesh::test
