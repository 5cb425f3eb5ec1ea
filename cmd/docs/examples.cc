// `meshctl docs examples`: every example of every command, parsed by the spec it belongs to; the tests run them.
#include "base/text.h"
#include "cli/parse.h"
#include "cli/run.h"
#include "cli/spec.h"
#include "cli/table.h"

namespace {

using namespace mesh::cli;

// Words as a shell splits them, as far as examples go: spaces, single and double quotes; ends at a pipe, a redirection,
// '&&' or a comment.
std::vector<std::string> shell_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (char c : std::string(text) + " ") {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      inside = true;
    } else if (c != ' ') {
      word += c;
      inside = true;
    } else if (inside) {
      if (word == "|" || word == "#" || word == "&&" || word.starts_with(">") || word.starts_with("<")) break;
      words.push_back(std::move(word));
      word.clear();
      inside = false;
    }
  }
  return words;
}

// What is wrong with the example, or "".
std::string problem(const CommandSpec& spec, const ExampleSpec& example, std::span<const CommandSpec> commands) {
  std::vector<std::string> words = shell_words(example.command);
  if (words.empty() || words[0] != "meshctl") return "does not begin with 'meshctl'";
  std::span<const std::string> rest = std::span(words).subspan(1);
  Found found = find_command(commands, rest);
  if (found.spec == nullptr || found.spec->path() != spec.path()) return "is not an example of this command";
  auto nothing = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  mesh::Result<Parsed> parsed = parse(spec, rest.subspan(found.words), nothing, commands);
  return parsed ? "" : parsed.error().message;
}

int run_examples(const Args& args, Io& io) {
  Table table("examples", {{.key = "command"}, {.key = "group"}, {.key = "example"}});
  int code = 0;
  for (const CommandSpec& spec : args.commands())
    for (const ExampleSpec& example : spec.examples) {
      std::string wrong = problem(spec, example, args.commands());
      if (!wrong.empty()) code = io.fail(Exit::no, "example '" + example.command + "': " + wrong);
      table.add({spec.path(), spec.group, example.command});
    }
  table.print(args.get("output"), io.out);
  return code;
}

}  // namespace

mesh::cli::CommandSpec cmd_docs_examples() {
  return {.noun = "docs",
          .verb = "examples",
          .summary = "list the examples of all commands and check that each parses",
          .options = {list_format_option()},
          .group = "self",
          .hidden = true,
          .run = run_examples};
}
