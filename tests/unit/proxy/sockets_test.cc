// Sockets of listeners: bound once for every worker, known by name.
#include "proxy/sockets.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "net/address.h"
#include "net/tcp.h"

namespace mesh::proxy {
namespace {

config::Listener listener(const std::string& name, const std::string& address) {
  config::Listener out;
  out.name = name;
  out.address = config::Address::parse(address).value();
  return out;
}

TEST(BoundListeners, WorkersShareThePortThatWasFound) {
  BoundListeners bound;
  config::Listener web = listener("web", "127.0.0.1:0");
  EXPECT_FALSE(bound.has(web));
  auto sockets = bound.bind(web, 3);
  ASSERT_TRUE(sockets) << sockets.error().message;
  ASSERT_EQ(sockets->size(), 3u);
  uint16_t port = net::Listener::local_address((*sockets)[0].get()).port();
  EXPECT_NE(port, 0);
  for (const net::Fd& socket : *sockets) EXPECT_EQ(net::Listener::local_address(socket.get()).port(), port);
  EXPECT_EQ(bound.address_of("web"), "127.0.0.1:" + std::to_string(port));
  EXPECT_TRUE(bound.has(web)) << "by what was configured";
  EXPECT_FALSE(bound.has(listener("web", "127.0.0.1:1")));
  EXPECT_FALSE(bound.has(listener("other", "127.0.0.1:0")));
}

TEST(BoundListeners, AnAddressInUseIsSaidAndNothingIsRemembered) {
  BoundListeners first, second;
  auto sockets = first.bind(listener("web", "127.0.0.1:0"), 2);
  ASSERT_TRUE(sockets);
  config::Listener same = listener("web", first.address_of("web"));
  // Another process with SO_REUSEPORT would silently take half of the connections.
  auto refused = second.bind(same, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::exhausted);
  EXPECT_NE(refused.error().message.find(first.address_of("web")), std::string::npos) << refused.error().message;
  EXPECT_FALSE(second.has(same));
}

TEST(BoundListeners, AFreePortIsBoundAsConfigured) {
  // A port that was free a moment ago may be another process's by now: then the next one is tried.
  for (int left = 20;; --left) {
    ASSERT_GT(left, 0);
    BoundListeners finder, bound;
    {
      auto found = finder.bind(listener("x", "127.0.0.1:0"), 1);
      ASSERT_TRUE(found);
    }
    auto sockets = bound.bind(listener("web", finder.address_of("x")), 2);
    if (!sockets) continue;
    EXPECT_EQ(sockets->size(), 2u);
    EXPECT_EQ(bound.address_of("web"), finder.address_of("x"));
    break;
  }
}

class UnixListeners : public ::testing::Test {
 protected:
  UnixListeners() {
    char name[] = "/tmp/meshctl-sockets-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~UnixListeners() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(UnixListeners, ShareOneQueue) {
  BoundListeners bound;
  std::string path = folder_ + "/web.sock";
  auto sockets = bound.bind(listener("web", "unix:" + path), 2);
  ASSERT_TRUE(sockets) << sockets.error().message;
  ASSERT_EQ(sockets->size(), 2u);
  EXPECT_EQ(bound.address_of("web"), "unix:" + path);
  struct stat info{};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  net::Fd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  net::Address address = net::Address::parse("unix:" + path).value();
  ASSERT_EQ(connect(client.get(), address.data(), address.size()), 0);
  net::Fd accepted(accept4((*sockets)[1].get(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_TRUE(accepted) << "either worker may take it";
}

TEST_F(UnixListeners, ALiveOneIsInUseAndADeadOneIsReplaced) {
  std::string address = "unix:" + folder_ + "/web.sock";
  {
    BoundListeners first, second;
    auto sockets = first.bind(listener("web", address), 1);
    ASSERT_TRUE(sockets);
    auto again = second.bind(listener("web", address), 1);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::exhausted);
  }
  BoundListeners third;
  EXPECT_TRUE(third.bind(listener("web", address), 1)) << "what a process that died left behind";
}

TEST_F(UnixListeners, AFileThatIsNoSocketStays) {
  std::string path = folder_ + "/precious";
  close(creat(path.c_str(), 0600));
  BoundListeners bound;
  EXPECT_FALSE(bound.bind(listener("web", "unix:" + path), 1));
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST(BoundListeners, AFailedReloadGoesBackToTheNamesBefore) {
  BoundListeners bound;
  ASSERT_TRUE(bound.bind(listener("web", "127.0.0.1:0"), 1));
  auto before = bound.names();
  config::Listener more = listener("more", "127.0.0.1:0");
  ASSERT_TRUE(bound.bind(more, 1));
  bound.restore(before);
  EXPECT_FALSE(bound.has(more));
  EXPECT_TRUE(bound.has(listener("web", "127.0.0.1:0")));
  bound.forget("web");
  EXPECT_EQ(bound.address_of("web"), "");
}

}  // namespace
}  // namespace mesh::proxy
