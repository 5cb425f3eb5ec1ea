// CPU time of other processes, from the scheduler's own nanosecond counters.
#pragma once

#include <cstdint>
#include <vector>

namespace mesh::bench {

// Nanoseconds that all threads of these processes have spent on a CPU (user and system). Threads that have ended are
// not counted; a process that is gone counts 0.
uint64_t cpu_nanoseconds(const std::vector<int>& pids);

}  // namespace mesh::bench
