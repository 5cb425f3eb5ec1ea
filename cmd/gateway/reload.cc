// `meshctl gateway reload`.
#include "cli/spec.h"
#include "cmd/gateway/admin_verb.h"

namespace {

int run_gateway_reload(const mesh::cli::Args& args, mesh::cli::Io& io) {
  return gateway_admin::run_verb(args, io, "POST", "/reload", [](const gateway_admin::Outcome& outcome) {
    if (!outcome.ok) return std::string("reload refused, the old configuration goes on");
    return std::string(outcome.changed ? "reloaded" : "nothing has changed");
  });
}

}  // namespace

mesh::cli::CommandSpec cmd_gateway_reload() {
  using namespace mesh::cli;
  return {.noun = "gateway",
          .verb = "reload",
          .summary = "make a running gateway read its configuration again",
          .description =
              "The new configuration is checked as a whole before any of it is used. One that has errors "
              "changes nothing; the findings are printed and the exit code is 1.",
          .options = {{.name = "admin", .type = Type::file, .metavar = "SOCKET", .help = "admin socket of the gateway"},
                      {.name = "wait",
                       .type = Type::flag,
                       .help = "return when every worker serves the new configuration"}},
          .examples = {{"meshctl gateway reload --wait", "reload the only gateway that runs"}},
          .exits = {{Exit::no, "the new configuration was refused"}, {Exit::unreachable, "no gateway answers"}},
          .group = "run",
          .run = run_gateway_reload};
}
