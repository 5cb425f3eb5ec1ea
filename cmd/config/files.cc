#include "cmd/config/files.h"

#include "cli/findings_print.h"

mesh::cli::PositionalSpec config_files_positional() {
  return {.name = "FILE",
          .help = "a configuration file, a folder of them, or - for standard input",
          .type = mesh::cli::Type::file,
          .repeatable = true};
}

mesh::config::Loaded load_config(const std::vector<std::string>& paths) {
  mesh::config::Environment environment = mesh::config::Environment::system();
  auto from_disk = environment.read_file;
  environment.read_file = [from_disk](const std::string& path) {
    return path == "-" ? mesh::cli::read_input(path, 8u << 20) : from_disk(path);
  };
  return mesh::config::load(paths, environment);
}

int report_config(const mesh::config::Loaded& loaded, mesh::cli::Io& io) {
  for (const mesh::Finding& finding : loaded.findings)
    if (finding.severity != mesh::Severity::note) io.err.write(mesh::cli::finding_text(finding, io.err));
  if (loaded.ok) return static_cast<int>(mesh::cli::Exit::ok);
  io.err.line(mesh::cli::findings_summary(loaded.findings));
  return static_cast<int>(loaded.readable ? mesh::cli::Exit::no : mesh::cli::Exit::input);
}
