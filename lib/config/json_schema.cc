#include "config/object.h"
#include "config/print.h"

namespace mesh::config {

namespace {

using document::Json;

// "listener tls" as a key below $defs.
std::string definition_name(const Object& object) {
  std::string out;
  for (char c : object.name) out += c == ' ' ? '_' : c;
  return out;
}

Json schema_of(const Shape& shape);

Json typed(const char* type) { return Json::object().set("type", type); }

Json schema_of_number(const Shape& shape) {
  Json out = typed("integer");
  if (shape.max > shape.min) out.set("minimum", shape.min).set("maximum", shape.max);
  return out;
}

Json schema_of_choice(const Shape& shape) {
  Json values = Json::array();
  for (const Choice& choice : shape.choices) {
    values.push(choice.name);
    if (choice.name == "1.2") values.push(1.2);  // YAML takes versions without quotes for numbers
    if (choice.name == "1.3") values.push(1.3);
  }
  Json words = Json::object().set("enum", std::move(values));
  bool statuses = shape.what.find("status") != std::string::npos;
  if (!statuses) return words;
  return Json::object().set(
      "anyOf", Json::array().push(std::move(words)).push(typed("integer").set("minimum", 400).set("maximum", 599)));
}

Json schema_of(const Shape& shape) {  // NOLINT(misc-no-recursion)
  switch (shape.kind) {
    case Kind::boolean:
      return typed("boolean");
    case Kind::number:
      return schema_of_number(shape);
    case Kind::size:
      return typed("string").set("pattern", "^([0-9]+(B|KiB|MiB|GiB|KB|kB|MB|GB)|0)$");
    case Kind::duration:
      return typed("string").set("pattern", "^([0-9]+(\\.[0-9]+)?(d|h|m|s|ms|us|ns)|none)$");
    case Kind::percent:
      return typed("string").set("pattern", "^[0-9]+(\\.[0-9]+)?%$");
    case Kind::text:
      return Json::object().set("type", Json::array().push("string").push("number").push("boolean"));
    case Kind::choice:
      return schema_of_choice(shape);
    case Kind::list:
      return typed("array").set("items", schema_of(*shape.item));
    case Kind::map:
      return typed("object").set("additionalProperties", schema_of(*shape.item));
    case Kind::object:
      return Json::object().set("$ref", "#/$defs/" + definition_name(*shape.object));
  }
  return Json::object();
}

Json schema_of(const Field& field) {
  Json out = schema_of(field.shape);
  if (field.one_or_many && field.shape.kind == Kind::list)
    out = Json::object().set("anyOf", Json::array().push(schema_of(*field.shape.item)).push(std::move(out)));
  out.set("description", field.doc + (field.default_text.empty() ? "" : " (default: " + field.default_text + ")"));
  return out;
}

Json schema_of(const Object& object) {
  Json properties = Json::object(), required = Json::array();
  for (const Field& field : object.fields) {
    properties.set(field.name, schema_of(field));
    if (field.required) required.push(field.name);
  }
  Json out = typed("object");
  out.set("description", object.doc).set("properties", std::move(properties)).set("additionalProperties", false);
  if (!required.empty()) out.set("required", std::move(required));
  if (object.exactly_one) out.set("minProperties", 1).set("maxProperties", 1);
  if (!object.read_short) return out;
  Json text = Json::object();
  text.set("type", Json::array().push("string").push("number").push("boolean")).set("description", object.short_form);
  return Json::object().set("anyOf", Json::array().push(std::move(text)).push(std::move(out)));
}

}  // namespace

Json json_schema() {
  Json out = Json::object();
  out.set("$schema", "https://json-schema.org/draft/2020-12/schema").set("title", "meshctl configuration, version 1");
  Json root = schema_of(root_object());
  for (auto& [key, value] : root.members()) {
    // An editor offers the one number that is valid.
    if (key == "properties")
      for (auto& [name, property] : value.members())
        if (name == "version")
          property = Json::object().set("const", 1).set("description", property.find("description")->string());
    out.set(key, std::move(value));
  }
  Json definitions = Json::object();
  for (const Object* object : all_objects())
    if (object != &root_object()) definitions.set(definition_name(*object), schema_of(*object));
  out.set("$defs", std::move(definitions));
  return out;
}

}  // namespace mesh::config
