// The one list of reasons, and what filters keep in an exchange.
#include "exchange/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "exchange/exchange.h"

namespace mesh::exchange {
namespace {

template <class Visit>
void for_each_reason(Visit visit) {
  for (size_t i = 0; i < static_cast<size_t>(EndReason::kCount); ++i) visit(static_cast<EndReason>(i));
}

TEST(EndReason, WordsAreUniqueLabelsThatReadBack) {
  std::set<std::string_view> words;
  for_each_reason([&](EndReason reason) {
    std::string_view word = describe(reason).word;
    EXPECT_FALSE(word.empty()) << static_cast<int>(reason);
    EXPECT_TRUE(std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }))
        << word;
    EXPECT_TRUE(words.insert(word).second) << word;
    EXPECT_EQ(reason_from(word), reason);
  });
  EXPECT_EQ(reason_from("no_such_word"), EndReason::internal);
}

TEST(EndReason, EveryReasonHasAStatusASentenceAndAdvice) {
  for_each_reason([&](EndReason reason) {
    const ReasonInfo& info = describe(reason);
    EXPECT_TRUE(info.status == 0 || (info.status >= 200 && info.status <= 599)) << info.word;
    EXPECT_FALSE(info.sentence.empty()) << info.word;
    EXPECT_FALSE(info.advice.empty()) << info.word;
    EXPECT_FALSE(info.sentence.ends_with('.')) << info.word;
    // What clients read says nothing about addresses, files or the configuration's keys.
    for (const char* inside : {"limits.", "timeouts.", "meshctl", "endpoint '", "/"})
      EXPECT_EQ(info.sentence.find(inside), std::string_view::npos) << info.word;
  });
}

TEST(EndReason, FaultsHaveTheStatusThatClientsActOn) {
  struct {
    EndReason reason;
    int status;
  } rows[] = {
      {EndReason::bad_request, 400},
      {EndReason::head_timeout, 408},
      {EndReason::header_too_large, 431},
      {EndReason::uri_too_long, 414},
      {EndReason::payload_too_large, 413},
      {EndReason::misdirected, 421},
      {EndReason::no_route, 404},
      {EndReason::method_not_allowed, 405},
      {EndReason::no_endpoint, 503},
      {EndReason::upstream_connect_failed, 503},
      {EndReason::upstream_timeout, 504},
      {EndReason::upstream_connect_timeout, 504},
      {EndReason::upstream_reset, 502},
      {EndReason::upstream_protocol, 502},
      {EndReason::overload_pending, 503},
      {EndReason::overload_requests, 503},
      {EndReason::draining, 503},
      {EndReason::internal, 500},
      {EndReason::overload_connections, 503},
  };
  for (const auto& row : rows) EXPECT_EQ(describe(row.reason).status, row.status) << describe(row.reason).word;
}

TEST(Exchange, KeepsOneValueForEachOwner) {
  auto loop = std::move(async::Loop::create()).value();
  BlockPool pool;
  Arena arena(pool);
  Random random(1);
  http::RequestHead head(arena);
  ConnectionFacts facts;
  Exchange exchange(*loop, arena, random, head, facts);
  int a = 0, b = 0;
  EXPECT_EQ(exchange.kept(&a), "");
  exchange.keep(&a, "of a");
  exchange.keep(&b, "of b");
  EXPECT_EQ(exchange.kept(&a), "of a");
  EXPECT_EQ(exchange.kept(&b), "of b");
}

}  // namespace
}  // namespace mesh::exchange
