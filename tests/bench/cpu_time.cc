#include "cpu_time.h"

#include <filesystem>
#include <fstream>
#include <string>

namespace mesh::bench {

uint64_t cpu_nanoseconds(const std::vector<int>& pids) {
  uint64_t total = 0;
  for (int pid : pids) {
    std::error_code error;
    std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task", error);
    if (error) continue;
    for (const auto& task : tasks) {
      uint64_t on_cpu = 0;
      std::ifstream(task.path() / "schedstat") >> on_cpu;
      total += on_cpu;
    }
  }
  return total;
}

}  // namespace mesh::bench
