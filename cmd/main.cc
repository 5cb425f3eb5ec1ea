#include "cli/run.h"
#include "cmd/commands.h"

int main(int argc, char** argv) { return mesh::cli::run_process(argc, argv, all_commands()); }
