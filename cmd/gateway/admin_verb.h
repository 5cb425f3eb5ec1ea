// What `gateway reload` and `gateway drain` share: choose the socket, ask, read the answer, say it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/args.h"
#include "cli/io.h"

namespace gateway_admin {

struct Outcome {
  bool ok = false;
  bool changed = false;
  std::string message;  // findings as text
};

// Prints `say(outcome)` and returns the exit code.
int run_verb(const mesh::cli::Args& args, mesh::cli::Io& io, std::string_view method, std::string_view path,
             const std::function<std::string(const Outcome&)>& say);

}  // namespace gateway_admin
