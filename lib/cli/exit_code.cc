#include "cli/exit_code.h"

namespace mesh::cli {

Exit exit_for(Errc code) {
  switch (code) {
    case Errc::invalid:
    case Errc::not_found:
    case Errc::unsupported:
    case Errc::limit:
      return Exit::input;
    case Errc::exists:
    case Errc::permission:
      return Exit::refused;
    case Errc::protocol:
    case Errc::closed:
    case Errc::reset:
    case Errc::refused:
    case Errc::unreachable:
    case Errc::timeout:
    case Errc::tls:
      return Exit::unreachable;
    case Errc::cancelled:
      return Exit::no;
    case Errc::io:
    case Errc::exhausted:
      return Exit::local;
    case Errc::internal:
      return Exit::bug;
  }
  return Exit::bug;
}

const char* meaning(Exit code) {
  switch (code) {
    case Exit::ok:
      return "done, or the answer is yes";
    case Exit::no:
      return "the answer is no";
    case Exit::usage:
      return "the command line is wrong";
    case Exit::input:
      return "an input is missing or does not parse";
    case Exit::unreachable:
      return "the target is unreachable or timed out";
    case Exit::refused:
      return "refused: permission, authentication, or would overwrite";
    case Exit::local:
      return "a local resource failed: port in use, disk full";
    case Exit::bug:
      return "a fault of meshctl itself";
  }
  return "a fault of meshctl itself";
}

}  // namespace mesh::cli
