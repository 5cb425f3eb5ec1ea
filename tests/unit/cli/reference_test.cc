#include "cli/reference.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/help.h"
#include "cli/man.h"

namespace mesh::cli {
namespace {

Commands commands() {
  return {
      {.noun = "config",
       .verb = "check",
       .summary = "check files",
       .description = "All errors at once. Nothing runs.",
       .positionals = {{.name = "FILE", .help = "what to check", .type = Type::file, .repeatable = true}},
       .options =
           {{.name = "output", .letter = 'o', .help = "how to print", .fallback = "text", .choices = {"text", "json"}},
            {.name = "set", .help = "it's [odd]: \\ text", .env = "MESH_SET", .repeatable = true}},
       .examples = {{"meshctl config check edge.yaml", "before a rollout"}},
       .exits = {{Exit::no, "a finding"}},
       .group = "check"},
      {.noun = "docs", .verb = "generate", .summary = "hidden", .hidden = true}};
}

std::string file(const std::string& path) {
  Commands list = commands();
  for (const GeneratedFile& each : generated_files(list))
    if (each.path == path) return each.text;
  return "";
}

TEST(Reference, EveryFlagIsInEveryGeneratedFile) {
  for (const char* path : {"man/meshctl-config-check.1", "completions/meshctl.bash", "completions/_meshctl",
                           "completions/meshctl.fish", "docs/commands.md"}) {
    EXPECT_NE(std::string::npos, file(path).find("output")) << path;
    EXPECT_NE(std::string::npos, file(path).find("set")) << path;
    EXPECT_NE(std::string::npos, file(path).find("color")) << path;
    EXPECT_EQ(std::string::npos, file(path).find("generate ")) << path << " shows a hidden command";
  }
}

TEST(Reference, MdocTextIsALineASentenceAndNeverARequest) {
  EXPECT_EQ("One.\nTwo.\n", mdoc_text("One. Two."));
  EXPECT_EQ("\\&.rc is a \\efile\n", mdoc_text(".rc is a \\file"));
  EXPECT_EQ("a\n.Pp\nb\n", mdoc_text("a\n\nb"));
  std::string text = mdoc_text(std::string(50, 'a') + " " + std::string(50, 'b'));
  EXPECT_EQ(std::string(50, 'a') + "\n" + std::string(50, 'b') + "\n", text);
}

TEST(Help, ShowsUsageDefaultsVariablesAndExitCodesInOrder) {
  Output out(-1, true);
  std::string text = command_help(commands()[0], out);
  EXPECT_NE(std::string::npos, text.find("meshctl config check [FLAGS] FILE...\n"));
  EXPECT_NE(std::string::npos, text.find("  -o, --output TEXT"));
  EXPECT_NE(std::string::npos, text.find("(text, json; default text)"));
  EXPECT_NE(std::string::npos, text.find("variable MESH_SET"));
  EXPECT_NE(std::string::npos, text.find("  0   done\n  1   a finding\n  2   the command line is wrong\n"));
}

TEST(Help, NoLineIsWiderThanATerminal) {
  CommandSpec spec = commands()[0];
  for (int i = 0; i < 60; ++i) spec.description += " word" + std::to_string(i);
  spec.options[0].help = spec.description;
  Output out(-1, true);
  std::string text = command_help(spec, out);
  for (size_t start = 0, end; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
    EXPECT_LE(end - start, 80u) << text.substr(start, end - start);
}

TEST(Help, WrapKeepsEmptyLinesAndLongWords) {
  EXPECT_EQ("a b\n\nc", wrap("a b\n\nc", 0, 10));
  EXPECT_EQ("  aaaaaaaaaaaa\n  b", wrap("aaaaaaaaaaaa b", 2, 8));
}

}  // namespace
}  // namespace mesh::cli
