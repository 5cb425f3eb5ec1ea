// Where access-log lines go: a file that may be rotated under us, a pipe that may be blocked, a disk that may be full.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mesh::telemetry {

class LogFile {
 public:
  LogFile() = default;
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&& other) noexcept;
  ~LogFile();

  // Opens for appending, making the file (mode 0640) if it is not there; "-" is standard output.
  // Errors: permission, not_found (no such folder), io; the message names the path.
  static Result<LogFile> open(const std::string& path);
  // A descriptor of the caller's. For tests.
  static LogFile borrow(int fd);

  explicit operator bool() const { return fd_ >= 0; }
  const std::string& path() const { return path_; }
  // The path names another file by now, or none: it was rotated or deleted.
  bool moved() const;

  // Writes whole lines. What cannot be written is lost; a line of which only a part went out is taken back, or ended
  // with a line feed where that cannot be done. Waits on a blocked pipe for as long as `hurry` is false, and half a
  // second after that.
  struct Outcome {
    uint64_t lines_lost = 0;
    int error = 0;  // errno of why
  };
  Outcome write(std::string_view lines, const std::atomic<bool>& hurry);

 private:
  size_t write_bytes(std::string_view bytes, const std::atomic<bool>& hurry, int& error);
  bool wait_writable(const std::atomic<bool>& hurry) const;

  int fd_ = -1;
  bool owned_ = false;
  bool regular_ = false;
  bool torn_ = false;  // the last byte written lies within a line
  std::string path_;
};

}  // namespace mesh::telemetry
