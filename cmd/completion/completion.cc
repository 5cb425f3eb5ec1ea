// `meshctl completion bash|zsh|fish`.
#include "cli/completion.h"

#include "cli/spec.h"

namespace {

using namespace mesh::cli;

int run_completion(const Args& args, Io& io) {
  const std::string& shell = args.get("SHELL");
  if (shell == "bash") io.out.write(bash_completion(args.commands()));
  if (shell == "zsh") io.out.write(zsh_completion(args.commands()));
  if (shell == "fish") io.out.write(fish_completion(args.commands()));
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_completion() {
  return {.noun = "completion",
          .summary = "print a completion script for a shell",
          .description =
              "bash: source <(meshctl completion bash), or write it to "
              "~/.local/share/bash-completion/completions/meshctl.\n"
              "zsh: write it to a file named _meshctl in a folder of $fpath.\n"
              "fish: write it to ~/.config/fish/completions/meshctl.fish.",
          .positionals = {{.name = "SHELL", .help = "bash, zsh or fish", .choices = {"bash", "zsh", "fish"}}},
          .examples = {{"meshctl completion bash", "the script on standard output"}},
          .group = "self",
          .run = run_completion};
}
