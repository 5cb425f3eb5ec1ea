// --help and `meshctl help` as text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/io.h"
#include "cli/spec.h"

namespace mesh::cli {

// Facts that help, manuals and docs show alike.
struct ExitLine {
  Exit code;
  std::string meaning;
};
// The command's own codes and those that every command has, ascending.
std::vector<ExitLine> exit_lines(const CommandSpec& spec);
// "meshctl config check [FLAGS] FILE..."
std::string usage(const CommandSpec& spec);
// The help of an option with its choices, default and variable: "how to print (text, json; default text)".
std::string option_help(const OptionSpec& option);
// --color and --help, which every command takes.
const std::vector<OptionSpec>& global_options();
// Headings of the overview in their order, and what they are called: {"run", "Serve traffic"}.
struct Group {
  std::string_view name, title;
};
std::span<const Group> groups();

// The overview of all commands.
std::string overview(std::span<const CommandSpec> commands, const Output& out);
// The verbs of one noun.
std::string noun_help(std::span<const CommandSpec> commands, std::string_view noun, const Output& out);
// Everything about one command.
std::string command_help(const CommandSpec& spec, const Output& out);

// Breaks at spaces so that no line is longer than `width` after `indent` spaces; empty lines stay.
std::string wrap(std::string_view text, size_t indent, size_t width);

}  // namespace mesh::cli
