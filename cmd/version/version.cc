// `meshctl version`.
#include "cli/version.h"

#include "cli/json.h"
#include "cli/spec.h"

namespace {

using namespace mesh::cli;

#ifdef NDEBUG
constexpr const char* kBuild = "release";
#else
constexpr const char* kBuild = "debug";
#endif

int run_version(const Args& args, Io& io) {
  if (args.get("output") == "json") {
    JsonWriter json;
    json.begin_object();
    json.field("apiVersion", "meshctl/v1");
    json.field("kind", "version");
    json.field("version", version());
    json.field("build", kBuild);
    json.field("compiler", "clang " __clang_version__);
    json.end_object();
    io.out.write(json.finish());
    return 0;
  }
  io.out.line("meshctl " + std::string(version()));
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_version() {
  return {.noun = "version",
          .summary = "print the version",
          .options = {{.name = "output",
                       .letter = 'o',
                       .metavar = "FORMAT",
                       .help = "how to print; json has the build and compiler too",
                       .fallback = "text",
                       .choices = {"text", "json"}}},
          .examples = {{"meshctl version -o json", "for programs"}},
          .group = "self",
          .run = run_version};
}
