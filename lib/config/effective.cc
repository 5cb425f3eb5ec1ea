#include "config/object.h"
#include "config/print.h"

namespace mesh::config {

document::Json effective_json(const Model& model) { return write_object(&model, root_object()); }

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
