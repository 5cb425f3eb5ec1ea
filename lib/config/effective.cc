#include "config/object.h"
#include "config/print.h"

namespace mesh::config {

namespace {

// "${" in a value would be taken for a substitution when the output is read again.
document::Json escaped(document::Json value) {  // NOLINT(misc-no-recursion)
  if (value.is_array())
    for (document::Json& item : value.items()) item = escaped(std::move(item));
  if (value.is_object())
    for (auto& [key, item] : value.members()) item = escaped(std::move(item));
  if (!value.is_string()) return value;
  std::string text = value.string();
  for (size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 3)) text.insert(at, 1, '$');
  return text;
}

// A list item or what stands in a short form has no place of its own: it is kept with what holds it.
document::Json pruned(const document::Json& value, const std::string& path,
                      const Origins& origins) {  // NOLINT(misc-no-recursion)
  if (value.is_array()) {
    document::Json out = document::Json::array();
    size_t index = 0;
    for (const document::Json& item : value.items())
      out.push(pruned(item, path + "[" + std::to_string(index++) + "]", origins));
    return out;
  }
  if (!value.is_object()) return value;
  document::Json out = document::Json::object();
  for (const auto& [key, item] : value.members()) {
    std::string inner = path.empty() ? key : path + "." + key;
    if (origins.contains(inner)) out.set(key, pruned(item, inner, origins));
  }
  // A short form that had to be written out.
  return out.empty() ? value : out;
}

}  // namespace

document::Json effective_json(const Model& model) { return escaped(write_object(&model, root_object())); }

document::Json written_json(const Model& model, const Origins& origins) {
  return pruned(effective_json(model), "", origins);
}

std::string effective(const Model& model, const Origins* origins) {
  document::YamlComment comment;
  if (origins)
    comment = [origins](const std::string& path) -> std::string {
      auto found = origins->find(path);
      return found == origins->end() ? "default" : found->second.to_string();
    };
  return document::to_yaml(effective_json(model), comment);
}

}  // namespace mesh::config
