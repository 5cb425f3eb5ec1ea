// bench_load: rotates slices of traffic through several proxies in one process and prints one JSON line per slice, with
// the CPU each proxy spent on it.
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>

#include "target.h"

namespace mesh::bench {
namespace {

constexpr size_t kScratch = 256 * 1024;

void print(const char* name, int rotation, const Slice& s) {
  std::cout << "{\"target\":\"" << name << "\",\"rotation\":" << rotation << ",\"seconds\":" << s.seconds
            << ",\"requests\":" << s.requests << ",\"errors\":" << s.errors << ",\"resumed\":" << s.resumed
            << ",\"cpu_ns\":" << s.cpu_ns << ",\"p50_us\":" << s.p50_us << ",\"p99_us\":" << s.p99_us << "}"
            << std::endl;
}

int run(const Options& options) {
  std::vector<char> scratch(kScratch);
  std::vector<std::unique_ptr<Target>> targets;
  for (const TargetOption& option : options.targets) {
    targets.push_back(std::make_unique<Target>(options, option, scratch));
  }
  if (options.requests > 0 || options.hold) {
    uint64_t count = options.hold ? static_cast<uint64_t>(options.connections) : options.requests;
    print(targets[0]->option().name.c_str(), 0, targets[0]->run_requests(count));
    while (options.hold && std::cin.get() != std::char_traits<char>::eof()) {
    }
    return 0;
  }
  // Rotation 0 opens the connections and warms caches up; it is not printed.
  for (auto& target : targets) target->run_slice();
  for (int rotation = 1; rotation <= options.rotations; ++rotation) {
    for (auto& target : targets) print(target->option().name.c_str(), rotation, target->run_slice());
  }
  return 0;
}

}  // namespace
}  // namespace mesh::bench

int main(int argc, char** argv) {
  auto options = mesh::bench::parse_options(argc, argv);
  if (!options) {
    std::cerr << "bench_load: " << options.error() << "\n";
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  return mesh::bench::run(*options);
}
