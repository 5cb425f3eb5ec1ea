#include "base/duration.h"

#include <time.h>

#include <array>
#include <cstdio>

#include "base/text.h"

namespace mesh {

namespace {

struct Unit {
  std::string_view name;
  int64_t ns;
};

// Largest first; to_string picks the first that divides.
constexpr std::array<Unit, 7> kUnits{{{"d", 86'400'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};

int64_t read_clock(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace

std::optional<Duration> Duration::parse(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && (is_digit(text[digits]) || text[digits] == '.')) ++digits;
  std::string_view number = text.substr(0, digits), unit_name = text.substr(digits);
  size_t point = number.find('.');
  auto whole = parse_dec(number.substr(0, point), 1'000'000'000'000);
  if (!whole) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (unit.name != unit_name) continue;
    int64_t ns = 0;
    if (__builtin_mul_overflow(static_cast<int64_t>(*whole), unit.ns, &ns)) return std::nullopt;
    if (point != std::string_view::npos) {
      std::string_view fraction = number.substr(point + 1);
      if (fraction.empty() || fraction.size() > 9) return std::nullopt;
      int64_t scale = unit.ns;
      for (char c : fraction) {
        if (!is_digit(c)) return std::nullopt;
        if (scale % 10 != 0 && c != '0') return std::nullopt;
        scale /= 10;
        ns += scale * (c - '0');
      }
    }
    return Duration{ns};
  }
  return std::nullopt;
}

std::string Duration::to_string() const {
  if (ns == 0) return "0s";
  for (const Unit& unit : kUnits)
    if (ns % unit.ns == 0) return std::to_string(ns / unit.ns) + std::string(unit.name);
  return std::to_string(ns) + "ns";
}

Instant SystemClock::now() const { return {read_clock(CLOCK_MONOTONIC)}; }
int64_t SystemClock::wall_ns() const { return read_clock(CLOCK_REALTIME); }

std::string format_rfc3339_ms(int64_t wall_ns) {
  time_t seconds = static_cast<time_t>(wall_ns / 1'000'000'000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(wall_ns / 1'000'000 % 1000));
  return buffer;
}

}  // namespace mesh
