// A compiled condition on a header or a query parameter, and how the text it looks at is found.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/headers.h"
#include "route/regex.h"
#include "route/spec.h"

namespace mesh::route {

class ValueCondition {
 public:
  static Result<ValueCondition> compile(const ValueSpec& spec);

  bool holds_for_headers(const http::Headers* headers) const;
  bool holds_for_query(std::string_view query) const;

  const ValueSpec& spec() const { return spec_; }
  // "begins with 'a'": what is expected, after the name.
  std::string expectation() const;
  // What the request has, for a person: "'b', 'c'", or "none".
  std::string actual_header(const http::Headers* headers) const;
  std::string actual_query(std::string_view query) const;

  // Does everything that fulfils `other` fulfil this one? False when that is not certain.
  bool implied_by(const ValueCondition& other) const;

 private:
  bool accepts(std::string_view value) const;

  ValueSpec spec_;
  http::HeaderId id_ = http::HeaderId::other;
  std::optional<Regex> regex_;
};

// The value of the first parameter with the name, decoded. `scratch` holds it when it was escaped.
std::optional<std::string_view> first_parameter(std::string_view query, std::string_view name, std::string& scratch);

}  // namespace mesh::route
