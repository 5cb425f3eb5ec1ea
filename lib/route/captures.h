// What the variables of a path template took from a request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mesh::route {

// Names point into the table, values into the request's path (normalised, escapes kept as they are forwarded).
class Captures {
 public:
  static constexpr size_t kMax = 16;  // a template with more variables is refused when it is compiled

  struct Capture {
    std::string_view name;
    std::string_view value;
  };

  void clear() { size_ = 0; }
  void add(std::string_view name, std::string_view value) {
    if (size_ < kMax) items_[size_++] = {name, value};
  }
  // nullptr when there is no such variable.
  const std::string_view* find(std::string_view name) const {
    for (uint32_t i = 0; i < size_; ++i)
      if (items_[i].name == name) return &items_[i].value;
    return nullptr;
  }
  size_t size() const { return size_; }
  const Capture* begin() const { return items_; }
  const Capture* end() const { return items_ + size_; }

 private:
  uint32_t size_ = 0;
  Capture items_[kMax];
};

}  // namespace mesh::route
