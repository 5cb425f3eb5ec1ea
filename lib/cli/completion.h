// Completion scripts, made from the specs. They hold every word themselves: no process is started per key.
#pragma once

#include <span>
#include <string>

#include "cli/spec.h"

namespace mesh::cli {

std::string bash_completion(std::span<const CommandSpec> commands);
std::string zsh_completion(std::span<const CommandSpec> commands);
std::string fish_completion(std::span<const CommandSpec> commands);

}  // namespace mesh::cli
