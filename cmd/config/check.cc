// `meshctl config check FILE...`.
#include "cli/findings_print.h"
#include "cmd/config/files.h"

namespace {

using namespace mesh::cli;

std::string counted(size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

int run_check(const Args& args, Io& io) {
  mesh::config::Loaded loaded = load_config(args.all("FILE"));
  const mesh::config::Model& model = loaded.model;
  FindingsContext context{.command = "config check", .files = loaded.config_files};
  context.ok = "ok: " + counted(model.listeners.size(), "listener", "listeners") + ", " +
               counted(model.services.size(), "service", "services") + ", " +
               counted(model.routes.size(), "route", "routes");
  int code = report_findings(loaded.findings, context, args, io);
  return !loaded.readable && code <= static_cast<int>(Exit::no) ? static_cast<int>(Exit::input) : code;
}

}  // namespace

mesh::cli::CommandSpec cmd_config_check() {
  return {.noun = "config",
          .verb = "check",
          .summary = "find everything that is wrong with configuration files",
          .description =
              "Reads the files as a gateway would, merged, and reports every finding at once with its place: syntax, "
              "unknown keys, bad values, names that nothing defines, routes that never get a request, addresses that "
              "are taken twice, certificates that cannot be read. docs/findings.md explains each code.",
          .positionals = {config_files_positional()},
          .options = {findings_format_option(), findings_report_option(), fail_on_option()},
          .examples = {{"meshctl config check edge.yaml", "one file"},
                       {"meshctl config check -o sarif conf.d", "a folder, for code scanning"}},
          .exits = {{Exit::no, "a finding is as severe as --fail-on"},
                    {Exit::input, "a file is missing or does not parse"}},
          .group = "check",
          .run = run_check};
}
