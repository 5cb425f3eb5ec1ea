#include "cli/completion.h"

#include <map>
#include <vector>

#include "cli/help.h"
#include "cli/parse.h"

namespace mesh::cli {

namespace {

constexpr const char* kNote = "made by 'meshctl completion'; do not edit\n";

// Nouns in order, each with what to say about it: its summary if it is a command, else its verbs.
std::vector<std::pair<std::string, std::string>> nouns(std::span<const CommandSpec> commands) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const CommandSpec& spec : commands) {
    if (spec.hidden) continue;
    if (spec.verb.empty()) {
      out.emplace_back(spec.noun, spec.summary);
    } else if (out.empty() || out.back().first != spec.noun) {
      out.emplace_back(spec.noun, spec.verb);
    } else {
      out.back().second += ", " + spec.verb;
    }
  }
  return out;
}

std::vector<const CommandSpec*> verbs(std::span<const CommandSpec> commands, const std::string& noun) {
  std::vector<const CommandSpec*> out;
  for (const CommandSpec& spec : commands)
    if (!spec.hidden && !spec.verb.empty() && spec.noun == noun) out.push_back(&spec);
  return out;
}

std::vector<OptionSpec> all_options(const CommandSpec& spec) {
  std::vector<OptionSpec> options = spec.options;
  options.insert(options.end(), global_options().begin(), global_options().end());
  return options;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string replaced(std::string_view text, const std::map<char, std::string>& with) {
  std::string out;
  for (char c : text) {
    auto it = with.find(c);
    out += it == with.end() ? std::string(1, c) : it->second;
  }
  return out;
}

std::string single_quoted(std::string_view text) { return "'" + replaced(text, {{'\'', "'\\''"}}) + "'"; }

// --- bash

std::string bash_values(Type type, const std::vector<std::string>& choices) {
  if (!choices.empty()) return "COMPREPLY=($(compgen -W '" + joined(choices) + "' -- \"$cur\"))";
  if (type == Type::folder) return "COMPREPLY=($(compgen -d -- \"$cur\"))";
  if (type == Type::file || type == Type::text) return "COMPREPLY=($(compgen -f -- \"$cur\"))";
  return "COMPREPLY=()";
}

std::string bash_command(const CommandSpec& spec) {
  std::string flags, cases;
  for (const OptionSpec& option : all_options(spec)) {
    flags += (flags.empty() ? "--" : " --") + option.name;
    if (option.type == Type::flag) continue;
    cases += "        --" + option.name + (option.letter != 0 ? std::string(" | -") + option.letter : "") + ") ";
    cases += bash_values(option.type, option.choices) + "; return ;;\n";
  }
  std::string out = "    " + single_quoted(spec.path()) + ")\n      case \"$prev\" in\n" + cases + "      esac\n";
  out += "      if [[ $cur == -* ]]; then\n        COMPREPLY=($(compgen -W '" + flags + "' -- \"$cur\"))\n";
  if (!spec.positionals.empty())
    out += "      else\n        " + bash_values(spec.positionals[0].type, spec.positionals[0].choices) + "\n";
  return out + "      fi\n      ;;\n";
}

// --- zsh

std::string zsh_text(std::string_view text) {
  return replaced(text, {{'\'', "'\\''"}, {'[', "\\["}, {']', "\\]"}, {':', "\\:"}});
}

std::string zsh_values(Type type, const std::vector<std::string>& choices) {
  if (!choices.empty()) return "(" + joined(choices) + ")";
  if (type == Type::folder) return "_files -/";
  if (type == Type::file || type == Type::text) return "_files";
  return " ";
}

std::string zsh_option(const OptionSpec& option) {
  std::string name = "--" + option.name, out = "      ";
  std::string value =
      option.type == Type::flag ? "" : ":" + zsh_text(metavar(option)) + ":" + zsh_values(option.type, option.choices);
  std::string text = "[" + zsh_text(option.help) + "]" + value + "'";
  std::string often = option.repeatable ? "*" : "";
  if (option.letter == 0) return out + "'" + often + name + text;
  std::string letter = std::string("-") + option.letter;
  if (option.repeatable) return out + "'*" + name + text + " \\\n" + out + "'*" + letter + text;
  return out + "'(" + name + " " + letter + ")'{" + letter + "," + name + "}'" + text;
}

std::string zsh_command(const CommandSpec& spec) {
  std::string out = "    " + single_quoted(spec.path()) + ")\n      _arguments -s";
  for (const OptionSpec& option : all_options(spec)) out += " \\\n" + zsh_option(option);
  for (const PositionalSpec& positional : spec.positionals)
    out += std::string(" \\\n      '") + (positional.repeatable ? "*" : "") + ":" + zsh_text(positional.name) + ":" +
           zsh_values(positional.type, positional.choices) + "'";
  return out + "\n      ;;\n";
}

// --- fish

std::string fish_command(const CommandSpec& spec) {
  std::string at = "complete -c meshctl -n '__meshctl_at " + spec.path() + "' ", out;
  for (const OptionSpec& option : all_options(spec)) {
    out += at + "-l " + option.name;
    if (option.letter != 0) out += std::string(" -s ") + option.letter;
    if (!option.choices.empty()) {
      out += " -x -a " + single_quoted(joined(option.choices));
    } else if (option.type == Type::folder) {
      out += " -x -a '(__fish_complete_directories)'";
    } else if (option.type == Type::file || option.type == Type::text) {
      out += " -r -F";
    } else if (option.type != Type::flag) {
      out += " -x";
    }
    out += " -d " + single_quoted(option.help) + "\n";
  }
  if (!spec.positionals.empty()) {
    const PositionalSpec& first = spec.positionals[0];
    if (!first.choices.empty()) out += at + "-a " + single_quoted(joined(first.choices)) + "\n";
    if (first.type == Type::file || first.type == Type::text) out += at + "-F\n";
  }
  return out;
}

}  // namespace

std::string bash_completion(std::span<const CommandSpec> commands) {
  std::string out = std::string("# bash completion of meshctl; ") + kNote + R"sh(
_meshctl() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  local path=${COMP_WORDS[1]}
  if [[ $COMP_CWORD -eq 1 ]]; then
)sh";
  std::vector<std::string> words;
  for (const auto& noun : nouns(commands)) words.push_back(noun.first);
  out +=
      "    COMPREPLY=($(compgen -W '" + joined(words) + " --help --version --color' -- \"$cur\"))\n    return\n  fi\n";
  out += "  case \"$path\" in\n";
  for (const auto& noun : nouns(commands)) {
    words.clear();
    for (const CommandSpec* verb : verbs(commands, noun.first)) words.push_back(verb->verb);
    if (words.empty()) continue;
    out += "    " + noun.first + ")\n      if [[ $COMP_CWORD -eq 2 ]]; then\n        COMPREPLY=($(compgen -W '" +
           joined(words) + "' -- \"$cur\"))\n        return\n      fi\n      path+=\" ${COMP_WORDS[2]}\"\n      ;;\n";
  }
  out += "  esac\n  case \"$path\" in\n";
  for (const CommandSpec& spec : commands)
    if (!spec.hidden) out += bash_command(spec);
  return out + "  esac\n}\ncomplete -o filenames -F _meshctl meshctl\n";
}

std::string zsh_completion(std::span<const CommandSpec> commands) {
  std::string out = std::string("#compdef meshctl\n# zsh completion of meshctl; ") + kNote + R"sh(
_meshctl() {
  local -a nouns verbs
  if (( CURRENT == 2 )); then
    nouns=(
)sh";
  for (const auto& [noun, about] : nouns(commands)) out += "      '" + noun + ":" + zsh_text(about) + "'\n";
  out +=
      "    )\n    _describe command nouns\n    return\n  fi\n  local at=${words[2]}\n  integer drop=1\n  case $at in\n";
  for (const auto& noun : nouns(commands)) {
    auto list = verbs(commands, noun.first);
    if (list.empty()) continue;
    out += "    " + noun.first + ")\n      if (( CURRENT == 3 )); then\n        verbs=(\n";
    for (const CommandSpec* verb : list) out += "          '" + verb->verb + ":" + zsh_text(verb->summary) + "'\n";
    out +=
        "        )\n        _describe verb verbs\n        return\n      fi\n      at+=\" ${words[3]}\"\n      drop=2\n";
    out += "      ;;\n";
  }
  out += "  esac\n  shift $drop words\n  (( CURRENT -= drop ))\n  case $at in\n";
  for (const CommandSpec& spec : commands)
    if (!spec.hidden) out += zsh_command(spec);
  return out +
         "  esac\n}\n\nif [[ $funcstack[1] == _meshctl ]]; then\n  _meshctl \"$@\"\nelse\n  compdef _meshctl "
         "meshctl\nfi\n";
}

std::string fish_completion(std::span<const CommandSpec> commands) {
  std::string out = std::string("# fish completion of meshctl; ") + kNote + R"sh(
function __meshctl_words
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        string match -q -- '-*' $word; or echo $word
    end
end
function __meshctl_at
    set -l words (__meshctl_words)
    test (count $words) -ge (count $argv); and test "$words[1..$(count $argv)]" = "$argv"
end
function __meshctl_after
    test "$(__meshctl_words)" = "$argv"
end
complete -c meshctl -f
)sh";
  for (const auto& [noun, about] : nouns(commands)) {
    out += "complete -c meshctl -n '__meshctl_after' -a " + noun + " -d " + single_quoted(about) + "\n";
    for (const CommandSpec* verb : verbs(commands, noun))
      out += "complete -c meshctl -n '__meshctl_after " + noun + "' -a " + verb->verb + " -d " +
             single_quoted(verb->summary) + "\n";
  }
  for (const CommandSpec& spec : commands)
    if (!spec.hidden) out += fish_command(spec);
  return out;
}

}  // namespace mesh::cli
