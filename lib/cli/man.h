// Manual pages in mdoc(7), made from the specs. Other pages are named without .Xr, so that `mandoc -Tlint` is clean
// before the pages are installed.
#pragma once

#include <span>
#include <string>

#include "cli/spec.h"

namespace mesh::cli {

// meshctl(1): the overview.
std::string man_overview(std::span<const CommandSpec> commands);
// meshctl-NOUN-VERB(1).
std::string man_command(const CommandSpec& spec);
// "meshctl-config-check": the page's name without its section.
std::string man_name(const CommandSpec& spec);

// Text as mdoc source: a line for each sentence, none longer than 80 bytes, no line that begins a request.
std::string mdoc_text(std::string_view text);
// One line of a literal display.
std::string mdoc_literal(std::string_view text);
// The lines down to .Nd that every page begins with.
std::string man_head(std::string_view page, int section, std::string_view summary);

}  // namespace mesh::cli
