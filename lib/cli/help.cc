#include "cli/help.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cli/parse.h"

namespace mesh::cli {

namespace {

constexpr size_t kWidth = 80;

std::string pad(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// "  left   right", the right side wrapped under itself; a long left side stands alone.
std::string two_columns(const std::string& left, std::string_view right, size_t column) {
  std::string body = wrap(right, column, kWidth);
  if (left.size() + 2 > column) return left + "\n" + body + "\n";
  return pad(left, column) + body.substr(std::min(column, body.size())) + "\n";
}

std::string option_names(const OptionSpec& option) {
  std::string names = option.letter != 0 ? std::string("  -") + option.letter + ", " : std::string("      ");
  names += "--" + option.name;
  if (option.type != Type::flag) names += " " + metavar(option);
  return names;
}

std::string option_list(const std::vector<OptionSpec>& options) {
  size_t column = 0;
  for (const OptionSpec& option : options) column = std::max(column, option_names(option).size() + 2);
  column = std::min<size_t>(column, 30);
  std::string out;
  for (const OptionSpec& option : options) out += two_columns(option_names(option), option_help(option), column);
  return out;
}

std::string heading(const Output& out, std::string_view text) { return "\n" + out.styled("1", text) + "\n"; }

std::string command_list(std::span<const CommandSpec> commands, auto&& wanted) {
  size_t column = 0;
  for (const CommandSpec& spec : commands)
    if (!spec.hidden) column = std::max(column, spec.path().size() + 4);
  std::string out;
  for (const CommandSpec& spec : commands)
    if (!spec.hidden && wanted(spec)) out += two_columns("  " + spec.path(), spec.summary, column);
  return out;
}

constexpr std::array<Group, 6> kGroups{{{"start", "Start"},
                                        {"run", "Serve traffic"},
                                        {"certificates", "Certificates"},
                                        {"check", "Check before it runs"},
                                        {"look", "Look at what runs"},
                                        {"self", "This program"}}};

}  // namespace

std::span<const Group> groups() { return kGroups; }

std::string wrap(std::string_view text, size_t indent, size_t width) {
  std::string out, line(indent, ' ');
  bool first = true;
  auto end_line = [&] {
    if (!out.empty() || !first) out += "\n";
    out += line.find_first_not_of(' ') == std::string::npos ? "" : line;
    line.assign(indent, ' ');
    first = false;
  };
  for (std::string_view paragraph : split(text, '\n')) {
    for (std::string_view word : split(paragraph, ' ')) {
      bool empty = line.size() == indent;
      if (!empty && line.size() + 1 + word.size() > width) {
        end_line();
        empty = true;
      }
      if (!empty) line += ' ';
      line += word;
    }
    end_line();
  }
  return out;
}

std::vector<ExitLine> exit_lines(const CommandSpec& spec) {
  std::vector<ExitLine> lines;
  for (const ExitSpec& exit : spec.exits) lines.push_back({exit.code, exit.meaning});
  for (Exit code : {Exit::ok, Exit::usage, Exit::bug})
    if (std::none_of(lines.begin(), lines.end(), [code](const ExitLine& line) { return line.code == code; }))
      lines.push_back({code, code == Exit::ok ? "done" : meaning(code)});
  std::sort(lines.begin(), lines.end(), [](const ExitLine& a, const ExitLine& b) { return a.code < b.code; });
  return lines;
}

std::string usage(const CommandSpec& spec) {
  std::string out = "meshctl " + spec.path() + " [FLAGS]";
  for (const PositionalSpec& positional : spec.positionals) {
    std::string name = positional.name + (positional.repeatable ? "..." : "");
    out += positional.required ? " " + name : " [" + name + "]";
  }
  if (spec.passthrough) out += " [-- CMD ARG...]";
  return out;
}

std::string option_help(const OptionSpec& option) {
  std::vector<std::string> facts;
  if (!option.choices.empty()) {
    std::string list;
    for (const std::string& choice : option.choices) list += (list.empty() ? "" : ", ") + choice;
    facts.push_back(std::move(list));
  }
  if (option.required) facts.push_back("required");
  if (option.repeatable) facts.push_back("may be repeated");
  if (!option.fallback.empty()) facts.push_back("default " + option.fallback);
  if (!option.env.empty()) facts.push_back("variable " + option.env);
  if (facts.empty()) return option.help;
  std::string out = option.help + " (";
  for (size_t i = 0; i < facts.size(); ++i) out += (i == 0 ? "" : "; ") + facts[i];
  return out + ")";
}

const std::vector<OptionSpec>& global_options() {
  static const std::vector<OptionSpec> kGlobal{
      {.name = "color",
       .metavar = "WHEN",
       .help = "colour the output",
       .fallback = "auto",
       .choices = {"auto", "always", "never"}},
      {.name = "help", .letter = 'h', .type = Type::flag, .help = "show this help and end"},
  };
  return kGlobal;
}

std::string overview(std::span<const CommandSpec> commands, const Output& out) {
  std::string text = "meshctl: an API gateway and service mesh toolkit in one binary\n";
  text += heading(out, "Usage") + "  meshctl NOUN VERB [ARG...] [FLAGS]\n";
  for (const Group& group : kGroups) {
    std::string list = command_list(commands, [&](const CommandSpec& spec) { return spec.group == group.name; });
    if (!list.empty()) text += heading(out, group.title) + list;
  }
  text += heading(out, "Flags of every command") + option_list(global_options());
  return text + "\n'meshctl help NOUN VERB' tells all about a command; 'man meshctl' is the manual.\n";
}

std::string noun_help(std::span<const CommandSpec> commands, std::string_view noun, const Output& out) {
  std::string list = command_list(commands, [noun](const CommandSpec& spec) { return spec.noun == noun; });
  return "usage: meshctl " + std::string(noun) + " VERB [ARG...] [FLAGS]\n" + heading(out, "Verbs") + list +
         "\n'meshctl " + std::string(noun) + " VERB --help' tells more.\n";
}

std::string command_help(const CommandSpec& spec, const Output& out) {
  std::string text = "meshctl " + spec.path() + ": " + spec.summary + "\n";
  text += heading(out, "Usage") + "  " + usage(spec) + "\n";
  if (!spec.description.empty()) text += "\n" + wrap(spec.description, 0, kWidth) + "\n";
  if (!spec.positionals.empty()) {
    text += heading(out, "Arguments");
    size_t column = 0;
    for (const PositionalSpec& positional : spec.positionals) column = std::max(column, positional.name.size() + 4);
    for (const PositionalSpec& positional : spec.positionals)
      text += two_columns("  " + positional.name, positional.help, column);
  }
  std::vector<OptionSpec> options = spec.options;
  options.insert(options.end(), global_options().begin(), global_options().end());
  text += heading(out, "Flags") + option_list(options);
  if (!spec.examples.empty()) {
    text += heading(out, "Examples");
    for (const ExampleSpec& example : spec.examples) {
      if (!example.help.empty()) text += wrap("# " + example.help, 2, kWidth) + "\n";
      text += "  $ " + example.command + "\n";
    }
  }
  text += heading(out, "Exit codes");
  for (const ExitLine& line : exit_lines(spec))
    text += two_columns("  " + std::to_string(static_cast<int>(line.code)), line.meaning, 6);
  return text;
}

}  // namespace mesh::cli
