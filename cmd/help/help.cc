// `meshctl help [NOUN [VERB]]`.
#include "cli/help.h"

#include "base/text.h"
#include "cli/run.h"
#include "cli/spec.h"

namespace {

using namespace mesh::cli;

int run_help(const Args& args, Io& io) {
  const std::vector<std::string>& topic = args.all("TOPIC");
  if (topic.empty()) {
    io.out.write(overview(args.commands(), io.out));
    return 0;
  }
  Found found = find_command(args.commands(), topic);
  if (found.spec != nullptr && found.words == topic.size()) {
    io.out.write(command_help(*found.spec, io.out));
    return 0;
  }
  std::vector<std::string> known;
  std::string typed = topic[0];
  for (size_t i = 1; i < topic.size(); ++i) typed += " " + topic[i];
  for (const CommandSpec& spec : args.commands()) {
    if (spec.hidden) continue;
    if (spec.noun == typed) {
      io.out.write(noun_help(args.commands(), typed, io.out));
      return 0;
    }
    known.push_back(spec.path());
    known.push_back(spec.noun);
  }
  std::string_view meant = mesh::closest(typed, {known.begin(), known.end()});
  return io.fail(Exit::usage,
                 "no help for '" + typed + "'" +
                     (meant.empty() ? "; see 'meshctl help'" : "; did you mean '" + std::string(meant) + "'?"));
}

}  // namespace

mesh::cli::CommandSpec cmd_help() {
  return {.noun = "help",
          .summary = "explain a command, or list them all",
          .positionals =
              {{.name = "TOPIC", .help = "a noun, or a noun and its verb", .required = false, .repeatable = true}},
          .examples = {{"meshctl help", "every command with a line about it"},
                       {"meshctl help version", "all about one command"}},
          .group = "self",
          .run = run_help};
}
