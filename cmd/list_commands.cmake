# Writes OUTPUT with mesh::cli::all_commands(), which calls every cmd_* function found in SOURCES, in the order of files.
list(SORT SOURCES)
set(declarations "")
set(calls "")
foreach(source ${SOURCES})
  file(STRINGS ${source} lines REGEX "CommandSpec cmd_[a-z0-9_]+\\(\\) *{")
  foreach(line ${lines})
    string(REGEX MATCH "cmd_[a-z0-9_]+" name "${line}")
    string(APPEND declarations "mesh::cli::CommandSpec ${name}();\n")
    string(APPEND calls "  commands.push_back(${name}());\n")
  endforeach()
endforeach()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "cmd/commands.h"

@declarations@
mesh::cli::Commands all_commands() {
  mesh::cli::Commands commands;
@calls@  return commands;
}
]])
