// The text of one file a person wrote, with its name and its lines, so that findings can show the line they are about.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/source.h"

namespace mesh::document {

class SourceFile {
 public:
  SourceFile(std::string name, std::string text);

  const std::shared_ptr<const std::string>& name() const { return name_; }
  std::string_view text() const { return text_; }
  SourcePos pos(uint32_t line, uint32_t column) const { return {name_, line, column}; }
  // Line `number` (from 1) without its line end; empty beyond the file.
  std::string_view line(uint32_t number) const;
  uint32_t lines() const { return static_cast<uint32_t>(starts_.size()); }

  // A finding at `pos` with the line's text; a line that is too long to be shown is left out.
  Finding finding(std::string_view code, const SourcePos& pos, uint32_t span, std::string message,
                  std::string hint = {}) const;

 private:
  std::shared_ptr<const std::string> name_;
  std::string text_;
  std::vector<size_t> starts_;
};

using SourceFilePtr = std::shared_ptr<const SourceFile>;

// `text` for a message: at most 64 bytes, cut with "...".
std::string shortened(std::string_view text);

}  // namespace mesh::document
