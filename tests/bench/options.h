// The command line of bench_load.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace mesh::bench {

// One proxy under load: `name=127.0.0.1:PORT,PID[,PID...]`.
struct TargetOption {
  std::string name;
  uint16_t port = 0;
  std::vector<int> pids;  // all processes whose CPU counts as the proxy's
};

enum class Protocol : uint8_t { kHttp1, kHttp2 };

struct Options {
  std::vector<TargetOption> targets;
  Protocol protocol = Protocol::kHttp1;
  bool tls = false;
  bool resume = false;          // offer the session of the slot's last connection
  bool new_connection = false;  // one request per connection
  int connections = 64;
  int streams = 1;  // concurrent requests per HTTP/2 connection
  std::string path = "/1k";
  std::string host = "bench.example";
  uint64_t body = 0;  // bytes of a POST body; 0 sends GET
  int rotations = 15;
  int slice_ms = 250;
  bool hold = false;      // idle: one request per connection, then wait for end of input
  uint64_t requests = 0;  // when not 0: exactly this many requests to the first target, then exit
};

// Reads the flags; the error is a line for a person.
std::expected<Options, std::string> parse_options(int argc, char** argv);

}  // namespace mesh::bench
