#include "cli/reference.h"

#include <filesystem>
#include <fstream>

#include "cli/completion.h"
#include "cli/help.h"
#include "cli/man.h"
#include "cli/parse.h"

namespace mesh::cli {

namespace {

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string command_section(const CommandSpec& spec) {
  std::string out = "\n## meshctl " + spec.path() + "\n\n" + spec.summary + "\n\n```\n" + usage(spec) + "\n```\n";
  if (!spec.description.empty()) out += "\n" + wrap(spec.description, 0, 120) + "\n";
  out += "\n| argument or flag | what it is |\n|---|---|\n";
  for (const PositionalSpec& positional : spec.positionals)
    out += "| " + code(positional.name) + " | " + cell(positional.help) + " |\n";
  for (const OptionSpec& option : spec.options) {
    std::string names = option.letter != 0 ? code(std::string("-") + option.letter) + " " : "";
    std::string value = option.type == Type::flag ? "" : " " + metavar(option);
    out += "| " + names + code("--" + option.name + value) + " | " + cell(option_help(option)) + " |\n";
  }
  out += "| " + code("--color WHEN") + ", " + code("--help") + " | as everywhere |\n\nEnds with ";
  bool first = true;
  for (const ExitLine& line : exit_lines(spec)) {
    out += (first ? "" : "; ") + std::to_string(static_cast<int>(line.code)) + ": " + line.meaning;
    first = false;
  }
  out += ".\n";
  for (const ExampleSpec& example : spec.examples)
    out += "\n" + (example.help.empty() ? "" : example.help + ":\n\n") + "```\n$ " + example.command + "\n```\n";
  return out;
}

}  // namespace

std::string commands_markdown(std::span<const CommandSpec> commands) {
  std::string out =
      "# Commands\n\nMade by `meshctl docs generate`; do not edit. The same facts are in `meshctl help` and in the "
      "manual pages.\n";
  for (const Group& group : groups()) {
    std::string rows;
    for (const CommandSpec& spec : commands)
      if (!spec.hidden && spec.group == group.name)
        rows += "| " + code(spec.path()) + " | " + cell(spec.summary) + " |\n";
    if (!rows.empty())
      out += "\n**" + std::string(group.title) + "**\n\n| command | what it does |\n|---|---|\n" + rows;
  }
  for (const CommandSpec& spec : commands)
    if (!spec.hidden) out += command_section(spec);
  return out;
}

std::vector<GeneratedFile> generated_files(std::span<const CommandSpec> commands) {
  std::vector<GeneratedFile> files{{"man/meshctl.1", man_overview(commands)},
                                   {"completions/meshctl.bash", bash_completion(commands)},
                                   {"completions/_meshctl", zsh_completion(commands)},
                                   {"completions/meshctl.fish", fish_completion(commands)},
                                   {"docs/commands.md", commands_markdown(commands)}};
  for (const CommandSpec& spec : commands)
    if (!spec.hidden) files.push_back({"man/" + man_name(spec) + ".1", man_command(spec)});
  return files;
}

Status write_generated(const std::string& root, const GeneratedFile& file) {
  std::filesystem::path path = std::filesystem::path(root) / file.path;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return fail_errno(error.value(), "cannot make the folder of '" + path.string() + "'");
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << file.text;
  out.close();
  if (!out) return fail(Errc::io, "cannot write '" + path.string() + "'");
  return {};
}

}  // namespace mesh::cli
