// What the verbs of `config` share: loading the files of the command line, with "-" for standard input.
#pragma once

#include <string>
#include <vector>

#include "cli/spec.h"
#include "config/load.h"

// FILE..., as every verb of `config` takes it.
mesh::cli::PositionalSpec config_files_positional();

mesh::config::Loaded load_config(const std::vector<std::string>& paths);

// Findings on stderr as text; the code that ends a command which needs a usable model: 0, 1, or 3 if a file is missing
// or does not parse.
int report_config(const mesh::config::Loaded& loaded, mesh::cli::Io& io);
