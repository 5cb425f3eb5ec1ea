// What the system says about this process, in the names that all exporters share.
#pragma once

#include <cstdint>

namespace mesh::telemetry {

struct ProcessFacts {
  double cpu_seconds = 0;
  double start_seconds = 0;  // since 1970
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t open_fds = 0;
  uint64_t max_fds = 0;
  uint64_t threads = 0;
};

// Reads /proc/self; what cannot be read stays 0.
ProcessFacts read_process();

}  // namespace mesh::telemetry
