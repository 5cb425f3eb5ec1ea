// Small text templates of headers and rewrites: "{id}" takes the value of a variable, everything else stands as it is.
// A variable is a letter or '_' followed by letters, digits, '_', '.' or '-' in braces; other braces are plain text.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"

namespace mesh::route {

class Template {
 public:
  Template() = default;
  explicit Template(std::string_view text);

  // No variables: text() is what is rendered.
  bool fixed() const { return variables_.empty(); }
  const std::string& text() const { return text_; }
  // The names, in the order of their places; a name may come more than once.
  std::vector<std::string_view> variables() const;

  // `value_of(name)` answers a view that lives until render() returns; called twice for each place and must answer the
  // same. The result lives in the arena, or in the template when it is fixed.
  template <class ValueOf>
  std::string_view render(Arena& arena, const ValueOf& value_of) const {
    if (fixed()) return text_;
    size_t size = text_.size();
    for (const Place& place : variables_) size += value_of(name_of(place)).size() - place.size - 2;
    char* out = arena.allocate(size);
    char* at = out;
    size_t from = 0;
    for (const Place& place : variables_) {
      at = copy(at, std::string_view(text_).substr(from, place.begin - from));
      at = copy(at, value_of(name_of(place)));
      from = place.begin + place.size + 2;
    }
    copy(at, std::string_view(text_).substr(from));
    return {out, size};
  }

 private:
  struct Place {
    uint32_t begin;  // of '{'
    uint32_t size;   // of the name
  };
  std::string_view name_of(const Place& place) const {
    return std::string_view(text_).substr(place.begin + 1, place.size);
  }
  static char* copy(char* at, std::string_view part) {
    if (!part.empty()) std::memcpy(at, part.data(), part.size());
    return at + part.size();
  }

  std::string text_;
  std::vector<Place> variables_;
};

}  // namespace mesh::route
