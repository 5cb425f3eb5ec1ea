// A finding: one thing a check has to say about the user's files. Every printer (text, json, sarif, junit, github)
// shows the same facts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace mesh {

enum class Severity : uint8_t { note, warning, error };

struct Finding {
  std::string code;  // "MC1004"; documented in docs/findings.md
  Severity severity = Severity::error;
  SourcePos pos;
  uint32_t span = 1;        // bytes from pos that the caret underlines
  std::string message;      // lower case, no full stop
  std::string hint;         // what to do, or empty
  std::string source_line;  // the text of the line, for the caret
  std::string fix;          // replacement text for the span, or empty

  // Stable over unrelated edits of the file: a hash of code, file name and message.
  std::string fingerprint() const;
};

using Findings = std::vector<Finding>;

// "error", "warning" or "note".
std::string_view to_string(Severity severity);

}  // namespace mesh
