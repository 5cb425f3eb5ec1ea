// What is printed from the field table: the effective view, the JSON Schema, explanations and the reference manual.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/model.h"
#include "config/reader.h"
#include "document/json.h"

namespace mesh::config {

// The model as YAML with every default written out; loading it again gives the same content hash. With `origins` each
// value has a comment: the place that wrote it, or "default".
std::string effective(const Model& model, const Origins* origins = nullptr);
// The same as JSON.
document::Json effective_json(const Model& model);

// Only what the files say, merged, without defaults.
document::Json written_json(const Model& model, const Origins& origins);

// JSON Schema 2020-12 of a configuration file.
document::Json json_schema();

// What `path` ("service.retry.on", "listeners.web.tls", "routes.filters.cors") means: type, default, values, fields.
// The first part is a key of the file or the name of an object; list indexes and names of maps may be left out. "" is
// the file itself. Errc::not_found with a suggestion.
Result<std::string> explain(std::string_view path);
// Every path that explain() knows, for completion.
std::vector<std::string> explain_paths();

// docs/config.md and docs/findings.md: made from the tables, checked in, compared by scripts/check.
std::string reference_markdown();
std::string findings_markdown();

}  // namespace mesh::config
