#include "route/regex.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>

namespace mesh::route {

namespace {

// The automaton of a set, built as it is used; what does not fit is tried one by one.
constexpr int64_t kSetMemory = 8 << 20;
constexpr int kRangeLength = 64;

RE2::Options options_of(int64_t memory) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(memory);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct Regex::Impl {
  explicit Impl(std::string_view pattern) : regex(piece(pattern), options_of(kMaxMemory)) {}
  RE2 regex;
};

Regex::Regex(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > kMaxPattern) return fail(Errc::limit, "the regex has more than 1,024 bytes");
  auto impl = std::make_unique<Impl>(pattern);
  if (!impl->regex.ok()) return fail(Errc::invalid, "not a regex: " + impl->regex.error());
  std::string low, high;
  bool bounded = impl->regex.PossibleMatchRange(&low, &high, kRangeLength);
  Regex out(std::move(impl));
  if (bounded) {
    out.low_ = std::move(low);
    out.high_ = std::move(high);
  }
  return out;
}

bool Regex::matches(std::string_view text) const {
  if (!high_.empty() && (text < low_ || text > high_)) return false;
  return RE2::FullMatch(piece(text), impl_->regex);
}

const std::string& Regex::pattern() const { return impl_->regex.pattern(); }

struct RegexSet::Impl {
  Impl() : set(options_of(kSetMemory), RE2::ANCHOR_BOTH) {}
  RE2::Set set;
};

RegexSet::RegexSet() = default;
RegexSet::RegexSet(RegexSet&&) noexcept = default;
RegexSet& RegexSet::operator=(RegexSet&&) noexcept = default;
RegexSet::~RegexSet() = default;

RegexSet RegexSet::compile(std::span<const Regex* const> regexes) {
  RegexSet out;
  auto impl = std::make_unique<Impl>();
  for (const Regex* regex : regexes)
    if (impl->set.Add(regex->pattern(), nullptr) < 0) return out;
  if (!regexes.empty() && impl->set.Compile()) out.impl_ = std::move(impl);
  return out;
}

bool RegexSet::find(std::string_view text, std::vector<int>& matched) const {
  RE2::Set::ErrorInfo error;
  if (!impl_->set.Match(piece(text), &matched, &error)) {
    matched.clear();
    return error.kind == RE2::Set::kNoError;
  }
  std::sort(matched.begin(), matched.end());
  return true;
}

}  // namespace mesh::route
