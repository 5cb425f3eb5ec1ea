// From argv to an exit code: finds the command, parses, shows help, runs, and sees that all output arrived.
#pragma once

#include <span>
#include <string>

#include "cli/io.h"
#include "cli/parse.h"
#include "cli/spec.h"

namespace mesh::cli {

// `words` is argv without the program's name. Flushes io.out; a full disk there turns the answer into Exit::local.
int run(std::span<const std::string> words, std::span<const CommandSpec> commands, Io& io,
        const Environment& environment, const TerminalFacts& facts);

// For main(): the process's streams and environment; descriptors 0 to 2 are made to exist and SIGPIPE is ignored.
// Exceptions end here as Exit::bug.
int run_process(int argc, char** argv, const Commands& commands);

// The command that the first words name, and how many words that took; or nullptr.
struct Found {
  const CommandSpec* spec = nullptr;
  size_t words = 0;
};
Found find_command(std::span<const CommandSpec> commands, std::span<const std::string> words);

}  // namespace mesh::cli
