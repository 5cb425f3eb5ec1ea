// `meshctl env`: which variables matter, and what they are now.
#include <cstdlib>
#include <map>

#include "cli/spec.h"
#include "cli/table.h"

namespace {

using namespace mesh::cli;

int run_env(const Args& args, Io& io) {
  std::map<std::string, std::string> variables{
      {"NO_COLOR", "no colour, when set and not empty"},
      {"FORCE_COLOR", "colour without a terminal, when set and not 0"},
      {"TERM", "no colour and no drawing when dumb"},
      {"XDG_RUNTIME_DIR", "holds meshctl/, where admin sockets are; else /run/meshctl"},
  };
  for (const CommandSpec& spec : args.commands())
    for (const OptionSpec& option : spec.options)
      if (!option.env.empty()) {
        std::string& about = variables[option.env];
        about += (about.empty() ? "" : ", ") + spec.path() + " --" + option.name;
      }
  Table table("env", {{.key = "name"}, {.key = "value"}, {.key = "meaning"}});
  for (const auto& [name, about] : variables) {
    const char* value = std::getenv(name.c_str());
    table.add({name, value == nullptr ? "" : value, about});
  }
  table.print(args.get("output"), io.out);
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_env() {
  return {.noun = "env",
          .summary = "list the environment variables that matter, and their values",
          .options = {list_format_option()},
          .examples = {{"meshctl env -o json", "for programs"}},
          .group = "self",
          .run = run_env};
}
