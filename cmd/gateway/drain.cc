// `meshctl gateway drain`.
#include "cli/spec.h"
#include "cmd/gateway/admin_verb.h"

namespace {

int run_gateway_drain(const mesh::cli::Args& args, mesh::cli::Io& io) {
  return gateway_admin::run_verb(args, io, "POST", "/drain",
                                 [](const gateway_admin::Outcome&) { return std::string("draining"); });
}

}  // namespace

mesh::cli::CommandSpec cmd_gateway_drain() {
  using namespace mesh::cli;
  return {
      .noun = "gateway",
      .verb = "drain",
      .summary = "make a running gateway finish what is under way and end",
      .description =
          "Listeners close, idle connections are closed, requests and tunnels under way may finish until "
          "the gateway's --drain-timeout; then it exits with 0. The same as SIGTERM.",
      .options = {{.name = "admin", .type = Type::file, .metavar = "SOCKET", .help = "admin socket of the gateway"}},
      .examples = {{"meshctl gateway drain", "drain the only gateway that runs"}},
      .exits = {{Exit::unreachable, "no gateway answers"}},
      .group = "run",
      .run = run_gateway_drain};
}
