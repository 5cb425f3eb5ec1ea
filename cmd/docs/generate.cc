// `meshctl docs generate DIR`: the files of the repository that are made from the specs.
#include "cli/reference.h"
#include "cli/spec.h"
#include "cmd/docs/config_manual.h"
#include "config/print.h"

namespace {

using namespace mesh::cli;

int run_generate(const Args& args, Io& io) {
  std::vector<GeneratedFile> files = generated_files(args.commands());
  files.push_back({"man/meshctl-config.5", config_manual()});
  files.push_back({"docs/config.md", mesh::config::reference_markdown()});
  files.push_back({"docs/findings.md", mesh::config::findings_markdown()});
  for (const GeneratedFile& file : files)
    if (mesh::Status status = write_generated(args.get("DIR"), file); !status) return io.fail(status.error());
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_docs_generate() {
  return {.noun = "docs",
          .verb = "generate",
          .summary = "write man pages, completions and the references in docs/",
          .positionals = {{.name = "DIR", .help = "the root to write below", .type = Type::folder}},
          .group = "self",
          .hidden = true,
          .run = run_generate};
}
