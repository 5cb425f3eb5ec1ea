// Text to trees, within limits that make hostile files harmless. Pure: no file is opened here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "document/node.h"
#include "document/source_file.h"

namespace mesh::document {

// Codes of the findings made here; docs/findings.md says what to do about each.
inline constexpr std::string_view kSyntax = "MC1001";
inline constexpr std::string_view kDuplicateKey = "MC1002";
inline constexpr std::string_view kLimit = "MC1003";
inline constexpr std::string_view kUnsupported = "MC1008";
inline constexpr std::string_view kSubstitution = "MC1010";

struct Limits {
  size_t bytes = 8u << 20;   // of a file
  uint32_t depth = 64;       // of nested lists and mappings
  size_t nodes = 1'000'000;  // after aliases are expanded
  size_t expansion = 10;     // text that aliases may add, in multiples of the file
};

enum class Format : uint8_t { automatic, yaml, json };

struct ReadOptions {
  Format format = Format::automatic;  // automatic: JSON for names ending in .json and text that is JSON, else YAML
  bool several = false;               // several YAML documents are allowed
  Limits limits;
};

struct Tree {
  SourceFilePtr source;
  std::vector<Node> documents;  // one unless `several`; empty for an empty file
  Findings findings;            // in order of the file; duplicate keys leave a usable tree, syntax errors do not
  bool complete = false;        // the whole text was understood

  bool ok() const { return findings.empty(); }
  const Node* root() const { return documents.empty() ? nullptr : &documents.front(); }
};

// Reads `text`, known as `name` in positions.
Tree read(std::string name, std::string text, const ReadOptions& options = {});

// Where ${env:NAME} and ${file:PATH} get their values; std::nullopt or an error makes a finding.
struct Substitutions {
  std::function<std::optional<std::string>(const std::string& name)> env;
  std::function<Result<std::string>(const std::string& path)> file;
};

// Replaces ${env:NAME} and ${file:PATH} in every scalar value of the tree; "$${" stands for "${". Values are not looked
// at again. Adds findings for what is undefined, malformed, or written in a key.
void substitute(Tree& tree, const Substitutions& sources);

}  // namespace mesh::document
