// The one field table: what may be written in a configuration file, as data. The reader, the checks of shape, the JSON
// Schema, `config explain`, the reference manual and the effective view all walk it. table_*.cc fill it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "document/json.h"
#include "document/node.h"

namespace mesh::config {

class Reader;
struct Object;

enum class Kind : uint8_t { boolean, number, size, duration, percent, text, choice, list, map, object };

struct Choice {
  std::string_view name;
  std::string_view doc;
};

// What a value may look like.
struct Shape {
  Kind kind = Kind::text;
  std::string what;                   // for messages and manuals: "a duration with its unit, like 250ms or 10s"
  std::vector<Choice> choices;        // of a choice
  const Object* object = nullptr;     // of an object, and of the values of a map or list of objects
  std::shared_ptr<const Shape> item;  // of a list or map
  int64_t min = 0, max = 0;           // of a number, if max > min
};

struct Field {
  std::string name;
  Shape shape;
  std::string doc;           // what it is for, one or two sentences, lower case, no full stop at the end
  std::string default_text;  // as it would be written, or in words; empty if there is none
  std::string example;       // a value as it would be written
  bool required = false;
  bool one_or_many = false;  // a list of one may be written without brackets
  bool merges = false;       // several files may each give a part
  std::function<void(Reader&, const document::Node&, void* owner)> read;
  std::function<document::Json(const void* owner)> write;  // null leaves it out
};

struct Object {
  std::string name;  // "service", as messages call it
  std::string doc;
  std::vector<Field> fields;
  bool exactly_one = false;  // one of the fields, not more
  std::string short_form;    // what may stand instead of a mapping, in words; empty for nothing
  Kind short_kind = Kind::text;
  std::function<void(Reader&, const document::Node&, void*)> read_short;
  std::function<document::Json(const void*)> write_short;            // null writes the mapping
  std::function<bool(const void*, const Field&)> applies;            // false: the field has no meaning for this one
  std::function<void(void*, const SourcePos&)> place;                // remembers where it was written
  std::function<void(Reader&, const document::Node&, void*)> check;  // after all fields

  const Field* find(std::string_view field) const;
};

// The whole file.
const Object& root_object();

// Every object of the language, each once, in the order in which a reader meets them.
std::vector<const Object*> all_objects();

// `object` as JSON in the order of its table; fields without a value are left out.
document::Json write_object(const void* value, const Object& object);

}  // namespace mesh::config
