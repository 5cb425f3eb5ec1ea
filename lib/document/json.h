// A small ordered JSON value for everything that is printed as JSON or YAML. Built top-down, printed once.
//   Json out = Json::object();
//   out.set("api_version", "meshctl/v1").set("count", 3).set("items", Json::array().push("a").push(true));
//   io.out.line(out.dump());
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mesh::document {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(std::same_as<bool> auto value) : value_(value) {}
  Json(std::signed_integral auto value) : value_(static_cast<int64_t>(value)) {}
  Json(std::unsigned_integral auto value)
    requires(!std::same_as<decltype(value), bool>)
      : value_(static_cast<uint64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}

  static Json array() { return Json(Value(Array{})); }
  static Json object() { return Json(Value(Object{})); }

  // Appends; the value must be an array.
  Json& push(Json item) & { return std::get<Array>(value_).push_back(std::move(item)), *this; }
  Json&& push(Json item) && { return push(std::move(item)), std::move(*this); }
  // Appends without looking for the key; the value must be an object.
  Json& set(std::string key, Json item) & {
    return std::get<Object>(value_).emplace_back(std::move(key), std::move(item)), *this;
  }
  Json&& set(std::string key, Json item) && { return set(std::move(key), std::move(item)), std::move(*this); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }
  const std::string& string() const { return std::get<std::string>(value_); }
  const Array& items() const { return std::get<Array>(value_); }
  const Object& members() const { return std::get<Object>(value_); }
  Array& items() { return std::get<Array>(value_); }
  Object& members() { return std::get<Object>(value_); }
  const Json* find(std::string_view key) const;
  // An empty array or object.
  bool empty() const;

  // RFC 8259 text. `indent` 0 is one line; else that many spaces a level. Bytes that are not UTF-8 become U+FFFD;
  // numbers that JSON does not have become null.
  std::string dump(int indent = 0) const;
  void dump_to(std::string& out, int indent = 0, int level = 0) const;

  // Null, true, a number or a quoted string; for arrays and objects their one-line form.
  bool is_scalar() const { return !is_array() && !is_object(); }

 private:
  using Value = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object>;
  explicit Json(Value value) : value_(std::move(value)) {}

  Value value_;
};

// `text` in double quotes, escaped; appended to `out`.
void append_json_string(std::string& out, std::string_view text);

// The comment for the value at `path` ("services.orders.timeouts.connect", "routes[0].to[1]"), or empty.
using YamlComment = std::function<std::string(const std::string& path)>;

// The same value as YAML in block style: short lists of scalars on one line, text quoted only where it must be.
std::string to_yaml(const Json& value, const YamlComment& comment = {});

}  // namespace mesh::document
