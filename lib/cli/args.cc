#include "cli/args.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace mesh::cli {

const Args::Value& Args::value(std::string_view name) const {
  auto it = values_.find(name);
  if (it == values_.end()) {
    std::fprintf(stderr, "meshctl: bug: the command asks for '%.*s', which its spec does not have\n",
                 static_cast<int>(name.size()), name.data());
    std::abort();
  }
  return it->second;
}

const std::string& Args::get(std::string_view name) const {
  static const std::string kNone;
  const Value& found = value(name);
  return found.values.empty() ? kNone : found.values.back();
}

std::optional<std::string> Args::find(std::string_view name) const {
  const Value& found = value(name);
  if (found.values.empty()) return std::nullopt;
  return found.values.back();
}

const std::vector<std::string>& Args::all(std::string_view name) const { return value(name).values; }
bool Args::given(std::string_view name) const { return value(name).given; }

uint64_t Args::integer(std::string_view name) const { return parse_dec(get(name), INT64_MAX).value_or(0); }
uint64_t Args::size(std::string_view name) const { return parse_size(get(name)).value_or(0); }
double Args::percent(std::string_view name) const { return parse_percent(get(name)).value_or(0); }
Duration Args::duration(std::string_view name) const { return Duration::parse(get(name)).value_or(Duration{}); }

std::optional<uint64_t> parse_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    uint64_t bytes;
  };
  static constexpr std::array<Unit, 11> kUnits{{{"", 1},
                                                {"B", 1},
                                                {"KiB", 1ull << 10},
                                                {"MiB", 1ull << 20},
                                                {"GiB", 1ull << 30},
                                                {"K", 1ull << 10},
                                                {"M", 1ull << 20},
                                                {"G", 1ull << 30},
                                                {"KB", 1'000},
                                                {"MB", 1'000'000},
                                                {"GB", 1'000'000'000}}};
  size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  auto count = parse_dec(text.substr(0, digits), INT64_MAX);
  if (!count) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (unit.name != text.substr(digits)) continue;
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(*count, unit.bytes, &bytes) || bytes > INT64_MAX) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

std::optional<double> parse_percent(std::string_view text) {
  if (text.empty() || text.back() != '%') return std::nullopt;
  text.remove_suffix(1);
  size_t point = text.find('.');
  auto whole = parse_dec(text.substr(0, point), 100);
  if (!whole) return std::nullopt;
  double value = static_cast<double>(*whole);
  if (point != std::string_view::npos) {
    std::string_view fraction = text.substr(point + 1);
    auto parts = parse_dec(fraction);
    if (!parts || fraction.size() > 9) return std::nullopt;
    double scale = 1;
    for (size_t i = 0; i < fraction.size(); ++i) scale *= 10;
    value += static_cast<double>(*parts) / scale;
  }
  if (value > 100) return std::nullopt;
  return value;
}

}  // namespace mesh::cli
