// One line of the access log from one record, as JSON or as text. docs/access-log.md lists the keys.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "config/model.h"
#include "exchange/record.h"

namespace mesh::telemetry {

// One per worker: it keeps the line it made last and the text of the current second. Allocates nothing per line.
class LogLine {
 public:
  LogLine();

  // With its line feed; valid until the next call. Values are cut at kMaxValue bytes, the target at kMaxTarget.
  std::string_view format(config::LogFormat format, const exchange::Record& record);

  static constexpr size_t kMaxValue = 1024;
  static constexpr size_t kMaxTarget = 8192;

 private:
  std::string_view json(const exchange::Record& record);
  std::string_view text(const exchange::Record& record);
  void read_second(int64_t wall_ns);

  std::unique_ptr<char[]> line_;
  int64_t second_ = INT64_MIN;
  char rfc3339_[20];  // "2026-01-31T12:00:00."
  char common_[28];   // "31/Jan/2026:12:00:00 +0000"
};

}  // namespace mesh::telemetry
