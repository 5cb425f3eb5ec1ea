// Everything that is generated from the specs, as files: man pages, completions and docs/commands.md.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/spec.h"

namespace mesh::cli {

struct GeneratedFile {
  std::string path;  // relative to the root of the repository: "man/meshctl.1"
  std::string text;
};

std::vector<GeneratedFile> generated_files(std::span<const CommandSpec> commands);

// docs/commands.md.
std::string commands_markdown(std::span<const CommandSpec> commands);

// Replaces the file, making its folders.
Status write_generated(const std::string& root, const GeneratedFile& file);

}  // namespace mesh::cli
