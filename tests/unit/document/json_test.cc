#include "document/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "document/read.h"

namespace mesh::document {
namespace {

TEST(Json, KeepsTheOrderOfKeys) {
  Json out =
      Json::object().set("z", 1).set("a", Json::array().push(true).push(nullptr).push("x")).set("e", Json::object());
  EXPECT_EQ(out.dump(), R"({"z":1,"a":[true,null,"x"],"e":{}})");
  EXPECT_EQ(Json::object().set("a", Json::array().push(1)).dump(2), "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(Json, NumbersAreExact) {
  EXPECT_EQ(Json(UINT64_MAX).dump(), "18446744073709551615");
  EXPECT_EQ(Json(INT64_MIN).dump(), "-9223372036854775808");
  EXPECT_EQ(Json(0.1).dump(), "0.1");
  EXPECT_EQ(Json(std::nan("")).dump(), "null");
  EXPECT_EQ(Json(HUGE_VAL).dump(), "null");
}

TEST(Json, StringsAreEscaped) {
  EXPECT_EQ(Json("a\"\\\n\r\t\x01\x7f\xc3\xa4").dump(), "\"a\\\"\\\\\\n\\r\\t\\u0001\\u007f\xc3\xa4\"");
}

TEST(Json, InvalidUtf8BecomesReplacementCharacters) {
  EXPECT_EQ(Json(std::string("a\xff\xc3")).dump(), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(Json(std::string("\xed\xa0\x80")).dump(), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(Json, WhatIsWrittenIsReadBack) {
  std::string all;
  for (int c = 1; c < 128; ++c) all += static_cast<char>(c);
  Tree tree = read("x.json", Json::array().push(all).dump());
  ASSERT_TRUE(tree.ok());
  EXPECT_EQ(tree.root()->items[0].text, all);
}

TEST(Yaml, TextIsQuotedOnlyWhereItMustBe) {
  for (const char* plain : {"127.0.0.1:8080", "a b", "/orders/*", "h2", "text/plain; charset=utf-8", "20%"})
    EXPECT_EQ(to_yaml(Json::object().set("a", plain)), std::string("a: ") + plain + "\n") << plain;
  for (const char* quoted : {"", "null", "true", "no", "Off", "8080", "1.2", "a: b", "- a", "*x", "a #b", "{x}", "a\nb",
                             "0x1F", "1e3", " a", "a ", "'", "~"})
    EXPECT_EQ(to_yaml(Json::object().set("a", quoted)), "a: " + Json(quoted).dump() + "\n") << quoted;
}

TEST(Yaml, NestsAndReadsBackAsTheSameTree) {
  Json value = Json::object();
  value.set("list", Json::array().push(Json::object().set("a", 1).set("b", Json::array().push("x").push("1"))));
  value.set("map", Json::object().set("k: v", "x").set("deep", Json::object().set("er", Json::object())));
  std::string text = to_yaml(value);
  Tree tree = read("x.yaml", text);
  ASSERT_TRUE(tree.ok()) << text;
  EXPECT_EQ(tree.root()->find("list")->items[0].find("b")->items[1].text, "1");
  EXPECT_TRUE(tree.root()->find("list")->items[0].find("b")->items[1].quoted);
  EXPECT_EQ(tree.root()->find("map")->find("k: v")->text, "x");
  EXPECT_TRUE(tree.root()->find("map")->find("deep")->find("er")->is_mapping());
}

TEST(Yaml, CommentsAreAskedForByPath) {
  Json value = Json::object().set("a", Json::object().set("b", Json::array().push(Json::object().set("c", 1))));
  std::string seen;
  std::string text = to_yaml(value, [&](const std::string& path) {
    seen += path + " ";
    return path == "a.b[0].c" ? std::string("here") : std::string();
  });
  EXPECT_EQ(seen, "a a.b a.b[0].c ");
  EXPECT_NE(text.find("# here\n"), std::string::npos);
}

}  // namespace
}  // namespace mesh::document
