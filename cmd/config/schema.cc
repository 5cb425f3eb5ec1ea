// `meshctl config schema`.
#include "cli/spec.h"
#include "config/print.h"

namespace {

using namespace mesh::cli;

int run_schema(const Args&, Io& io) {
  io.out.line(mesh::config::json_schema().dump(2));
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_config_schema() {
  return {.noun = "config",
          .verb = "schema",
          .summary = "print the JSON Schema of configuration files",
          .description = "JSON Schema 2020-12, for editors. It checks shapes; `config check` checks meaning too.",
          .examples = {{"meshctl config schema", "to be kept beside the configuration"}},
          .group = "check",
          .run = run_schema};
}
