#include "route/template.h"

#include "base/text.h"

namespace mesh::route {

namespace {

bool in_name(char c) { return is_alpha(c) || is_digit(c) || c == '_' || c == '.' || c == '-'; }

}  // namespace

Template::Template(std::string_view text) : text_(text) {
  for (size_t open = text_.find('{'); open != std::string::npos; open = text_.find('{', open + 1)) {
    size_t end = open + 1;
    while (end < text_.size() && in_name(text_[end])) ++end;
    if (end == text_.size() || text_[end] != '}' || end == open + 1 ||
        !(is_alpha(text_[open + 1]) || text_[open + 1] == '_'))
      continue;
    variables_.push_back({static_cast<uint32_t>(open), static_cast<uint32_t>(end - open - 1)});
  }
}

std::vector<std::string_view> Template::variables() const {
  std::vector<std::string_view> out;
  for (const Place& place : variables_) out.push_back(name_of(place));
  return out;
}

}  // namespace mesh::route
