#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "pair.h"
#include "tls/certificate_files.h"

namespace mesh::tls {
namespace {

class ContextTest : public TlsTest {
 protected:
  ContextTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "mesh-tls-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~ContextTest() override { std::filesystem::remove_all(folder_); }
  // Written beside and renamed, as tools that renew certificates do.
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / (name + ".new")) << text;
    std::filesystem::rename(folder_ / (name + ".new"), folder_ / name);
    return folder_ / name;
  }
  std::string error_of(const ServerConfig& config) {
    auto made = ServerContext::create(config);
    return made ? "" : made.error().message;
  }
  std::filesystem::path folder_;
};

TEST_F(ContextTest, ErrorsNameTheFileAndTheReason) {
  test::PemPair a = ca_.issue({"DNS:a.example"}), b = ca_.issue({"DNS:b.example"});
  std::string cert = file("a.pem", a.cert), key = file("a-key.pem", a.key), other = file("b-key.pem", b.key);
  std::string empty = file("empty.pem", ""),
              junk = file("junk.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  std::string missing = folder_ / "missing.pem";
  auto with = [](const std::string& c, const std::string& k) {
    ServerConfig config;
    config.certificates = {{c, k, {}, {}}};
    return config;
  };
  EXPECT_EQ(error_of(with(cert, key)), "");
  EXPECT_EQ(error_of(with(missing, key)), "cannot read '" + missing + "': no such file or directory");
  EXPECT_EQ(error_of(with(folder_, key)), "cannot read '" + folder_.string() + "': not a regular file");
  EXPECT_EQ(error_of(with(empty, key)), "no certificate in '" + empty + "'");
  EXPECT_EQ(error_of(with(junk, key)).find("bad certificate in '" + junk + "': "), 0u);
  EXPECT_EQ(error_of(with(cert, cert)), "no private key in '" + cert + "'");
  EXPECT_EQ(error_of(with(cert, other)),
            "the key in '" + other + "' does not belong to the certificate in '" + cert + "'");
  EXPECT_EQ(error_of(ServerConfig{}), "a tls listener needs a certificate");
  ServerConfig config = with(cert, key);
  config.client_auth = ClientAuth::required;
  EXPECT_EQ(error_of(config), "client authentication needs a file of authorities");
  config.client_ca_file = empty;
  EXPECT_EQ(error_of(config), "no certificate in '" + empty + "'");
}

TEST_F(ContextTest, ExpiredCertificateIsServedWithAWarning) {
  ServerConfig config;
  config.certificates = {source(ca_.issue_as({"leaf", {"DNS:a.example"}, -7200, -3600, "serverAuth"}), "old")};
  auto context = server_context(config);
  ASSERT_EQ(context->warnings().size(), 1u);
  EXPECT_EQ(context->warnings()[0].find("certificate 'old.pem' expired at "), 0u) << context->warnings()[0];
}

TEST_F(ContextTest, FilesAreReadAgainOnlyWhenTheyChange) {
  test::PemPair a = ca_.issue({"DNS:a.example"}), b = ca_.issue({"DNS:b.example"});
  ServerConfig config;
  config.certificates = {{file("cert.pem", a.cert), file("key.pem", a.key), {}, {}}};
  CertificateFiles files(config);
  EXPECT_FALSE(files.check());
  file("cert.pem", b.cert);
  auto half = files.check();
  ASSERT_TRUE(half);
  EXPECT_FALSE(*half) << "the key is still the old one";
  EXPECT_FALSE(files.check());
  file("key.pem", b.key);
  auto whole = files.check();
  ASSERT_TRUE(whole);
  ASSERT_TRUE(*whole) << whole->error().message;
  EXPECT_EQ((**whole)->names(), std::vector<std::string>{"b.example"});
  EXPECT_FALSE(files.check());
  std::filesystem::remove(folder_ / "key.pem");
  auto gone = files.check();
  ASSERT_TRUE(gone);
  EXPECT_FALSE(*gone);
}

}  // namespace
}  // namespace mesh::tls
