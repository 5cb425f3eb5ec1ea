#include "cli/man.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/help.h"
#include "cli/parse.h"

namespace mesh::cli {

namespace {

constexpr const char* kManualDate = "November 23, 2026";
constexpr size_t kLineWidth = 78;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '\\' ? std::string("\\e") : std::string(1, c);
  return out;
}

// An argument of a macro: never taken for a macro's name, never split.
std::string argument(std::string_view text) {
  std::string word = "\\&" + escaped(text);
  if (text.find(' ') == std::string_view::npos && text.find('"') == std::string_view::npos) return word;
  std::string quoted;
  for (char c : word) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return "\"" + quoted + "\"";
}

bool ends_sentence(std::string_view word) {
  return word.ends_with(".") || word.ends_with("?") || word.ends_with("!") || word.ends_with(".)");
}

std::string option_item(const OptionSpec& option) {
  std::string out = ".It";
  std::string value = option.type == Type::flag ? "" : " Ar " + argument(metavar(option));
  if (option.letter != 0) out += std::string(" Fl ") + option.letter + " ,";
  return out + " Fl \\-" + option.name + value + "\n" + mdoc_text(option_help(option) + ".");
}

std::string synopsis(const CommandSpec& spec) {
  std::string out = ".Sh SYNOPSIS\n.Nm meshctl\n.Cm " + spec.path() + "\n.Op Ar flags\n";
  for (const PositionalSpec& positional : spec.positionals) {
    out += positional.required ? ".Ar " : ".Op Ar ";
    out += argument(positional.name) + (positional.repeatable ? " ...\n" : "\n");
  }
  if (spec.passthrough) out += ".Op Fl \\&- Ar cmd Op Ar arg ...\n";
  return out;
}

std::string exit_status(const std::vector<ExitLine>& lines) {
  std::string out = ".Sh EXIT STATUS\n.Bl -tag -width Ds\n";
  for (const ExitLine& line : lines)
    out += ".It " + std::to_string(static_cast<int>(line.code)) + "\n" + mdoc_text(line.meaning + ".");
  return out + ".El\n";
}

std::string environment(const std::vector<OptionSpec>& options) {
  std::string out;
  for (const OptionSpec& option : options)
    if (!option.env.empty())
      out += ".It Ev " + option.env + "\nThe value of\n.Fl \\-" + option.name + "\nwhen the flag is not given.\n";
  return out.empty() ? out : ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n" + out + ".El\n";
}

}  // namespace

std::string mdoc_literal(std::string_view text) {
  std::string out = escaped(text);
  if (out.starts_with(".") || out.starts_with("'")) out.insert(0, "\\&");
  return out + "\n";
}

std::string man_head(std::string_view page, int section, std::string_view summary) {
  std::string name(page);
  return std::string(".Dd ") + kManualDate + "\n.Dt " + upper(page) + " " + std::to_string(section) +
         "\n.Os\n.Sh NAME\n.Nm " + name + "\n.Nd " + escaped(summary) + "\n";
}

std::string mdoc_text(std::string_view text) {
  std::string out, line;
  auto end_line = [&] {
    if (line.empty()) return;
    out += mdoc_literal(line);
    line.clear();
  };
  bool first_paragraph = true;
  for (std::string_view paragraph : split(text, '\n')) {
    if (trim(paragraph).empty()) continue;
    if (!first_paragraph) out += ".Pp\n";
    first_paragraph = false;
    for (std::string_view word : split(paragraph, ' ')) {
      if (word.empty()) continue;
      if (!line.empty() && line.size() + 1 + word.size() > kLineWidth) end_line();
      line += (line.empty() ? "" : " ") + std::string(word);
      if (ends_sentence(word)) end_line();
    }
    end_line();
  }
  return out;
}

std::string man_name(const CommandSpec& spec) {
  return "meshctl-" + spec.noun + (spec.verb.empty() ? "" : "-" + spec.verb);
}

std::string man_command(const CommandSpec& spec) {
  std::string out = man_head(man_name(spec), 1, spec.summary) + synopsis(spec) + ".Sh DESCRIPTION\n";
  std::string about = spec.summary;
  about[0] = upper(about.substr(0, 1))[0];
  out += mdoc_text(about + ".\n" + spec.description);
  if (!spec.positionals.empty()) {
    out += ".Pp\nThe arguments are:\n.Bl -tag -width Ds\n";
    for (const PositionalSpec& positional : spec.positionals)
      out += ".It Ar " + argument(positional.name) + "\n" + mdoc_text(positional.help + ".");
    out += ".El\n";
  }
  out += ".Pp\nThe flags are:\n.Bl -tag -width Ds\n";
  for (const OptionSpec& option : spec.options) out += option_item(option);
  for (const OptionSpec& option : global_options()) out += option_item(option);
  out += ".El\n" + environment(spec.options) + exit_status(exit_lines(spec));
  if (!spec.examples.empty()) {
    out += ".Sh EXAMPLES\n";
    for (size_t i = 0; i < spec.examples.size(); ++i) {
      const ExampleSpec& example = spec.examples[i];
      if (i != 0) out += ".Pp\n";
      std::string help = example.help.empty() ? "" : upper(example.help.substr(0, 1)) + example.help.substr(1) + ":";
      out += mdoc_text(help) + ".Bd -literal -offset indent\n" + mdoc_literal("$ " + example.command) + ".Ed\n";
    }
  }
  return out + ".Sh SEE ALSO\n.Nm meshctl Ns (1)\n";
}

std::string man_overview(std::span<const CommandSpec> commands) {
  std::string out = man_head("meshctl", 1, "an API gateway and service mesh toolkit");
  out += ".Sh SYNOPSIS\n.Nm\n.Ar noun\n.Op Ar verb\n.Op Ar arg ...\n.Op Ar flags\n.Sh DESCRIPTION\n";
  out += mdoc_text(
      "One program that serves traffic as an API gateway and answers questions about the same configuration offline: "
      "what decides a request on a live gateway is the code that checks files and explains routes.\n"
      "Standard output carries the answer, standard error the talk. "
      "A lone hyphen stands for standard input wherever a file is taken.");
  for (const Group& group : groups()) {
    std::string items;
    for (const CommandSpec& spec : commands)
      if (!spec.hidden && spec.group == group.name)
        items += ".It Nm " + man_name(spec) + " Ns (1)\n" + mdoc_text(spec.summary + ".");
    if (!items.empty()) out += ".Ss " + std::string(group.title) + "\n.Bl -tag -width Ds\n" + items + ".El\n";
  }
  out += ".Ss Flags of every command\n.Bl -tag -width Ds\n";
  for (const OptionSpec& option : global_options()) out += option_item(option);
  out += ".El\n.Sh ENVIRONMENT\n.Bl -tag -width Ds\n";
  const std::pair<const char*, const char*> variables[] = {
      {"NO_COLOR", "No colour when set and not empty."},
      {"FORCE_COLOR", "Colour without a terminal when set and not 0."},
      {"TERM", "No colour and no drawing when dumb."},
      {"XDG_RUNTIME_DIR", "Holds meshctl/, the folder of admin sockets."}};
  for (const auto& [name, about] : variables) out += std::string(".It Ev ") + name + "\n" + mdoc_text(about);
  std::vector<ExitLine> lines;
  for (Exit code :
       {Exit::ok, Exit::no, Exit::usage, Exit::input, Exit::unreachable, Exit::refused, Exit::local, Exit::bug})
    lines.push_back({code, meaning(code)});
  return out + ".El\n" + exit_status(lines);
}

}  // namespace mesh::cli
