#include "base/source.h"

namespace mesh {

std::string SourcePos::file_line() const {
  if (!known()) return {};
  return (file ? *file : std::string("-")) + ":" + std::to_string(line);
}

std::string SourcePos::to_string() const {
  if (!known()) return {};
  return column == 0 ? file_line() : file_line() + ":" + std::to_string(column);
}

}  // namespace mesh
