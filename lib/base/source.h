// A place in a file that a person wrote: what every finding, denial and explanation points at.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace mesh {

// Line and column count from 1; 0 means unknown. `file` is shared by all positions of one file.
struct SourcePos {
  std::shared_ptr<const std::string> file;
  uint32_t line = 0;
  uint32_t column = 0;

  bool known() const { return line != 0; }
  // "edge.yaml:12:5", or "edge.yaml:12" without a column, or "" when unknown.
  std::string to_string() const;
  // "edge.yaml:12": the form of logs, metrics and headers.
  std::string file_line() const;
};

}  // namespace mesh
