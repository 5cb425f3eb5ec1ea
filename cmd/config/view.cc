// `meshctl config view FILE...`.
#include "cmd/config/files.h"
#include "config/print.h"

namespace {

using namespace mesh::cli;

int run_view(const Args& args, Io& io) {
  bool json = args.get("output") == "json";
  if (json && args.flag("origin"))
    return io.fail(Exit::usage, "flag '--origin' needs the yaml format: JSON has no comments");
  mesh::config::Loaded loaded = load_config(args.all("FILE"));
  if (int code = report_config(loaded, io); code != 0) return code;
  const mesh::config::Origins* origins = args.flag("origin") ? &loaded.origins : nullptr;
  if (args.flag("effective") && !json) {
    io.out.write(mesh::config::effective(loaded.model, origins));
    return 0;
  }
  mesh::document::Json value = args.flag("effective") ? mesh::config::effective_json(loaded.model)
                                                      : mesh::config::written_json(loaded.model, loaded.origins);
  if (json) {
    io.out.line(value.dump(2));
    return 0;
  }
  io.out.write(mesh::document::to_yaml(value, [origins](const std::string& path) -> std::string {
    if (!origins) return {};
    auto found = origins->find(path);
    return found == origins->end() ? std::string() : found->second.to_string();
  }));
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_config_view() {
  return {.noun = "config",
          .verb = "view",
          .summary = "print what configuration files say, merged, with defaults if asked for",
          .description = "The output is a configuration again, and means the same as the input.",
          .positionals = {config_files_positional()},
          .options = {{.name = "effective", .type = Type::flag, .help = "write every default out"},
                      {.name = "origin", .type = Type::flag, .help = "say after each value where it was written"},
                      {.name = "output",
                       .letter = 'o',
                       .metavar = "FORMAT",
                       .help = "how to print",
                       .fallback = "yaml",
                       .choices = {"yaml", "json"}}},
          .examples = {{"meshctl config view --effective --origin edge.yaml", "every value and where it comes from"}},
          .exits = {{Exit::no, "the files have errors"}, {Exit::input, "a file is missing or does not parse"}},
          .group = "check",
          .run = run_view};
}
