// Regexes of conditions: RE2 behind one file. Linear time, bounded memory (threats RS-07).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mesh::route {

class Regex {
 public:
  static constexpr size_t kMaxPattern = 1024;
  static constexpr int64_t kMaxMemory = 1 << 20;

  // Errors: invalid, with RE2's words; limit for a pattern of more than kMaxPattern bytes.
  static Result<Regex> compile(std::string_view pattern);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  // Does the whole text match?
  bool matches(std::string_view text) const;
  const std::string& pattern() const;
  // All that matches lies between the two, as bytes are ordered. Both empty when nothing is known.
  const std::string& low() const { return low_; }
  const std::string& high() const { return high_; }

 private:
  struct Impl;
  explicit Regex(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
  std::string low_, high_;
};

// Many regexes tried at once.
class RegexSet {
 public:
  RegexSet();
  RegexSet(RegexSet&&) noexcept;
  RegexSet& operator=(RegexSet&&) noexcept;
  ~RegexSet();

  // Empty patterns, or ones too large together, leave the set unusable: then each has to be tried by itself.
  static RegexSet compile(std::span<const Regex* const> regexes);
  bool usable() const { return impl_ != nullptr; }
  // The indexes of those that match the whole text, ascending. False when memory did not suffice: try each by itself.
  bool find(std::string_view text, std::vector<int>& matched) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace mesh::route
