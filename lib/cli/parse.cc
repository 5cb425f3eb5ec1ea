#include "cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/help.h"

namespace mesh::cli {

// Fills Args; the only one who may.
class ArgsBuilder {
 public:
  static void set(Args& args, const std::string& name, std::vector<std::string> values, bool given) {
    args.values_[name] = {std::move(values), given};
  }
  static void set_rest(Args& args, std::vector<std::string> rest) { args.rest_ = std::move(rest); }
  static void set_commands(Args& args, std::span<const CommandSpec> commands) { args.commands_ = commands; }
};

namespace {

// What CLI11 found, before any check of ours.
struct Scan {
  std::map<std::string, std::vector<std::string>> values;  // by option name
  std::vector<std::string> left;                           // words that are no option of the spec
};

std::string flag_names(const OptionSpec& option) {
  std::string names = "--" + option.name;
  if (option.letter != 0) names += std::string(",-") + option.letter;
  return names;
}

// Every option is given to CLI11 as a list, so that how often it may come and what it may hold are judged in one place.
Result<Scan> scan(const CommandSpec& spec, std::vector<std::string> words) {
  Scan out;
  std::map<std::string, size_t> counts;
  std::vector<std::pair<std::string, CLI::Option*>> flags;
  try {
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    for (const OptionSpec& option : spec.options) {
      if (option.type == Type::flag) {
        flags.emplace_back(option.name, app.add_flag(flag_names(option)));
      } else {
        app.add_option(flag_names(option), out.values[option.name])->allow_extra_args(false)->type_size(1);
      }
    }
    app.add_option("--color", out.values["color"])->allow_extra_args(false)->type_size(1);
    flags.emplace_back("help", app.add_flag("--help,-h"));
    std::reverse(words.begin(), words.end());  // CLI11 takes words from the back
    app.parse(words);
    out.left = app.remaining();
    for (const auto& [name, option] : flags)
      if (option->count() != 0) out.values[name] = std::vector<std::string>(option->count(), "true");
  } catch (const std::exception& error) {
    return fail(Errc::invalid, to_lower(error.what()));
  }
  return out;
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return out;
}

// Said in our words before CLI11 sees it: a value missing at the end, a value where none is taken. "--name=" is spread
// over two words, because CLI11 takes it for a missing value.
Status prepare(const CommandSpec& spec, std::vector<std::string>& words) {
  std::vector<OptionSpec> options = spec.options;
  options.insert(options.end(), global_options().begin(), global_options().end());
  for (size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    std::string name = word.substr(0, word.find('='));
    auto option = std::find_if(options.begin(), options.end(), [&](const OptionSpec& each) {
      return name == "--" + each.name || (each.letter != 0 && word == std::string("-") + each.letter);
    });
    if (option == options.end()) continue;
    if (option->type == Type::flag) {
      if (name != word) return fail(Errc::invalid, "flag '" + name + "' takes no value");
    } else if (word == name + "=") {
      words[i] = name;
      words.insert(words.begin() + static_cast<std::ptrdiff_t>(++i), "");
    } else if (word == name && ++i == words.size()) {
      return fail(Errc::invalid, "flag '" + word + "' needs " +
                                     (option->choices.empty() ? expectation(option->type) : listed(option->choices)));
    }
  }
  return {};
}

bool is_flag_word(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

Error unknown_flag(const CommandSpec& spec, std::string_view word) {
  std::string_view name = word.substr(0, word.find('='));
  std::vector<std::string> known{"--help", "--color"};
  for (const OptionSpec& option : spec.options) known.push_back("--" + option.name);
  std::string_view meant = closest(name, {known.begin(), known.end()});
  std::string message = "unknown flag '" + std::string(name) + "'";
  message +=
      meant.empty() ? "; see 'meshctl " + spec.path() + " --help'" : "; did you mean '" + std::string(meant) + "'?";
  return Error{Errc::invalid, 0, std::move(message)};
}

bool fits(Type type, std::string_view value) {
  switch (type) {
    case Type::integer:
      return parse_dec(value, INT64_MAX).has_value();
    case Type::duration:
      return Duration::parse(value).has_value();
    case Type::size:
      return parse_size(value).has_value();
    case Type::percent:
      return parse_percent(value).has_value();
    case Type::file:
    case Type::folder:
    case Type::address:
    case Type::url:
      return !value.empty();
    case Type::flag:
    case Type::text:
      return true;
  }
  return true;
}

// `what` names the holder: "flag '--workers'", "FILE".
Status check_value(const std::string& what, Type type, const std::vector<std::string>& choices,
                   const std::string& value) {
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    std::string_view meant = closest(value, {choices.begin(), choices.end()});
    std::string message = what + " takes " + listed(choices) + ", not '" + value + "'";
    if (!meant.empty()) message += "; did you mean '" + std::string(meant) + "'?";
    return fail(Errc::invalid, std::move(message));
  }
  if (!fits(type, value)) return fail(Errc::invalid, what + " takes " + expectation(type) + ", not '" + value + "'");
  return {};
}

Status take_options(const CommandSpec& spec, Scan& found, const Environment& environment, Args& args) {
  for (const OptionSpec& option : spec.options) {
    std::vector<std::string> values = std::move(found.values[option.name]);
    std::string what = "flag '--" + option.name + "'";
    bool given = !values.empty();
    if (values.size() > 1 && !option.repeatable && option.type != Type::flag)
      return fail(Errc::invalid, what + " is given " + std::to_string(values.size()) + " times, but takes one value");
    if (!given && !option.env.empty()) {
      if (auto value = environment(option.env); value && !value->empty()) {
        what = "variable '" + option.env + "'";
        given = option.type != Type::flag || (*value != "0" && *value != "false");
        if (given) values.push_back(std::move(*value));
      }
    }
    if (!given && !option.fallback.empty()) values.push_back(option.fallback);
    if (!given && option.required)
      return fail(Errc::invalid, "needs flag '--" + option.name + " " + metavar(option) + "'");
    for (const std::string& value : values)
      if (Status status = check_value(what, option.type, option.choices, value); !status) return status;
    ArgsBuilder::set(args, option.name, std::move(values), given);
  }
  return {};
}

Status take_positionals(const CommandSpec& spec, std::vector<std::string> words, Args& args) {
  size_t next = 0;
  for (const PositionalSpec& positional : spec.positionals) {
    std::vector<std::string> values;
    while (next < words.size() && (values.empty() || positional.repeatable)) values.push_back(std::move(words[next++]));
    if (values.empty() && positional.required)
      return fail(Errc::invalid, "needs " + positional.name + "; see 'meshctl " + spec.path() + " --help'");
    for (const std::string& value : values)
      if (Status status = check_value(positional.name, positional.type, positional.choices, value); !status)
        return status;
    bool given = !values.empty();
    ArgsBuilder::set(args, positional.name, std::move(values), given);
  }
  if (next < words.size())
    return fail(Errc::invalid, "unexpected argument '" + words[next] + "'; see 'meshctl " + spec.path() + " --help'");
  return {};
}

}  // namespace

Result<Parsed> parse(const CommandSpec& spec, std::span<const std::string> words, const Environment& environment,
                     std::span<const CommandSpec> commands) {
  auto dashes = std::find(words.begin(), words.end(), "--");
  std::span<const std::string> before = words.first(static_cast<size_t>(dashes - words.begin()));
  std::vector<std::string> after;
  if (dashes != words.end()) after.assign(dashes + 1, words.end());

  std::vector<std::string> options_and_positionals(before.begin(), before.end());
  if (Status status = prepare(spec, options_and_positionals); !status) return fail(status.error());
  Result<Scan> found = scan(spec, std::move(options_and_positionals));
  if (!found) return fail(found.error());

  Parsed out;
  ArgsBuilder::set_commands(out.args, commands);
  if (const auto& colour = found->values["color"]; !colour.empty()) {
    auto parsed = parse_colour(colour.back());
    if (!parsed) return fail(Errc::invalid, "flag '--color' takes auto, always or never, not '" + colour.back() + "'");
    out.colour = *parsed;
  }
  if (!found->values["help"].empty()) {
    out.help = true;
    return out;
  }
  for (const std::string& word : found->left)
    if (is_flag_word(word)) return fail(unknown_flag(spec, word));
  if (Status status = take_options(spec, *found, environment, out.args); !status) return fail(status.error());
  std::vector<std::string> positionals = std::move(found->left);
  if (spec.passthrough) {
    ArgsBuilder::set_rest(out.args, std::move(after));
  } else {
    positionals.insert(positionals.end(), after.begin(), after.end());
  }
  if (Status status = take_positionals(spec, std::move(positionals), out.args); !status) return fail(status.error());
  return out;
}

std::optional<Colour> parse_colour(std::string_view text) {
  if (text == "auto") return Colour::automatic;
  if (text == "always") return Colour::always;
  if (text == "never") return Colour::never;
  return std::nullopt;
}

const char* expectation(Type type) {
  switch (type) {
    case Type::flag:
      return "no value";
    case Type::text:
      return "a value";
    case Type::integer:
      return "a number";
    case Type::duration:
      return "a duration such as 250ms, 10s or 5m";
    case Type::size:
      return "a size such as 512, 64KiB or 10MB";
    case Type::percent:
      return "a percentage such as 20%";
    case Type::file:
      return "a file";
    case Type::folder:
      return "a folder";
    case Type::address:
      return "an address such as 127.0.0.1:8080";
    case Type::url:
      return "a URL such as http://127.0.0.1:9000";
  }
  return "a value";
}

std::string metavar(const OptionSpec& option) {
  if (!option.metavar.empty()) return option.metavar;
  switch (option.type) {
    case Type::flag:
      return "";
    case Type::text:
      return "TEXT";
    case Type::integer:
      return "N";
    case Type::duration:
      return "TIME";
    case Type::size:
      return "SIZE";
    case Type::percent:
      return "PERCENT";
    case Type::file:
      return "FILE";
    case Type::folder:
      return "DIR";
    case Type::address:
      return "ADDRESS";
    case Type::url:
      return "URL";
  }
  return "TEXT";
}

}  // namespace mesh::cli
