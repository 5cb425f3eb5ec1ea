// docs/config.md and docs/findings.md.
#include "config/object.h"
#include "config/print.h"

namespace mesh::config {

namespace {

constexpr std::string_view kIntroduction = R"(# The configuration file

<!-- made by `meshctl docs config`; edit the field table in lib/config instead -->

A file is YAML, or JSON, which YAML contains. Several files and folders are merged; a name defined twice is an error.
Unknown keys are errors. Durations and sizes carry their unit (`250ms`, `64KiB`). `${env:NAME}` and `${file:PATH}` may
stand in values; `$${` is the text `${`. Relative paths of files are beside the file that names them.

```yaml
version: 1
listeners:
  web: { address: 127.0.0.1:8080 }
services:
  orders:
    endpoints: [127.0.0.1:9001, { address: 127.0.0.1:9002, weight: 2 }]
    balance: least-request
routes:
  - name: orders
    match: { host: shop.example, path: /orders/*, method: [GET, POST] }
    filters:
      - request_headers: { set: { x-team: shop }, remove: [cookie] }
    to: orders
  - name: health
    match: { path: /healthz }
    filters: [{ respond: { status: 200, body: ok } }]
```

`meshctl config check FILE` finds everything that is wrong at once, `meshctl config view --effective --origin FILE`
prints every default, and `meshctl config explain KEY` explains one key.

**Paths.** Plain text is exact; a trailing `/*` is a prefix on segment borders (`/orders/*` takes /orders and /orders/1,
never /ordersx); `{name}` segments make a template; `{ exact | prefix | template | regex: .. }` says it outright. Regexes
are RE2 and match the whole path, never the query.

**Order.** The most specific route wins, wherever it stands: host (exact, then the longest wildcard), then path (exact, then
the longest prefix or template, then regex), then method, then the number of header conditions, then of query
conditions; then `priority`.
)";

std::string anchor(const std::string& name) {
  std::string out;
  for (char c : name) out += c == ' ' ? '-' : c;
  return out;
}

// '|' would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string type_cell(const Field& field) {
  std::string prefix;
  const Shape* inner = &field.shape;
  for (; inner->item; inner = inner->item.get()) prefix += inner->kind == Kind::map ? "name to " : "list of ";
  if (inner->object) return prefix + "[" + inner->object->name + "](#" + anchor(inner->object->name) + ")";
  if (inner->kind == Kind::choice) {
    std::string words;
    for (const Choice& choice : inner->choices) words += (words.empty() ? "`" : ", `") + std::string(choice.name) + "`";
    if (inner->what.find("status") != std::string::npos) words += ", a status";
    return prefix + words;
  }
  switch (inner->kind) {
    case Kind::duration:
      return prefix + "duration";
    case Kind::size:
      return prefix + "size";
    case Kind::percent:
      return prefix + "percentage";
    case Kind::number:
      return prefix + "number";
    case Kind::boolean:
      return prefix + "true or false";
    case Kind::text:
    case Kind::choice:
    case Kind::list:
    case Kind::map:
    case Kind::object:
      return prefix + (inner->what.starts_with("an address")  ? "address"
                       : inner->what.starts_with("a network") ? "network"
                       : inner->what == "text"                ? "text"
                                                              : "file");
  }
  return prefix;
}

bool inner_is_object(const Shape& shape) {
  const Shape* inner = &shape;
  while (inner->item) inner = inner->item.get();
  return inner->object != nullptr;
}

std::string default_cell(const Field& field) {
  if (field.required) return "required";
  if (field.default_text.empty()) return inner_is_object(field.shape) ? "" : "not set";
  // Defaults in words are sentences of several words without brackets.
  bool words = field.default_text.find(' ') != std::string::npos && field.default_text.front() != '[' &&
               field.default_text.find('/') == std::string::npos;
  return words ? field.default_text : "`" + field.default_text + "`";
}

std::string section(const Object& object, bool root) {
  std::string out = "\n## " + (root ? std::string("the file") : object.name) + "\n\n" + object.doc + "\n";
  if (!object.short_form.empty()) out += "\nInstead of a mapping: " + object.short_form + ".\n";
  if (object.exactly_one) out += "\nExactly one of:\n";
  out += "\n| key | type | default | |\n|---|---|---|---|\n";
  for (const Field& field : object.fields)
    out += "| `" + field.name + "` | " + cell(type_cell(field)) + " | " + cell(default_cell(field)) + " | " +
           cell(field.doc) + (field.example.empty() ? "" : ". `" + cell(field.name + ": " + field.example) + "`") +
           " |\n";
  return out;
}

}  // namespace

std::string reference_markdown() {
  std::string out(kIntroduction);
  for (const Object* object : all_objects()) out += section(*object, object == &root_object());
  return out;
}

std::string findings_markdown() {
  std::string out =
      "# Findings\n\n<!-- made by `meshctl docs config`; edit lib/config/codes.cc instead -->\n\nWhat `meshctl config "
      "check` may say. Errors make a file unusable: a running gateway keeps what it has. MC10xx are about single "
      "values, MC11xx about values that do not fit together, MC12xx about names, MC13xx about routes, MC14xx about "
      "listeners.\n";
  for (const CodeDoc& entry : all_codes())
    out += "\n## " + std::string(entry.code) + ": " + std::string(entry.title) + "\n\n*" + std::string(entry.severity) +
           ".* " + std::string(entry.doc) + "\n";
  return out;
}

}  // namespace mesh::config
