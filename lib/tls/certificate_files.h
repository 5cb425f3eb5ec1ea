// Certificates that are renewed on disk while the process runs: looks whether the files are others than they were and
// makes a new context then. No thread and no timer of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tls/context.h"

namespace mesh::tls {

// Which files are there, told by device, inode, size and time of change; symbolic links are followed.
class FileStamps {
 public:
  explicit FileStamps(std::vector<std::string> paths);
  // Whether any of the files is another than at the last call (or at construction). Blocks on stat(2).
  bool changed();
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  struct Stamp {
    uint64_t device = 0, inode = 0, size = 0;
    int64_t mtime_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp look(const std::string& path);
  std::vector<std::string> paths_;
  std::vector<Stamp> stamps_;
};

// For a service thread, every second or so.
class CertificateFiles {
 public:
  // To be made before the context from the same `config`, so that no change falls between the two.
  explicit CertificateFiles(ServerConfig config);
  // Nothing when the files are as they were. Otherwise a context of the new ones, or the error that keeps the old one
  // in use (half of a pair may be written: the next change is tried again).
  std::optional<Result<std::shared_ptr<const ServerContext>>> check();

 private:
  ServerConfig config_;
  FileStamps stamps_;
};

}  // namespace mesh::tls
