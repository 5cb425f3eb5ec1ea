#include "service/dns_endpoints.h"

#include <gtest/gtest.h>

#include <deque>

namespace mesh::service {
namespace {

using Texts = std::vector<std::string>;

class DnsEndpointsTest : public ::testing::Test {
 protected:
  struct Reply {
    Texts addresses;  // none: the question fails
    Duration ttl;
  };

  DnsEndpointsTest() : loop_(std::move(async::Loop::create()).value()) {}

  DnsEndpoints make(DnsEndpoints::Options options) {
    options.retry = options.retry_most = Duration::milliseconds(1);
    return {*loop_, options,
            [this](std::string host, uint16_t port, async::Deadline) { return look_up(*this, std::move(host), port); },
            [this](const Resolved& r) {
              Texts texts;
              for (const net::Address& a : r.addresses) texts.push_back(a.to_string());
              changes_.push_back({r.name, texts});
            },
            [this](const DnsEndpoints::Name&, const Error& error, size_t kept) {
              ++failures_;
              kept_ = kept;
              EXPECT_EQ(error.code, Errc::not_found);
            }};
  }
  // The replies one by one, then the last again and again.
  static async::Task<Result<net::Resolved>> look_up(DnsEndpointsTest& test, std::string host, uint16_t port) {
    ++test.asked_;
    Reply reply = test.replies_.front();
    if (test.replies_.size() > 1) test.replies_.pop_front();
    if (reply.addresses.empty()) co_return fail(Errc::not_found);
    net::Resolved out;
    for (const std::string& ip : reply.addresses) out.addresses.push_back(net::Address::from_ip(ip, port).value());
    out.ttl = reply.ttl;
    co_return out;
  }
  template <class Done>
  bool run_until(Done done) {
    for (int i = 0; i < 20'000 && !done(); ++i) loop_->turn(Duration::milliseconds(10));
    return done();
  }

  static constexpr Duration kSoon = Duration::milliseconds(1);
  static constexpr Duration kLong = Duration::seconds(3600);
  std::unique_ptr<async::Loop> loop_;
  std::deque<Reply> replies_;
  std::vector<std::pair<std::string, Texts>> changes_;
  int asked_ = 0;
  int failures_ = 0;
  size_t kept_ = 0;
};

TEST_F(DnsEndpointsTest, FirstAnswerIsReportedSorted) {
  replies_ = {{{"192.0.2.2", "192.0.2.1"}, kLong}};
  DnsEndpoints dns = make({});
  dns.set_names({{"a.example", 80}});
  ASSERT_TRUE(run_until([&] { return dns.settled(); }));
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_EQ(changes_[0].first, "a.example:80");
  EXPECT_EQ(changes_[0].second, (Texts{"192.0.2.1:80", "192.0.2.2:80"}));
  EXPECT_EQ(dns.current().size(), 1u);
}

TEST_F(DnsEndpointsTest, OnlyChangesAreReported) {
  replies_ = {{{"192.0.2.1", "192.0.2.2"}, kSoon},
              {{"192.0.2.2", "192.0.2.1"}, kSoon},
              {{"192.0.2.3"}, kSoon},
              {{"192.0.2.3"}, kLong}};
  DnsEndpoints dns = make({});
  dns.set_names({{"a.example", 80}});
  ASSERT_TRUE(run_until([&] { return asked_ == 4; }));
  ASSERT_EQ(changes_.size(), 2u);
  EXPECT_EQ(changes_[1].second, Texts{"192.0.2.3:80"});
}

TEST_F(DnsEndpointsTest, LastGoodAnswerIsKeptWhileServersFail) {  // FT-09
  replies_ = {{{"192.0.2.1"}, kSoon}, {{}, {}}};
  DnsEndpoints dns = make({});
  dns.set_names({{"a.example", 80}});
  ASSERT_TRUE(run_until([&] { return failures_ >= 5; }));
  EXPECT_EQ(changes_.size(), 1u);
  EXPECT_EQ(kept_, 1u);
  EXPECT_EQ(dns.current().size(), 1u);
}

TEST_F(DnsEndpointsTest, LastGoodAnswerIsNotKeptForever) {  // FT-09
  replies_ = {{{"192.0.2.1"}, kSoon}, {{}, {}}};
  DnsEndpoints::Options options;
  options.max_stale = Duration::milliseconds(20);
  DnsEndpoints dns = make(options);
  dns.set_names({{"a.example", 80}});
  ASSERT_TRUE(run_until([&] { return changes_.size() == 2; }));
  EXPECT_EQ(changes_[1].second, Texts{});
  EXPECT_EQ(kept_, 0u);
  EXPECT_TRUE(dns.current().empty());
  replies_ = {{{"192.0.2.1"}, kLong}};
  EXPECT_TRUE(run_until([&] { return changes_.size() == 3; })) << "it comes back";
}

TEST_F(DnsEndpointsTest, UnknownNameSettlesWithoutAddresses) {  // FT-09
  replies_ = {{{}, {}}};
  DnsEndpoints dns = make({});
  dns.set_names({{"gone.example", 80}});
  ASSERT_TRUE(run_until([&] { return dns.settled(); }));
  EXPECT_TRUE(changes_.empty());
  EXPECT_TRUE(dns.current().empty());
}

TEST_F(DnsEndpointsTest, NamesComeAndGoWithTheConfiguration) {
  replies_ = {{{"192.0.2.1"}, kLong}};
  DnsEndpoints dns = make({});
  dns.set_names({{"a.example", 80}, {"b.example", 81}});
  ASSERT_TRUE(run_until([&] { return dns.settled(); }));
  EXPECT_EQ(asked_, 2);
  dns.set_names({{"b.example", 81}, {"c.example", 82}});
  ASSERT_TRUE(run_until([&] { return dns.settled(); }));
  EXPECT_EQ(asked_, 3) << "what stays is not asked again";
  auto current = dns.current();
  ASSERT_EQ(current.size(), 2u);
  EXPECT_EQ(current[0].name, "b.example:81");
  EXPECT_EQ(current[1].name, "c.example:82");
}

}  // namespace
}  // namespace mesh::service
