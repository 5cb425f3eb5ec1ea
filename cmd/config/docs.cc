// `meshctl docs config DIR`: docs/config.md and docs/findings.md from the field table and the list of findings.
#include "cli/reference.h"
#include "cli/spec.h"
#include "config/print.h"

namespace {

using namespace mesh::cli;

int run_docs(const Args& args, Io& io) {
  const GeneratedFile files[] = {{"docs/config.md", mesh::config::reference_markdown()},
                                 {"docs/findings.md", mesh::config::findings_markdown()}};
  for (const GeneratedFile& file : files)
    if (mesh::Status status = write_generated(args.get("DIR"), file); !status) return io.fail(status.error());
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_docs_config() {
  return {.noun = "docs",
          .verb = "config",
          .summary = "write docs/config.md and docs/findings.md",
          .positionals = {{.name = "DIR", .help = "the root to write below", .type = Type::folder}},
          .group = "self",
          .hidden = true,
          .run = run_docs};
}
