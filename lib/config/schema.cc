#include "config/schema.h"

#include <algorithm>

#include "config/object.h"

namespace mesh::config {

namespace {

void collect(const Object& object, std::vector<const Object*>& out);

void collect(const Shape& shape, std::vector<const Object*>& out) {  // NOLINT(misc-no-recursion)
  if (shape.object) collect(*shape.object, out);
  if (shape.item) collect(*shape.item, out);
}

void collect(const Object& object, std::vector<const Object*>& out) {  // NOLINT(misc-no-recursion)
  if (std::find(out.begin(), out.end(), &object) != out.end()) return;
  out.push_back(&object);
  for (const Field& field : object.fields) collect(field.shape, out);
}

}  // namespace

const Field* Object::find(std::string_view field) const {
  for (const Field& candidate : fields)
    if (candidate.name == field) return &candidate;
  return nullptr;
}

const Object& root_object() { return object_of<Model>(); }

std::vector<const Object*> all_objects() {
  std::vector<const Object*> out;
  collect(root_object(), out);
  return out;
}

std::string default_text(const document::Json& value) {
  if (value.is_string()) return value.string();
  std::string out = document::to_yaml(value);
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

document::Json write_object(const void* value, const Object& object) {
  if (object.write_short) {
    document::Json text = object.write_short(value);
    if (!text.is_null()) return text;
  }
  document::Json out = document::Json::object();
  for (const Field& field : object.fields) {
    if (object.applies && !object.applies(value, field)) continue;
    document::Json item = field.write(value);
    if (!item.is_null()) out.set(field.name, std::move(item));
  }
  return out;
}

}  // namespace mesh::config
