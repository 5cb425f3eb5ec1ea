// The layout of a configuration file, without touching what it says or its comments.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mesh::config {

// `text` with line feeds as line ends, without spaces at the ends of lines, with at most one empty line in a row, none
// at the beginning, and one line feed at the end. The result is read again and compared: a text in which this would
// change a value (block scalars may) is answered as it is. Errc::invalid if it does not parse.
Result<std::string> format_text(std::string_view name, std::string_view text);

}  // namespace mesh::config
