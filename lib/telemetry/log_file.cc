#include "telemetry/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mesh::telemetry {

namespace {

constexpr int kPollMs = 500;
// POLLOUT promises room for this much in a pipe (PIPE_BUF): writing no more never blocks.
constexpr size_t kPipeWrite = 4096;

bool is_regular(int fd) {
  struct stat info{};
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

}  // namespace

LogFile::LogFile(LogFile&& other) noexcept { *this = std::move(other); }

LogFile& LogFile::operator=(LogFile&& other) noexcept {
  if (this == &other) return *this;
  if (owned_ && fd_ >= 0) ::close(fd_);
  fd_ = std::exchange(other.fd_, -1);
  owned_ = other.owned_;
  regular_ = other.regular_;
  torn_ = other.torn_;
  path_ = std::move(other.path_);
  return *this;
}

LogFile::~LogFile() {
  if (owned_ && fd_ >= 0) ::close(fd_);
}

Result<LogFile> LogFile::open(const std::string& path) {
  if (path == "-") {
    LogFile file = borrow(STDOUT_FILENO);
    file.path_ = path;
    return file;
  }
  // Not waiting for the reader of a FIFO.
  int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  if (fd < 0) return fail_errno(errno, "cannot open access log '" + path + "'");
  LogFile file = borrow(fd);
  file.owned_ = true;
  file.path_ = path;
  return file;
}

LogFile LogFile::borrow(int fd) {
  LogFile file;
  file.fd_ = fd;
  file.regular_ = is_regular(fd);
  file.path_ = "-";
  return file;
}

bool LogFile::moved() const {
  if (fd_ < 0 || path_ == "-") return false;
  struct stat named{}, opened{};
  if (stat(path_.c_str(), &named) != 0) return errno == ENOENT || errno == ENOTDIR;
  if (fstat(fd_, &opened) != 0) return false;
  return named.st_dev != opened.st_dev || named.st_ino != opened.st_ino;
}

LogFile::Outcome LogFile::write(std::string_view lines, const std::atomic<bool>& hurry) {
  Outcome outcome;
  if (torn_ && write_bytes("\n", hurry, outcome.error) == 1) torn_ = false;
  size_t written = torn_ ? 0 : write_bytes(lines, hurry, outcome.error);
  if (written == lines.size()) return outcome;
  size_t last = lines.substr(0, written).rfind('\n');
  size_t whole = last == std::string_view::npos ? 0 : last + 1;
  if (written > whole) {
    struct stat info{};
    auto part = static_cast<off_t>(written - whole);
    torn_ = !(regular_ && fstat(fd_, &info) == 0 && info.st_size >= part && ftruncate(fd_, info.st_size - part) == 0);
  }
  std::string_view lost = lines.substr(whole);
  outcome.lines_lost = static_cast<uint64_t>(std::count(lost.begin(), lost.end(), '\n'));
  return outcome;
}

// How many bytes went out; fewer than all with an error.
size_t LogFile::write_bytes(std::string_view bytes, const std::atomic<bool>& hurry, int& error) {
  size_t done = 0;
  while (done < bytes.size()) {
    size_t size = bytes.size() - done;
    if (!regular_) {
      if (!wait_writable(hurry)) {
        error = ETIMEDOUT;
        return done;
      }
      size = std::min(size, kPipeWrite);
    }
    ssize_t n = ::write(fd_, bytes.data() + done, size);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n < 0 && errno != EINTR && errno != EAGAIN) {
      error = errno;
      return done;
    }
  }
  return done;
}

bool LogFile::wait_writable(const std::atomic<bool>& hurry) const {
  for (;;) {
    pollfd wanted{fd_, POLLOUT, 0};
    bool last_try = hurry.load();
    int ready = poll(&wanted, 1, kPollMs);
    // An error is for write() to tell.
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
    if (ready == 0 && last_try) return false;
  }
}

}  // namespace mesh::telemetry
