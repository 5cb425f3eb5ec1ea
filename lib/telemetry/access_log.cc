#include "telemetry/access_log.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/log.h"

namespace mesh::telemetry {

using config::LogFormat;

namespace {

constexpr size_t kBatch = 256 * 1024;
constexpr int kGatherMs = 10;  // lines of so long go out in one write
constexpr int kIdleMs = 500;   // a file that was rotated while nothing happened is made again
constexpr Duration kWarnEvery = Duration::seconds(60);

}  // namespace

AccessLog::AccessLog(const Clock& clock, size_t ring_size)
    : clock_(clock), ring_size_(ring_size), wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

AccessLog::~AccessLog() {
  stop();
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

Status AccessLog::use(const std::string& path, LogFormat format) {
  if (format != LogFormat::off) {
    auto file = LogFile::open(path);
    if (!file) return fail(file.error());
    {
      std::lock_guard lock(next_mutex_);
      Next& next = next_.emplace_back(std::move(*file));
      for (const auto& ring : rings_) next.begins.push_back(ring->lines.end());
    }
    wake();
  }
  format_.store(format, std::memory_order_relaxed);
  return {};
}

void AccessLog::make_rings(uint32_t workers) {
  for (uint32_t i = 0; i < workers; ++i) rings_.push_back(std::make_unique<Ring>(ring_size_));
}

void AccessLog::start() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "access-log");
    run();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void AccessLog::stop() {
  stopping_.store(true);
  if (!thread_.joinable()) return;
  wake();
  thread_.join();
}

void AccessLog::reopen() {
  reopen_.store(true);
  wake();
}

void AccessLog::write(uint32_t worker, const exchange::Record& record) {
  LogFormat format = format_.load(std::memory_order_relaxed);
  if (format == LogFormat::off) return;
  Ring& ring = *rings_[worker];
  if (!ring.lines.push(ring.line.format(format, record))) return;
  if (ring.lines.passed_half() || (asleep_.load() && asleep_.exchange(false))) wake();
}

void AccessLog::wake() {
  uint64_t one = 1;
  [[maybe_unused]] ssize_t n = ::write(wake_fd_, &one, sizeof one);
}

uint64_t AccessLog::lines() const {
  uint64_t sum = 0;
  for (const auto& ring : rings_) sum += ring->lines.pushed();
  uint64_t lost = lost_.load(std::memory_order_relaxed);
  return sum > lost ? sum - lost : 0;
}

uint64_t AccessLog::dropped() const {
  uint64_t sum = lost_.load(std::memory_order_relaxed);
  for (const auto& ring : rings_) sum += ring->lines.dropped();
  return sum;
}

void AccessLog::run() {
  for (;;) {
    // Read before looking: what was pushed before stop() is written.
    bool last = stopping_.load();
    bool wrote = turn();
    if (wrote) {
      if (!last) wait(kGatherMs);
      continue;
    }
    if (last) return;
    asleep_.store(true);
    if (!anything_waits() && !stopping_.load()) wait(may_move() ? kIdleMs : -1);
    // Woken by the first line of a burst: let it grow.
    bool woken = !asleep_.exchange(false);
    if (woken && !stopping_.load()) wait(kGatherMs);
  }
}

// Only a file can be rotated while nothing is written; without one the thread sleeps until it is woken.
bool AccessLog::may_move() const { return file_ && file_.path() != "-"; }

void AccessLog::wait(int milliseconds) {
  pollfd event{wake_fd_, POLLIN, 0};
  if (poll(&event, 1, milliseconds) <= 0) return;
  uint64_t count;
  [[maybe_unused]] ssize_t n = ::read(wake_fd_, &count, sizeof count);
}

bool AccessLog::anything_waits() const {
  return std::any_of(rings_.begin(), rings_.end(), [](const auto& ring) { return !ring->lines.empty(); });
}

bool AccessLog::turn() {
  // Ends first: without a next file after that, everything before them belongs to this one.
  std::vector<uint64_t> ends;
  for (const auto& ring : rings_) ends.push_back(ring->lines.end());
  std::vector<Next> files;
  {
    std::lock_guard lock(next_mutex_);
    files.swap(next_);
  }
  bool again = reopen_.exchange(false);
  if (file_ && (again || file_.moved())) open_again();
  bool any = false;
  for (Next& next : files) {
    for (size_t i = 0; i < next.begins.size(); ++i) any |= drain(rings_[i]->lines, next.begins[i]);
    file_ = std::move(next.file);
  }
  for (size_t i = 0; i < rings_.size(); ++i) any |= drain(rings_[i]->lines, ends[i]);
  warn_if_lost();
  return any;
}

bool AccessLog::drain(LineRing& ring, uint64_t end) {
  bool any = false;
  while (size_t size = gather(ring, end)) {
    any = true;
    write_batch(size);
  }
  return any;
}

// Whole lines into the batch; how many bytes.
size_t AccessLog::gather(LineRing& ring, uint64_t end) {
  auto pieces = ring.waiting(end);
  if (pieces[0].empty()) return 0;
  if (!batch_) batch_ = std::make_unique_for_overwrite<char[]>(kBatch);
  size_t size = 0;
  for (std::string_view piece : pieces) {
    size_t taken = std::min(piece.size(), kBatch - size);
    std::memcpy(batch_.get() + size, piece.data(), taken);
    size += taken;
  }
  size = std::string_view(batch_.get(), size).rfind('\n') + 1;
  ring.consume(size);
  return size;
}

void AccessLog::open_again() {
  auto file = LogFile::open(file_.path());
  if (file) {
    file_ = std::move(*file);
    return;
  }
  // Lines go on into the old file, wherever it is now.
  if (last_error_ != file.error().sys) log::error("access log cannot be reopened", {{"error", file.error().message}});
  last_error_ = file.error().sys;
}

void AccessLog::write_batch(size_t size) {
  std::string_view lines(batch_.get(), size);
  if (!file_) return;
  auto outcome = file_.write(lines, stopping_);
  if (outcome.error != 0) last_error_ = outcome.error;
  if (outcome.lines_lost > 0) lost_.fetch_add(outcome.lines_lost, std::memory_order_relaxed);
}

void AccessLog::warn_if_lost() {
  uint64_t total = dropped();
  if (total == warned_lost_) return;
  Instant now = clock_.now();
  if (warned_ && now - *warned_ < kWarnEvery) return;
  std::string why = last_error_ == 0 ? "the writer cannot keep up" : std::string(std::strerror(last_error_));
  log::warn("access log lines dropped", {{"lines", std::to_string(total - warned_lost_)}, {"cause", why}});
  warned_ = now;
  warned_lost_ = total;
  last_error_ = 0;
}

}  // namespace mesh::telemetry
