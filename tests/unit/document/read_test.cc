#include "document/read.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh::document {
namespace {

std::string codes(const Tree& tree) {
  std::string out;
  for (const Finding& finding : tree.findings)
    out += finding.code + "@" + std::to_string(finding.pos.line) + ":" + std::to_string(finding.pos.column) + " ";
  if (!out.empty()) out.pop_back();
  return out;
}

Tree yaml(std::string text, Limits limits = {}) { return read("x.yaml", std::move(text), {.limits = limits}); }
Tree json(std::string text, Limits limits = {}) { return read("x.json", std::move(text), {.limits = limits}); }

TEST(ReadYaml, EveryNodeKnowsItsPlace) {
  Tree tree = yaml("a: 1\nb:\n  - x\n  - c: 'q'\n");
  ASSERT_TRUE(tree.ok()) << codes(tree);
  const Node& root = *tree.root();
  EXPECT_EQ(root.find("a")->pos.to_string(), "x.yaml:1:4");
  EXPECT_EQ(root.find_member("b")->key.pos.to_string(), "x.yaml:2:1");
  const Node& item = root.find("b")->items[1];
  EXPECT_EQ(item.find("c")->pos.to_string(), "x.yaml:4:8");
  EXPECT_TRUE(item.find("c")->quoted);
  EXPECT_EQ(item.find("c")->span, 3u);
  EXPECT_FALSE(root.find("a")->quoted);
}

TEST(ReadYaml, DuplicateKeyCitesBothPlacesAndKeepsTheFirst) {
  Tree tree = yaml("a: 1\nb: 2\na: 3\n");
  ASSERT_EQ(codes(tree), "MC1002@3:1");
  EXPECT_EQ(tree.findings[0].message, "key 'a' is already set at x.yaml:1:1");
  EXPECT_EQ(tree.root()->find("a")->text, "1");
  EXPECT_EQ(tree.root()->members.size(), 2u);
  EXPECT_TRUE(tree.complete);
}

TEST(ReadYaml, AnAbsentValueIsPlacedAtItsKey) {
  Tree tree = yaml("a:\n\n\nb: 1\n");
  EXPECT_TRUE(tree.root()->find("a")->is_null());
  EXPECT_EQ(tree.root()->find("a")->pos.line, 1u);
}

TEST(ReadYaml, WordsStayTextWhateverYamlThinksOfThem) {
  Tree tree = yaml("a: no\nb: 010\nc: off\nd: 1e3\n");
  EXPECT_EQ(tree.root()->find("a")->text, "no");
  EXPECT_EQ(tree.root()->find("b")->text, "010");
  EXPECT_EQ(tree.root()->find("d")->text, "1e3");
}

TEST(ReadYaml, SyntaxErrorHasPlaceLineAndCode) {
  Tree tree = yaml("a: 1\nb: [1, 2\nc: 3\n");
  ASSERT_EQ(tree.findings.size(), 1u);
  EXPECT_EQ(tree.findings[0].code, "MC1001");
  EXPECT_GE(tree.findings[0].pos.line, 2u);
  EXPECT_FALSE(tree.complete);
}

TEST(ReadYaml, TagsAreRefused) {
  EXPECT_EQ(codes(yaml("a: !!int 1\n")).substr(0, 6), "MC1008");
  EXPECT_EQ(codes(yaml("a: !ruby/object {}\n")).substr(0, 6), "MC1008");
}

TEST(ReadYaml, SeveralDocumentsOnlyIfAskedFor) {
  EXPECT_EQ(codes(yaml("a: 1\n---\nb: 2\n")).substr(0, 6), "MC1008");
  Tree tree = read("x.yaml", "a: 1\n---\nb: 2\n", {.several = true});
  EXPECT_TRUE(tree.ok());
  EXPECT_EQ(tree.documents.size(), 2u);
}

TEST(ReadYaml, KeysMustBeText) {
  EXPECT_EQ(codes(yaml("? [a, b]\n: 1\n")).substr(0, 6), "MC1001");
  EXPECT_EQ(codes(yaml("{[a]: 1}")).substr(0, 6), "MC1001");
  EXPECT_EQ(codes(yaml("~: 1\n")).substr(0, 6), "MC1001");
}

TEST(ReadYaml, EmptyFileIsCompleteAndHasNoRoot) {
  for (const char* text : {"", "\n", "# only a comment\n"}) {
    Tree tree = yaml(text);
    EXPECT_TRUE(tree.complete);
    EXPECT_TRUE(!tree.root() || tree.root()->is_null());
  }
}

TEST(ReadYaml, AliasIsACopyWithinTheBudget) {
  Tree tree = yaml("base: &b { x: 1 }\nother: *b\n");
  ASSERT_TRUE(tree.ok()) << codes(tree);
  EXPECT_EQ(tree.root()->find("other")->find("x")->text, "1");
}

TEST(ReadYaml, AliasInsideItsOwnAnchorIsRefused) { EXPECT_EQ(codes(yaml("a: &a [ *a ]\n")).substr(0, 6), "MC1001"); }

// RS-06: 258 bytes that walk to hundreds of thousands of nodes.
TEST(ReadYaml, AliasBombIsRefused) {
  std::string text = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    text += c;
    text += std::string(": &") + c + " [";
    for (int i = 0; i < 9; ++i) text += std::string(i ? ",*" : "*") + static_cast<char>(c - 1);
    text += "]\n";
  }
  Tree tree = yaml(text);
  ASSERT_EQ(tree.findings.size(), 1u);
  EXPECT_EQ(tree.findings[0].code, "MC1003");
  EXPECT_FALSE(tree.complete);
}

TEST(ReadYaml, AliasMayNotDeepenPastTheLimit) {
  std::string text = "a: &a [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n";
  text += "b: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n";
  EXPECT_EQ(codes(yaml(text)).substr(0, 6), "MC1003");
}

TEST(Limits, DepthOf64IsTheLastAllowed) {
  auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(yaml(nested(64)).ok());
  EXPECT_EQ(codes(yaml(nested(65))), "MC1003@1:65");
  EXPECT_TRUE(json(nested(64)).ok());
  EXPECT_EQ(codes(json(nested(65))), "MC1003@1:65");
  EXPECT_FALSE(json(std::string(1'000'000, '[')).ok());
  EXPECT_FALSE(yaml(std::string(100'000, '[')).ok());
  EXPECT_FALSE(yaml(std::string(100'000, '{')).ok());
}

TEST(Limits, NodesAreCounted) {
  Limits limits;
  limits.nodes = 10;
  EXPECT_TRUE(yaml("[1,2,3,4,5,6,7,8,9]", limits).ok());
  EXPECT_EQ(codes(yaml("[1,2,3,4,5,6,7,8,9,10]", limits)).substr(0, 6), "MC1003");
  EXPECT_EQ(codes(json("[1,2,3,4,5,6,7,8,9,10,11]", limits)).substr(0, 6), "MC1003");
}

TEST(Limits, FileSizeIsBounded) {
  Limits limits;
  limits.bytes = 8;
  EXPECT_TRUE(yaml("a: 12345", limits).ok());
  EXPECT_EQ(codes(yaml("a: 123456", limits)), "MC1003@1:1");
}

TEST(Limits, AMegabyteKeyIsHarmless) {
  Tree tree = yaml("\"" + std::string(1 << 20, 'k') + "\": 1\n");
  for (const Finding& finding : tree.findings) EXPECT_LT(finding.message.size(), 400u);
  Tree other = json("{\"" + std::string(1 << 20, 'k') + "\": 1, \"" + std::string(1 << 20, 'k') + "\": 1}");
  ASSERT_EQ(other.findings.size(), 1u);
  EXPECT_LT(other.findings[0].message.size(), 200u);
  EXPECT_TRUE(other.findings[0].source_line.empty());
}

TEST(Read, OnlyUtf8TextIsTaken) {
  EXPECT_EQ(codes(yaml("a: \xff\n")), "MC1001@1:4");
  EXPECT_EQ(codes(yaml(std::string("a: \0b\n", 6))), "MC1001@1:4");
  EXPECT_EQ(codes(yaml("a: 1\nb: \x1b[0m\n")), "MC1001@2:4");
  EXPECT_TRUE(yaml("\xef\xbb\xbf"
                   "a: \xc3\xa4\n")
                  .ok());
}

TEST(ReadJson, KeepsPlacesAndTypes) {
  Tree tree = json("{\n  \"a\": [1, \"2\", null, true]\n}\n");
  ASSERT_TRUE(tree.ok()) << codes(tree);
  const Node& list = *tree.root()->find("a");
  EXPECT_EQ(list.pos.to_string(), "x.json:2:8");
  EXPECT_FALSE(list.items[0].quoted);
  EXPECT_TRUE(list.items[1].quoted);
  EXPECT_TRUE(list.items[2].is_null());
  EXPECT_EQ(list.items[3].pos.to_string(), "x.json:2:23");
}

TEST(ReadJson, DuplicateKeyIsFound) { EXPECT_EQ(codes(json("{\"a\":1,\n\"a\":2}")), "MC1002@2:1"); }

TEST(ReadJson, EscapesAreDecoded) {
  Tree tree = json(R"(["\u00e4\n\"\/\ud83d\ude00"])");
  ASSERT_TRUE(tree.ok()) << codes(tree);
  EXPECT_EQ(tree.root()->items[0].text, "\xc3\xa4\n\"/\xf0\x9f\x98\x80");
}

TEST(ReadJson, WhatTheGrammarForbidsIsRefused) {
  for (const char* text : {"",
                           "{",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "[01]",
                           "[1.]",
                           "[.5]",
                           "[+1]",
                           "[1e]",
                           "[-]",
                           "[NaN]",
                           "['a']",
                           "[\"\\x\"]",
                           "[\"\\ud800\"]",
                           "[\"\\ud800\\u0041\"]",
                           "[\"\\udc00\"]",
                           "[\"\t\"]",
                           "[\"a",
                           "[1] 2",
                           "// c\n1",
                           "[tru]",
                           "[\"\\u12\"]",
                           "{\"a\" 1}",
                           "[1 2]"}) {
    Tree tree = json(text);
    EXPECT_FALSE(tree.complete) << text;
    ASSERT_EQ(tree.findings.size(), 1u) << text;
    EXPECT_EQ(tree.findings[0].code, "MC1001") << text;
  }
}

TEST(Read, JsonIsSeenByItsTextToo) {
  Tree tree = read("-", "{\"a\": \"\\ud83d\\ude00\"}");
  ASSERT_TRUE(tree.ok()) << codes(tree);
  Tree flow = read("-", "{a: 1}");
  ASSERT_TRUE(flow.ok()) << codes(flow);
  EXPECT_EQ(flow.root()->find("a")->text, "1");
}

Substitutions sources() {
  Substitutions out;
  out.env = [](const std::string& name) -> std::optional<std::string> {
    if (name == "PORT") return "8080";
    if (name == "NEST") return "${env:PORT}";
    if (name == "BIN") return std::string("\xff", 1);
    return std::nullopt;
  };
  out.file = [](const std::string& path) -> Result<std::string> {
    if (path == "secret") return "s3cret\n";
    return fail(Errc::not_found, "cannot open '" + path + "': no such file");
  };
  return out;
}

TEST(Substitute, ValuesAreReplacedOnceAndRemembered) {
  Tree tree = yaml("a: 127.0.0.1:${env:PORT}\nb: [\"${file:secret}\"]\nc: ${env:NEST}\nd: $${env:PORT}\ne: $5\n");
  substitute(tree, sources());
  ASSERT_TRUE(tree.ok()) << codes(tree);
  const Node& root = *tree.root();
  EXPECT_EQ(root.find("a")->text, "127.0.0.1:8080");
  EXPECT_EQ(root.find("a")->shown(), "127.0.0.1:${env:PORT}");
  EXPECT_EQ(root.find("b")->items[0].text, "s3cret");
  EXPECT_EQ(root.find("b")->items[0].shown(), "${file:secret}");
  EXPECT_EQ(root.find("c")->text, "${env:PORT}");
  EXPECT_EQ(root.find("d")->text, "${env:PORT}");
  EXPECT_FALSE(root.find("d")->substituted);
  EXPECT_EQ(root.find("e")->text, "$5");
}

TEST(Substitute, WhatCannotBeReplacedIsAFinding) {
  for (const char* text :
       {"a: ${env:NOPE}", "a: ${file:nope}", "a: ${HOME}", "a: ${env:PORT", "a: ${env:BIN}", "${env:PORT}: a"}) {
    Tree tree = yaml(text);
    ASSERT_TRUE(tree.ok()) << text << codes(tree);
    substitute(tree, sources());
    ASSERT_EQ(tree.findings.size(), 1u) << text;
    EXPECT_EQ(tree.findings[0].code, "MC1010") << text;
  }
}

}  // namespace
}  // namespace mesh::document
