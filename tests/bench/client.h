// What the two protocols' clients share: one connection slot that is asked to send and told when its socket is ready.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "options.h"
#include "transport.h"

namespace mesh::bench {

using Instant = std::chrono::steady_clock::time_point;

inline Instant now() { return std::chrono::steady_clock::now(); }

// The count of one slice, shared by all slots of a target.
struct Meter {
  bool active = false;
  uint64_t limit = 0;  // requests that may be issued in all; 0 is no limit
  uint64_t issued = 0;
  uint64_t done = 0;
  uint64_t errors = 0;
  uint64_t outstanding = 0;
  uint64_t resumed = 0;
  std::vector<uint32_t> latencies_us;

  bool may_issue() const { return active && (limit == 0 || issued < limit); }

  void begin() {
    ++issued;
    ++outstanding;
  }

  void finish(Instant started, bool ok) {
    --outstanding;
    if (!ok) {
      ++errors;
      return;
    }
    ++done;
    auto took = std::chrono::duration_cast<std::chrono::microseconds>(now() - started).count();
    latencies_us.push_back(static_cast<uint32_t>(took));
  }
};

// What every slot of a target needs to open a connection and fill a request.
struct Wiring {
  const Options* options = nullptr;
  uint16_t port = 0;
  SSL_CTX* context = nullptr;  // null in the clear
  int epoll = -1;
  Meter* meter = nullptr;
  std::string head;                      // the HTTP/1.1 request head
  std::vector<char>* scratch = nullptr;  // receive buffer shared by all slots; nothing stays in it between calls
};

class Client {
 public:
  virtual ~Client() = default;
  // Sends as many requests as the slot holds while the meter allows; connects first when needed.
  virtual void issue() = 0;
  // The socket became readable or writable, or ended.
  virtual void on_ready(uint32_t events) = 0;
  // Drops the connection; requests under way count as errors.
  virtual void abandon() = 0;
};

// Registers the socket for every event, edge-triggered.
bool watch(int epoll, int fd, Client* client);

}  // namespace mesh::bench
