#include "cmd/docs/config_manual.h"

#include "cli/man.h"
#include "config/schema.h"

namespace {

using mesh::cli::mdoc_text;
using mesh::config::Field;
using mesh::config::Kind;
using mesh::config::Object;
using mesh::config::Shape;

std::string sentence(std::string text) {
  if (text.empty()) return "";
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (!text.ends_with('.')) text += '.';
  return mdoc_text(text);
}

std::string section_name(const Object& object) {
  std::string name = "keys of " + object.name;
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return name;
}

// "a list: the keys of endpoint below", "one of http1, h2 or auto".
std::string what_it_holds(const Shape& shape) {
  switch (shape.kind) {
    case Kind::object:
      return shape.object ? "the keys of " + shape.object->name + " below" : shape.what;
    case Kind::list:
      return shape.item ? "a list: " + what_it_holds(*shape.item) : shape.what;
    case Kind::map:
      return shape.item ? "names, and for each " + what_it_holds(*shape.item) : shape.what;
    case Kind::choice: {
      std::string text = "one of ";
      for (size_t i = 0; i < shape.choices.size(); ++i)
        text += (i == 0 ? "" : i + 1 == shape.choices.size() ? " or " : ", ") + std::string(shape.choices[i].name);
      return text;
    }
    case Kind::boolean:
      return "true or false";
    case Kind::number:
    case Kind::size:
    case Kind::duration:
    case Kind::percent:
    case Kind::text:
      return shape.what;
  }
  return shape.what;
}

// What each choice means, where the table says it.
std::string choices(const Shape& shape) {
  std::string out;
  for (const mesh::config::Choice& choice : shape.choices)
    if (!choice.doc.empty()) out += ".It Cm \\&" + std::string(choice.name) + "\n" + sentence(std::string(choice.doc));
  if (!out.empty()) return ".Bl -tag -width Ds -compact\n" + out + ".El\n";
  return shape.item ? choices(*shape.item) : "";
}

std::string field_item(const Field& field) {
  std::string out = ".It Cm \\&" + field.name + "\n" + sentence(field.doc);
  std::string holds = what_it_holds(field.shape);
  if (!holds.empty()) out += sentence("It holds " + holds);
  out += choices(field.shape);
  if (field.required) out += "It is required.\n";
  if (field.one_or_many) out += "A list of one may be written without brackets.\n";
  if (!field.default_text.empty() && !field.required) out += sentence("The default is " + field.default_text);
  if (!field.example.empty())
    out +=
        "For example:\n.Bd -literal -compact\n" + mesh::cli::mdoc_literal(field.name + ": " + field.example) + ".Ed\n";
  return out;
}

std::string object_section(const Object& object) {
  std::string out = ".Sh " + section_name(object) + "\n" + sentence(object.doc);
  if (object.exactly_one) out += "Exactly one of these keys is given.\n";
  if (!object.short_form.empty()) out += sentence("In short, " + object.short_form + " may stand instead");
  out += ".Bl -tag -width Ds\n";
  for (const Field& field : object.fields) out += field_item(field);
  return out + ".El\n";
}

constexpr const char* kIntroduction =
    "One file, several files or a folder describe what a gateway does, in YAML or JSON. An unknown or misplaced key is "
    "an "
    "error with its line and column. Duplicate keys are errors, and a name that is defined twice is an error that "
    "cites "
    "both places.\n"
    "Durations and sizes carry their unit. ${env:NAME} and ${file:PATH} are replaced in values, never in keys.\n"
    "A path that is a plain string is exact. A trailing /* makes it a prefix on segment borders, {name} a template. "
    "The "
    "most specific route wins: host, then path, then method, then the number of header and query conditions.";

}  // namespace

std::string config_manual() {
  std::string out = mesh::cli::man_head("meshctl-config", 5, "the configuration of meshctl");
  out += ".Sh DESCRIPTION\n" + mdoc_text(kIntroduction);
  for (const Object* object : mesh::config::all_objects()) out += object_section(*object);
  out +=
      ".Sh EXAMPLES\n.Bd -literal -offset indent\nversion: 1\nlisteners:\n  web: { address: 127.0.0.1:8080 }\n"
      "services:\n  orders: { endpoints: [127.0.0.1:9001, 127.0.0.1:9002] }\nroutes:\n  - name: orders\n"
      "    match: { path: /orders/* }\n    to: orders\n.Ed\n";
  return out + ".Sh SEE ALSO\n.Nm meshctl Ns (1) ,\n.Nm meshctl-config-check Ns (1)\n";
}
