// The access log: workers put finished lines into rings of their own, one thread writes them out. A worker never waits:
// where the writer cannot keep up (a full disk, a blocked pipe), lines are dropped and counted.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/duration.h"
#include "config/model.h"
#include "exchange/record.h"
#include "telemetry/line_ring.h"
#include "telemetry/log_file.h"
#include "telemetry/log_line.h"

namespace mesh::telemetry {

class AccessLog {
 public:
  static constexpr size_t kRingSize = 1 << 20;

  // `clock` outlives the log; it times the warning that lines are lost, at most one a minute.
  explicit AccessLog(const Clock& clock, size_t ring_size = kRingSize);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  // Where and how lines are written from now on. When the path cannot be opened, nothing changes. Errors: LogFile's.
  Status use(const std::string& path, config::LogFormat format);
  // Before the first write() and start(); once.
  void make_rings(uint32_t workers);
  // Starts the writer thread. Without it, turn() does its work.
  void start();
  // Writes what waits and ends the thread; a blocked pipe is given half a second.
  void stop();
  // The path is opened anew before the next line is written.
  void reopen();

  // By the worker's own thread.
  void write(uint32_t worker, const exchange::Record& record);

  uint64_t lines() const;
  uint64_t dropped() const;

  // Writes what waits now. False when there was nothing. For the writer thread, and for tests without one.
  bool turn();

 private:
  struct Ring {
    explicit Ring(size_t size) : lines(size) {}
    LineRing lines;
    LogLine line;
  };
  void run();
  void wait(int milliseconds);
  void wake();
  bool anything_waits() const;
  bool may_move() const;
  bool drain(LineRing& ring, uint64_t end);
  size_t gather(LineRing& ring, uint64_t end);
  void open_again();
  void write_batch(size_t size);
  void warn_if_lost();

  const Clock& clock_;
  size_t ring_size_;
  std::vector<std::unique_ptr<Ring>> rings_;
  std::atomic<config::LogFormat> format_{config::LogFormat::off};
  std::atomic<bool> asleep_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> reopen_{false};
  std::atomic<uint64_t> lost_{0};  // lines that reached the writer and no further
  int wake_fd_ = -1;
  std::thread thread_;

  // Lines from before use() go to the file from before.
  struct Next {
    LogFile file;
    std::vector<uint64_t> begins;  // by ring: where the first line for it begins
  };
  std::mutex next_mutex_;   // between use() and the writer
  std::vector<Next> next_;  // oldest first

  // The writer's own.
  LogFile file_;
  std::unique_ptr<char[]> batch_;
  uint64_t warned_lost_ = 0;
  std::optional<Instant> warned_;
  int last_error_ = 0;
};

}  // namespace mesh::telemetry
