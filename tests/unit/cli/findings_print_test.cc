#include "cli/findings_print.h"

#include <gtest/gtest.h>

#include "cli/json.h"
#include "cli/table.h"

namespace mesh::cli {
namespace {

SourcePos at(uint32_t line, uint32_t column, const char* file = "broken.yaml") {
  return {std::make_shared<const std::string>(file), line, column};
}

Findings sample() {
  return {
      {.code = "MC1004",
       .severity = Severity::error,
       .pos = at(7, 5),
       .span = 6,
       .message = "unknown key 'timout' in service",
       .hint = "did you mean 'timeouts'?",
       .source_line = "    timout: 2s",
       .fix = "timeouts"},
      {.code = "MC1201", .severity = Severity::error, .pos = at(12, 14), .message = "service 'user' is not defined"},
      {.code = "MC1310", .severity = Severity::warning, .pos = at(15, 5), .message = "route 'all' hides 'health'"}};
}

std::string print(const Findings& findings, std::string_view format, bool colour = false) {
  Output out(-1, true);
  out.colour = colour;
  return format_findings(findings, format, {.command = "config check", .files = {"broken.yaml", "good.yaml"}}, out);
}

TEST(FindingsText, ShowsPlaceLineCaretAndSummary) {
  EXPECT_EQ(
      "broken.yaml:7:5: error[MC1004]: unknown key 'timout' in service; did you mean 'timeouts'?\n"
      "    7 |     timout: 2s\n"
      "      |     ^~~~~~\n"
      "broken.yaml:12:14: error[MC1201]: service 'user' is not defined\n"
      "broken.yaml:15:5: warning[MC1310]: route 'all' hides 'health'\n"
      "2 errors, 1 warning\n",
      print(sample(), "text"));
}

std::string excerpt_of(std::string line, uint32_t column, uint32_t span) {
  Output out(-1, true);
  std::string text =
      finding_text({.code = "X", .pos = at(1, column), .span = span, .source_line = std::move(line)}, out);
  return text.substr(text.find('\n') + 1);
}

TEST(FindingsText, CaretStandsUnderTabsAndWideCharacters) {
  EXPECT_EQ("    1 |  key: v\n      |  ^~~\n", excerpt_of("\tkey: v", 2, 3));
  EXPECT_EQ("    1 | \xc3\xa9t\xc3\xa9: v\n      |      ^\n", excerpt_of("\xc3\xa9t\xc3\xa9: v", 8, 1));
  EXPECT_EQ("    1 | a\\x1bb: v\n      |      ^\n", excerpt_of("a\x1b"
                                                               "b: v",
                                                               3, 1));
}

TEST(FindingsText, CaretBeyondTheLineAndLongLinesStayReadable) {
  EXPECT_EQ("    1 | a:\n      |   ^\n", excerpt_of("a:", 3, 1));
  EXPECT_EQ("    1 | a:\n      | ^~\n", excerpt_of("a:", 1, 900));
  std::string text = excerpt_of(std::string(5000, 'a') + "bad" + std::string(5000, 'z'), 5001, 3);
  EXPECT_LT(text.size(), 400u);
  size_t bad = text.find("bad"), second = text.find('\n') + 1;
  EXPECT_EQ(text.find("^~~") - second, bad);
}

TEST(FindingsText, ColourOnlyWrapsTheLabelAndTheCaret) {
  std::string text = print(sample(), "text", true);
  EXPECT_NE(std::string::npos, text.find("broken.yaml:7:5: \x1b[1;31merror[MC1004]\x1b[0m: unknown"));
  EXPECT_NE(std::string::npos, text.find("\x1b[1;31m^~~~~~\x1b[0m\n"));
}

TEST(FindingsText, ControlBytesOfFilesAreEscaped) {
  Findings findings{{.code = "X", .pos = at(1, 1, "a\x1b.yaml"), .message = "key '\x1b]0;'", .source_line = "\x1b[2J"}};
  EXPECT_EQ(std::string::npos, print(findings, "text").find('\x1b'));
  EXPECT_EQ(std::string::npos, print(findings, "junit").find('\x1b'));
  EXPECT_EQ(std::string::npos, print(findings, "sarif").find('\x1b'));
}

TEST(FindingsFormats, EveryFormatHasEveryFact) {
  for (const char* format : {"json", "jsonl", "sarif", "junit", "tap", "github"}) {
    std::string text = print(sample(), format);
    for (const char* fact : {"MC1004", "MC1201", "MC1310", "timout", "did you mean", "broken.yaml", "hides", "12"})
      EXPECT_NE(std::string::npos, text.find(fact)) << format << " lacks " << fact << "\n" << text;
  }
}

TEST(FindingsFormats, CleanFilesAppearInTestReports) {
  EXPECT_NE(std::string::npos,
            print({}, "junit").find("<testcase classname=\"meshctl config check\" name=\"good.yaml\"/>"));
  EXPECT_EQ("TAP version 13\n1..2\nok 1 - broken.yaml\nok 2 - good.yaml\n", print({}, "tap"));
  EXPECT_EQ("", print({}, "github"));
  EXPECT_EQ("", print({}, "text"));
}

TEST(FindingsFormats, GithubEscapesWhatTheRunnerWouldRead) {
  Findings findings{{.code = "X", .pos = at(1, 2, "a,b:c.yaml"), .message = "50%\nline"}};
  EXPECT_EQ("::error file=a%2Cb%3Ac.yaml,title=X,line=1,col=2,endColumn=3::50%25%0Aline\n", print(findings, "github"));
}

TEST(FindingsFormats, SarifCountsCharactersNotBytes) {
  Findings findings{{.code = "X", .pos = at(1, 8), .span = 2, .source_line = "\xc3\xa9t\xc3\xa9: vv"}};
  std::string text = print(findings, "sarif");
  EXPECT_NE(std::string::npos, text.find("\"startColumn\": 6,\n")) << text;
  EXPECT_NE(std::string::npos, text.find("\"endColumn\": 8,\n")) << text;
}

TEST(Json, EscapesAndRepairsText) {
  EXPECT_EQ(R"("a\"b\\c\n\u001b\u007f")", json_string("a\"b\\c\n\x1b\x7f"));
  EXPECT_EQ("\"\xef\xbf\xbdz\"", json_string("\xffz"));
  EXPECT_EQ("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", json_string("\xed\xa0\x80")) << "a surrogate is not UTF-8";
  EXPECT_EQ("\"\xf0\x9f\x98\x80\"", json_string("\xf0\x9f\x98\x80"));
}

TEST(Json, WritesNestedValuesIndentedOrOnOneLine) {
  for (bool compact : {false, true}) {
    JsonWriter json(compact);
    json.begin_object();
    json.key("a");
    json.begin_array();
    json.integer(-1);
    json.null();
    json.end_array();
    json.field_boolean("b", true);
    json.key("c");
    json.begin_object();
    json.end_object();
    json.end_object();
    EXPECT_EQ(compact ? "{\"a\":[-1,null],\"b\":true,\"c\":{}}\n"
                      : "{\n  \"a\": [\n    -1,\n    null\n  ],\n  \"b\": true,\n  \"c\": {}\n}\n",
              json.finish());
  }
}

std::string table(std::string_view format) {
  Table list("routes", {{.key = "name"}, {.key = "hits_total", .right = true, .number = true}, {.key = "host"}});
  list.add({"caf\xc3\xa9", "7", "x\x1b"});
  list.add({"b", "1200", ""});
  Output out(-1, true);
  list.print(format, out);
  return out.text();
}

TEST(Table, AlignsByCharactersAndEscapes) {
  EXPECT_EQ("NAME  HITS TOTAL  HOST\ncaf\xc3\xa9           7  x\\x1b\nb           1200  -\n", table("table"));
}

TEST(Table, ProgramsGetTypedValuesAndNulls) {
  EXPECT_EQ(
      "{\"name\":\"caf\xc3\xa9\",\"hits_total\":7,\"host\":\"x\\u001b\"}\n{\"name\":\"b\",\"hits_total\":1200,\"host\":"
      "null}\n",
      table("jsonl"));
  EXPECT_NE(std::string::npos, table("json").find("\"apiVersion\": \"meshctl/v1\""));
  EXPECT_NE(std::string::npos, table("yaml").find("  - name: \"b\"\n    hits_total: 1200\n    host: null\n"));
}

}  // namespace
}  // namespace mesh::cli
