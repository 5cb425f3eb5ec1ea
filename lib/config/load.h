// From files to a checked model: everything that is wrong at once, each with its place.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "config/model.h"
#include "config/reader.h"

namespace mesh::config {

// What loading may look at. An empty function is a place where nothing can be found; files that the model names
// (certificates) are only checked when `read_file` is there.
struct Environment {
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // The whole of a file of at most 8 MiB; the message names the path.
  std::function<Result<std::string>(const std::string& path)> read_file;
  // The configuration files in a folder, sorted, or std::nullopt if `path` is no folder.
  std::function<std::optional<std::vector<std::string>>(const std::string& path)> list_folder;
  // Whether PEM `cert` and PEM `key` belong together; the message says why not. Not called when either is unreadable.
  std::function<Status(const std::string& cert, const std::string& key)> check_key_pair;

  // The process's variables, the file system, and check_key_pair() of base.
  static Environment system();
};

struct Loaded {
  Model model;
  Origins origins;                 // where each value was written; what is missing is a default
  Findings findings;               // sorted by file, in order of reading, then by place
  bool ok = false;                 // no finding is an error; only then may the model be used
  bool readable = false;           // every file could be opened and parsed
  std::vector<std::string> files;  // everything that was read, to be watched: configuration, ${file:..}, certificates
  std::vector<std::string> config_files;
};

// Files and folders ("*.yaml", "*.yml" and "*.json" in it, sorted), merged.
Loaded load(std::span<const std::string> paths, const Environment& environment = Environment::system());

// One text, known as `name`. Without an environment nothing outside the text is looked at.
Loaded load_text(const std::string& name, std::string text, const Environment& environment = {});

}  // namespace mesh::config
