// Exit codes of every command; they never depend on the output format.
#pragma once

#include "base/result.h"

namespace mesh::cli {

enum class Exit : int {
  ok = 0,           // done, or the answer is yes
  no = 1,           // the answer is no: a test failed, a request is denied, a finding at --fail-on
  usage = 2,        // the command line is wrong
  input = 3,        // a file is missing or does not parse
  unreachable = 4,  // the target is unreachable or timed out
  refused = 5,      // permission, authentication, or would overwrite
  local = 6,        // a local resource: port in use, disk full
  bug = 70,         // a fault of meshctl itself
};

// The code that a failure of this kind ends a command with.
Exit exit_for(Errc code);

// What a person reads beside the number in manuals: "the command line is wrong".
const char* meaning(Exit code);

}  // namespace mesh::cli
