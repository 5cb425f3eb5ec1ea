// From the words after a command's name to checked Args. The only file behind it includes CLI11.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/io.h"
#include "cli/spec.h"

namespace mesh::cli {

// A variable of the environment, or nothing when it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

struct Parsed {
  Args args;
  bool help = false;  // -h or --help was there: the rest was not checked
  Colour colour = Colour::automatic;
};

// Errors are Errc::invalid with a message for a person, without the command's name: "unknown flag '--confg'; did you
// mean '--config'?", "flag '--workers' takes a number, not 'two'".
Result<Parsed> parse(const CommandSpec& spec, std::span<const std::string> words, const Environment& environment,
                     std::span<const CommandSpec> commands);

// "auto", "always", "never".
std::optional<Colour> parse_colour(std::string_view text);

// What the message says that a value of this type should be: "a number", "a duration such as 250ms, 10s or 5m".
const char* expectation(Type type);

// The metavar of an option, from its type if it names none; empty for flags.
std::string metavar(const OptionSpec& option);

}  // namespace mesh::cli
