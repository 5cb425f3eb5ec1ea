#include "route/value_condition.h"

#include "base/text.h"

namespace mesh::route {

namespace {

using Kind = ValueSpec::Kind;

// application/x-www-form-urlencoded: '+' is a space; an escape that is none stays as it is.
std::string_view decoded(std::string_view text, std::string& scratch) {
  if (text.find_first_of("%+") == std::string_view::npos) return text;
  scratch.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      scratch += ' ';
    } else if (auto byte = text[i] == '%' && i + 2 < text.size() ? parse_hex(text.substr(i + 1, 2)) : std::nullopt) {
      scratch += static_cast<char>(*byte);
      i += 2;
    } else {
      scratch += text[i];
    }
  }
  return scratch;
}

}  // namespace

std::optional<std::string_view> first_parameter(std::string_view query, std::string_view name, std::string& scratch) {
  while (!query.empty()) {
    size_t end = query.find('&');
    std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    size_t equals = pair.find('=');
    if (decoded(pair.substr(0, equals), scratch) != name) continue;
    return equals == std::string_view::npos ? std::string_view() : decoded(pair.substr(equals + 1), scratch);
  }
  return std::nullopt;
}

Result<ValueCondition> ValueCondition::compile(const ValueSpec& spec) {
  ValueCondition out;
  out.spec_ = spec;
  out.id_ = http::intern(spec.name);
  if (spec.kind == Kind::regex) {
    auto regex = Regex::compile(spec.text);
    if (!regex) return fail(regex.error());
    out.regex_ = std::move(*regex);
  }
  return out;
}

bool ValueCondition::accepts(std::string_view value) const {
  switch (spec_.kind) {
    case Kind::exact:
      return value == spec_.text;
    case Kind::prefix:
      return value.starts_with(spec_.text);
    case Kind::suffix:
      return value.ends_with(spec_.text);
    case Kind::contains:
      return value.find(spec_.text) != std::string_view::npos;
    case Kind::regex:
      return regex_->matches(value);
    case Kind::present:
      return true;
    case Kind::absent:
      return false;
  }
  return false;
}

bool ValueCondition::holds_for_headers(const http::Headers* headers) const {
  bool absent = spec_.kind == Kind::absent;
  if (headers == nullptr) return absent;
  for (const http::Field& field : *headers) {
    if (id_ != http::HeaderId::other ? field.id != id_ : !http::has_name(field, spec_.name)) continue;
    if (absent) return false;
    if (accepts(field.value)) return true;
  }
  return absent;
}

bool ValueCondition::holds_for_query(std::string_view query) const {
  std::string scratch;
  auto value = first_parameter(query, spec_.name, scratch);
  return value ? accepts(*value) : spec_.kind == Kind::absent;
}

std::string ValueCondition::expectation() const {
  switch (spec_.kind) {
    case Kind::exact:
      return "'" + spec_.text + "'";
    case Kind::prefix:
      return "'" + spec_.text + "' at its beginning";
    case Kind::suffix:
      return "'" + spec_.text + "' at its end";
    case Kind::contains:
      return "'" + spec_.text + "' in it";
    case Kind::regex:
      return "regex '" + spec_.text + "'";
    case Kind::present:
      return "any value";
    case Kind::absent:
      return "none";
  }
  return {};
}

std::string ValueCondition::actual_header(const http::Headers* headers) const {
  std::string out;
  if (headers != nullptr)
    for (const http::Field& field : *headers)
      if (id_ != http::HeaderId::other ? field.id == id_ : http::has_name(field, spec_.name))
        out += (out.empty() ? "'" : ", '") + std::string(field.value) + "'";
  return out.empty() ? "none" : out;
}

std::string ValueCondition::actual_query(std::string_view query) const {
  std::string scratch;
  auto value = first_parameter(query, spec_.name, scratch);
  return value ? "'" + std::string(*value) + "'" : "none";
}

bool ValueCondition::implied_by(const ValueCondition& other) const {
  if (spec_.name != other.spec_.name) return false;
  if (spec_.kind == other.spec_.kind && spec_.text == other.spec_.text) return true;
  if (other.spec_.kind == Kind::absent || spec_.kind == Kind::absent) return false;
  if (spec_.kind == Kind::present) return true;
  if (other.spec_.kind == Kind::exact) return accepts(other.spec_.text);
  if (spec_.kind == Kind::prefix && other.spec_.kind == Kind::prefix) return accepts(other.spec_.text);
  if (spec_.kind == Kind::suffix && other.spec_.kind == Kind::suffix) return accepts(other.spec_.text);
  bool part =
      other.spec_.kind == Kind::prefix || other.spec_.kind == Kind::suffix || other.spec_.kind == Kind::contains;
  return spec_.kind == Kind::contains && part && accepts(other.spec_.text);
}

}  // namespace mesh::route
