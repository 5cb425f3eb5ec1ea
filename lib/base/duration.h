// Time as types: Duration is signed nanoseconds; Instant is monotonic; wall time is apart, injected where it is needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mesh {

struct Duration {
  int64_t ns = 0;

  static constexpr Duration nanoseconds(int64_t n) { return {n}; }
  static constexpr Duration microseconds(int64_t n) { return {n * 1'000}; }
  static constexpr Duration milliseconds(int64_t n) { return {n * 1'000'000}; }
  static constexpr Duration seconds(int64_t n) { return {n * 1'000'000'000}; }

  constexpr double to_seconds() const { return static_cast<double>(ns) / 1e9; }
  constexpr int64_t to_ms() const { return ns / 1'000'000; }
  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration o) const { return {ns + o.ns}; }
  constexpr Duration operator-(Duration o) const { return {ns - o.ns}; }
  constexpr Duration operator*(int64_t k) const { return {ns * k}; }

  // "250ms", "1.5s", "10m", "24h", "30d": a number with its unit; a bare number has no unit and is refused.
  static std::optional<Duration> parse(std::string_view text);
  // The shortest exact form: "1s", "250ms", "90s".
  std::string to_string() const;
};

// A point of the monotonic clock.
struct Instant {
  int64_t ns = 0;
  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Duration d) const { return {ns + d.ns}; }
  constexpr Duration operator-(Instant o) const { return {ns - o.ns}; }
};

// Where time comes from. Decisions take a Clock; only base reads the system's.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  // Nanoseconds since 1970-01-01 UTC.
  virtual int64_t wall_ns() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  int64_t wall_ns() const override;
};

// For tests: stands still until told.
class ManualClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  int64_t wall_ns() const override { return wall_ns_; }
  void advance(Duration d) {
    now_ = now_ + d;
    wall_ns_ += d.ns;
  }
  void set_wall_ns(int64_t ns) { wall_ns_ = ns; }

 private:
  Instant now_{1'000'000'000};
  int64_t wall_ns_ = 1'700'000'000'000'000'000;
};

// "2026-01-31T12:00:00.123Z" with milliseconds (RFC 3339).
std::string format_rfc3339_ms(int64_t wall_ns);

}  // namespace mesh
