#include "target.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cpu_time.h"
#include "http1_client.h"
#include "http2_client.h"

namespace mesh::bench {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kOpeners = 16;
constexpr auto kDrain = milliseconds(3000);

std::string request_head(const Options& options) {
  std::string head = options.body > 0 ? "POST " : "GET ";
  head += options.path + " HTTP/1.1\r\nHost: " + options.host + "\r\nUser-Agent: bench\r\nAccept: */*\r\n";
  if (options.body > 0) head += "Content-Length: " + std::to_string(options.body) + "\r\n";
  if (options.new_connection) head += "Connection: close\r\n";
  return head + "\r\n";
}

uint32_t percentile(std::vector<uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

Target::Target(const Options& options, const TargetOption& option, std::vector<char>& scratch)
    : options_(options), option_(option) {
  bool http2 = options.protocol == Protocol::kHttp2;
  if (options.tls) context_ = make_client_context(http2 ? "h2" : "http/1.1");
  wiring_ = {&options_, option.port,           context_.get(), epoll_create1(EPOLL_CLOEXEC),
             &meter_,   request_head(options), &scratch};
  for (int i = 0; i < options.connections; ++i) {
    if (http2) {
      clients_.push_back(std::make_unique<Http2Client>(wiring_));
    } else {
      clients_.push_back(std::make_unique<Http1Client>(wiring_));
    }
  }
}

Target::~Target() {
  clients_.clear();
  close(wiring_.epoll);
}

void Target::start() {
  meter_ = Meter{};
  meter_.active = true;
}

void Target::poll_until(Instant end, bool stop_when_quiet) {
  std::array<epoll_event, 256> events;
  for (;;) {
    if (stop_when_quiet && meter_.outstanding == 0) return;
    auto left = std::chrono::duration_cast<milliseconds>(end - now()).count();
    if (left < 0) return;
    int count = epoll_wait(wiring_.epoll, events.data(), static_cast<int>(events.size()), static_cast<int>(left) + 1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      static_cast<Client*>(event.data.ptr)->on_ready(event.events);
    }
  }
}

Slice Target::run_slice() {
  start();
  uint64_t cpu = cpu_nanoseconds(option_.pids);
  Instant begun = now();
  for (auto& client : clients_) client->issue();
  poll_until(begun + milliseconds(options_.slice_ms), false);
  return finish(begun, cpu);
}

Slice Target::run_requests(uint64_t count) {
  start();
  meter_.limit = options_.hold ? 0 : count;
  uint64_t cpu = cpu_nanoseconds(option_.pids);
  Instant begun = now();
  for (auto& client : clients_) {
    if (options_.hold) meter_.limit = meter_.issued + 1;  // one request for each slot
    client->issue();
    // Idle connections are opened a few at a time, so that they do not leave a herd of upstream ones behind.
    if (options_.hold && meter_.outstanding >= kOpeners) poll_until(begun + std::chrono::minutes(5), true);
  }
  poll_until(begun + std::chrono::minutes(5), true);
  return finish(begun, cpu);
}

Slice Target::finish(Instant begun, uint64_t cpu_before) {
  meter_.active = false;
  poll_until(now() + kDrain, true);
  Slice slice;
  slice.seconds = std::chrono::duration<double>(now() - begun).count();
  slice.cpu_ns = cpu_nanoseconds(option_.pids) - cpu_before;
  if (meter_.outstanding > 0) {
    for (auto& client : clients_) client->abandon();
  }
  std::sort(meter_.latencies_us.begin(), meter_.latencies_us.end());
  slice.requests = meter_.done;
  slice.errors = meter_.errors;
  slice.resumed = meter_.resumed;
  slice.p50_us = percentile(meter_.latencies_us, 0.5);
  slice.p99_us = percentile(meter_.latencies_us, 0.99);
  return slice;
}

}  // namespace mesh::bench
