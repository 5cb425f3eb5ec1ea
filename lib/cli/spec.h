// What a command is, as data: one CommandSpec per verb makes parsing, --help, the man page, the shell completions and
// docs/commands.md. A command lives in cmd/NOUN/VERB.cc as a function `mesh::cli::CommandSpec cmd_NOUN_VERB()` in the
// global namespace (`cmd_VERB()` for a bare verb); the build finds it there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/args.h"
#include "cli/exit_code.h"
#include "cli/io.h"

namespace mesh::cli {

// What a value must look like; checked before the command runs, so that Args getters cannot fail.
enum class Type : uint8_t {
  flag,      // no value
  text,      // anything
  integer,   // decimal digits, 0 to 2^63-1
  duration,  // "250ms", "10s", "5m": see Duration::parse
  size,      // bytes with an optional unit: "512", "64KiB", "10MB"
  percent,   // "20%", or "0.5%": 0 to 100
  file,      // a path, or "-"; existence is not checked here
  folder,    // a path
  address,   // "127.0.0.1:80", ":80", "[::1]:80", "unix:/path"; parsed by the command
  url,       // parsed by the command
};

struct OptionSpec {
  std::string name;  // "config" for --config
  char letter = 0;   // 'c' for -c, or 0
  Type type = Type::text;
  std::string metavar = {};               // "FILE"; empty takes one from the type
  std::string help = {};                  // lower case, no full stop
  std::string fallback = {};              // the default as it would be typed; empty means none
  std::vector<std::string> choices = {};  // empty allows any value of the type
  std::string env = {};                   // variable read when the option is not given, or empty
  bool repeatable = false;
  bool required = false;
};

struct PositionalSpec {
  std::string name;  // "FILE", upper case
  std::string help = {};
  Type type = Type::text;
  bool required = true;
  bool repeatable = false;  // only the last one may be
  std::vector<std::string> choices = {};
};

struct ExampleSpec {
  std::string command;    // "meshctl config check edge.yaml", without the prompt
  std::string help = {};  // what it does, lower case
};

// A code that this command gives its own meaning; 0, 2 and 70 are added by themselves.
struct ExitSpec {
  Exit code;
  std::string meaning;
};

struct CommandSpec {
  std::string noun;              // "gateway"; for a bare verb the verb itself: "version"
  std::string verb = {};         // "serve"; empty for a bare verb
  std::string summary;           // one line, lower case, no full stop
  std::string description = {};  // paragraphs divided by an empty line
  std::vector<PositionalSpec> positionals = {};
  std::vector<OptionSpec> options = {};
  std::vector<ExampleSpec> examples = {};
  std::vector<ExitSpec> exits = {};
  std::string group = "run";  // heading in `meshctl help`: start, run, certificates, check, look, self
  bool hidden = false;        // works, but is in no list
  bool passthrough = false;   // takes `-- CMD ARG...` as Args::rest()
  int (*run)(const Args&, Io&) = nullptr;

  // "gateway serve", or "version".
  std::string path() const { return verb.empty() ? noun : noun + " " + verb; }
};

using Commands = std::vector<CommandSpec>;

}  // namespace mesh::cli
