// `meshctl config explain [FIELD.PATH]`.
#include "cli/spec.h"
#include "config/print.h"
#include "exchange/record.h"

namespace {

using namespace mesh::cli;

// A word of the access log's `reason`, or nothing.
std::string explain_reason(std::string_view word) {
  const auto& info = mesh::exchange::describe(mesh::exchange::reason_from(word));
  if (info.word != word) return {};
  std::string text = std::string(word) + "\n  " + std::string(info.sentence) + "\n";
  if (info.status != 0) text += "  status  " + std::to_string(info.status) + "\n";
  return text + "  advice  " + std::string(info.advice) + "\n";
}

int run_explain(const Args& args, Io& io) {
  if (std::string reason = explain_reason(args.get("FIELD.PATH")); !reason.empty()) {
    io.out.write(reason);
    return 0;
  }
  auto text = mesh::config::explain(args.get("FIELD.PATH"));
  if (!text) return io.fail(Exit::usage, text.error().message);
  io.out.write(*text);
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_config_explain() {
  return {.noun = "config",
          .verb = "explain",
          .summary = "say what a key of the configuration or a reason of the access log means",
          .description =
              "Type, default, values and fields of a key. Names of your own and list indexes may be left out. "
              "For the word of a reason, as in the access log and in answers that the gateway makes itself: what "
              "happened and what to do about it.",
          .positionals = {{.name = "FIELD.PATH",
                           .help = "as service.retry.on or listeners.web.tls; without it the keys of a file",
                           .required = false}},
          .examples = {{"meshctl config explain services.retry.on", "one key"},
                       {"meshctl config explain route", "an object"},
                       {"meshctl config explain upstream_timeout", "a reason"}},
          .exits = {{Exit::usage, "no such key"}},
          .group = "check",
          .run = run_explain};
}
