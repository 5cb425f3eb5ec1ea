// `meshctl config explain [FIELD.PATH]`.
#include "cli/spec.h"
#include "config/print.h"

namespace {

using namespace mesh::cli;

int run_explain(const Args& args, Io& io) {
  auto text = mesh::config::explain(args.get("FIELD.PATH"));
  if (!text) return io.fail(Exit::usage, text.error().message);
  io.out.write(*text);
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_config_explain() {
  return {
      .noun = "config",
      .verb = "explain",
      .summary = "say what a key of the configuration means",
      .description = "Type, default, values and fields of a key. Names of your own and list indexes may be left out.",
      .positionals = {{.name = "FIELD.PATH",
                       .help = "as service.retry.on or listeners.web.tls; without it the keys of a file",
                       .required = false}},
      .examples = {{"meshctl config explain services.retry.on", "one key"},
                   {"meshctl config explain route", "an object"}},
      .exits = {{Exit::usage, "no such key"}},
      .group = "check",
      .run = run_explain};
}
