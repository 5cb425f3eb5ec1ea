// The metrics there are: names, types, labels and help. docs/metrics.md lists the same.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace mesh::telemetry {

enum class Family : uint8_t {
  requests,
  request_duration,
  received_bytes,
  sent_bytes,
  rejected_requests,
  upstream_requests,
  upstream_retries,
  upstream_response_time,
  tcp_connections,
  tcp_received_bytes,
  tcp_sent_bytes,
  connections_refused,
  tls_handshakes_failed,
  kCount,
};

enum class Type : uint8_t { counter, gauge, histogram, info };

struct FamilyInfo {
  std::string_view name;  // without _total
  Type type;
  std::string_view help;
  std::span<const std::string_view> labels;
};
const FamilyInfo& describe(Family family);

// Upper bounds of histogram buckets, in nanoseconds, and as they are written.
struct Bucket {
  int64_t ns;
  std::string_view text;
};
inline constexpr std::array<Bucket, 15> kBuckets{{{500'000, "0.0005"},
                                                  {1'000'000, "0.001"},
                                                  {2'500'000, "0.0025"},
                                                  {5'000'000, "0.005"},
                                                  {10'000'000, "0.01"},
                                                  {25'000'000, "0.025"},
                                                  {50'000'000, "0.05"},
                                                  {100'000'000, "0.1"},
                                                  {250'000'000, "0.25"},
                                                  {500'000'000, "0.5"},
                                                  {1'000'000'000, "1.0"},
                                                  {2'500'000'000, "2.5"},
                                                  {5'000'000'000, "5.0"},
                                                  {10'000'000'000, "10.0"},
                                                  {60'000'000'000, "60.0"}}};
// Cells of a histogram: the buckets, one for what is above, the sum in nanoseconds.
inline constexpr uint32_t kHistogramCells = kBuckets.size() + 2;
inline constexpr uint32_t kSumCell = kBuckets.size() + 1;
inline uint32_t bucket_of(int64_t ns) {
  uint32_t at = 0;
  for (const Bucket& bucket : kBuckets) at += ns > bucket.ns;
  return at;
}

inline constexpr std::string_view kNone = "none";    // no route matched, no service was chosen, no response
inline constexpr std::string_view kOther = "other";  // a name that no configuration has, or one too many

// The label for a status: itself when it is registered (IANA HTTP Status Code Registry, and 499), kNone for 0, kOther
// for anything an upstream makes up.
std::string_view code_label(int status);

}  // namespace mesh::telemetry
