#include <algorithm>

#include "base/text.h"
#include "config/object.h"
#include "config/print.h"

namespace mesh::config {

namespace {

// Lists and maps stepped through to the object inside, if there is one.
const Object* inner_object(const Shape& shape) {
  const Shape* at = &shape;
  while (at->item) at = at->item.get();
  return at->object;
}

bool is_map(const Shape& shape) { return shape.kind == Kind::map; }

std::string type_words(const Field& field) {
  const Shape& shape = field.shape;
  const Shape* inner = &shape;
  std::string prefix;
  for (; inner->item; inner = inner->item.get()) prefix += is_map(*inner) ? "a mapping from names to " : "a list of ";
  std::string what = inner->what;
  if (inner->object) {
    what = inner->object->name;
    if (!inner->object->short_form.empty()) what += " (or " + inner->object->short_form + ")";
  }
  if (inner->kind == Kind::number && inner->max > inner->min)
    what += " from " + std::to_string(inner->min) + " to " + std::to_string(inner->max);
  return prefix + what + (field.one_or_many ? "; one may stand without brackets" : "");
}

std::string padded(std::string_view text, size_t width) {
  std::string out(text);
  out.append(out.size() < width ? width - out.size() : 1, ' ');
  return out;
}

std::string fields_text(const Object& object) {
  size_t width = 0;
  for (const Field& field : object.fields) width = std::max(width, field.name.size() + 2);
  std::string out = object.exactly_one ? "\none of\n" : "\nfields\n";
  for (const Field& field : object.fields) {
    out += "  " + padded(field.name, width) + field.doc;
    if (field.required) out += " (required)";
    if (!field.default_text.empty()) out += " (default: " + field.default_text + ")";
    out += "\n";
  }
  return out;
}

std::string field_text(const std::string& path, const Field& field) {
  std::string out = path + ": " + field.doc + "\n\n";
  out += "  type      " + type_words(field) + "\n";
  if (field.required) out += "  required  yes\n";
  if (!field.default_text.empty()) out += "  default   " + field.default_text + "\n";
  if (!field.example.empty()) out += "  example   " + field.name + ": " + field.example + "\n";
  const Shape* inner = &field.shape;
  while (inner->item) inner = inner->item.get();
  if (!inner->choices.empty()) {
    size_t width = 0;
    for (const Choice& choice : inner->choices) width = std::max(width, choice.name.size() + 2);
    out += "\nvalues\n";
    for (const Choice& choice : inner->choices)
      out += "  " + padded(choice.name, width) + std::string(choice.doc) + "\n";
  }
  if (const Object* object = inner_object(field.shape)) out += "\n" + object->doc + "\n" + fields_text(*object);
  return out;
}

// "routes[0].to" and "routes.*.to" are "routes.to".
std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  for (std::string_view part : split(path, '.')) {
    part = part.substr(0, part.find('['));
    if (!part.empty() && part != "*") out.emplace_back(part);
  }
  return out;
}

std::unexpected<Error> unknown(const std::string& segment, const std::vector<std::string_view>& names,
                               const std::string& where) {
  std::string message = "'" + segment + "' is not a key of " + where;
  std::string_view near = closest(segment, names);
  if (!near.empty()) message += "; did you mean '" + std::string(near) + "'?";
  return fail(Errc::not_found, std::move(message));
}

const Object* object_named(std::string_view name) {
  for (const Object* object : all_objects())
    if (object->name == name) return object;
  return nullptr;
}

std::vector<std::string_view> names_in(const Object& object) {
  std::vector<std::string_view> out;
  for (const Field& field : object.fields) out.push_back(field.name);
  return out;
}

void collect_paths(const Object& object, const std::string& prefix,
                   std::vector<std::string>& out) {  // NOLINT(misc-no-recursion)
  for (const Field& field : object.fields) {
    std::string path = prefix.empty() ? field.name : prefix + "." + field.name;
    out.push_back(path);
    if (const Object* inner = inner_object(field.shape)) collect_paths(*inner, path, out);
  }
}

}  // namespace

Result<std::string> explain(std::string_view path) {
  std::vector<std::string> segments = segments_of(path);
  const Object* object = &root_object();
  if (segments.empty()) return object->doc + "\n" + fields_text(*object);
  size_t at = 0;
  if (!object->find(segments[0])) {
    const Object* named = object_named(segments[0]);
    if (!named) {
      auto names = names_in(*object);
      for (const Object* other : all_objects()) names.push_back(other->name);
      return unknown(segments[0], names, object->name);
    }
    if (segments.size() == 1) return named->name + ": " + named->doc + "\n" + fields_text(*named);
    object = named;
    at = 1;
  }
  const Field* field = nullptr;
  bool named_entry = false;  // the part before was a map: one part may be a name of the user's
  std::string shown = at == 1 ? segments[0] : "";
  for (; at < segments.size(); ++at) {
    const Field* next = object ? object->find(segments[at]) : nullptr;
    if (!next && named_entry) {
      named_entry = false;
      continue;
    }
    if (!next && !object) return fail(Errc::not_found, "'" + shown + "' has no keys of its own");
    if (!next) return unknown(segments[at], names_in(*object), object->name);
    field = next;
    shown += (shown.empty() ? "" : ".") + field->name;
    object = inner_object(field->shape);
    named_entry = is_map(field->shape);
  }
  return field_text(shown, *field);
}

std::vector<std::string> explain_paths() {
  std::vector<std::string> out;
  collect_paths(root_object(), "", out);
  return out;
}

}  // namespace mesh::config
