// One proxy under load: its connection slots, and a slice of traffic measured at both ends.
#pragma once

#include <memory>
#include <vector>

#include "client.h"

namespace mesh::bench {

struct Slice {
  double seconds = 0;
  uint64_t requests = 0;
  uint64_t errors = 0;
  uint64_t resumed = 0;
  uint64_t cpu_ns = 0;
  uint32_t p50_us = 0;
  uint32_t p99_us = 0;
};

class Target {
 public:
  // `options`, `scratch` outlive the target.
  Target(const Options& options, const TargetOption& option, std::vector<char>& scratch);
  ~Target();
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  const TargetOption& option() const { return option_; }
  // Loads the proxy for the slice's length, lets the last requests finish, and reads its CPU before and after.
  Slice run_slice();
  // Issues exactly this many requests and waits for them.
  Slice run_requests(uint64_t count);

 private:
  void start();
  void poll_until(Instant end, bool stop_when_quiet);
  Slice finish(Instant begun, uint64_t cpu_before);

  const Options& options_;
  const TargetOption& option_;
  SslContext context_;
  Meter meter_;
  Wiring wiring_;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace mesh::bench
