#include "telemetry/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace mesh::telemetry {

namespace {

std::string read_small(const char* path) {
  std::string text(8192, '\0');
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  ssize_t n = read(fd, text.data(), text.size());
  close(fd);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return text;
}

uint64_t count_fds() {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  uint64_t count = 0;
  while (const dirent* entry = readdir(folder)) count += entry->d_name[0] != '.';
  closedir(folder);
  return count > 0 ? count - 1 : 0;  // the folder's own
}

// Seconds since 1970 when the system started: "btime" of /proc/stat (proc(5)).
double boot_seconds() {
  std::string text;
  int fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char piece[65536];
  while (ssize_t n = read(fd, piece, sizeof piece)) {
    if (n < 0) break;
    text.append(piece, static_cast<size_t>(n));
  }
  close(fd);
  size_t at = text.find("\nbtime ");
  if (at == std::string::npos) return 0;
  at += 7;
  return static_cast<double>(parse_dec(std::string_view(text).substr(at, text.find('\n', at) - at)).value_or(0));
}

}  // namespace

ProcessFacts read_process() {
  ProcessFacts facts;
  std::string stat = read_small("/proc/self/stat");
  // The command's name may hold anything; fields are counted from the last parenthesis (proc(5)): state is the third.
  size_t name_end = stat.rfind(") ");
  if (name_end != std::string::npos) {
    std::vector<std::string_view> fields = split(std::string_view(stat).substr(name_end + 2), ' ');
    auto field = [&](size_t number) {
      return number - 3 < fields.size() ? parse_dec(fields[number - 3]).value_or(0) : 0;
    };
    double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    facts.cpu_seconds = static_cast<double>(field(14) + field(15)) / ticks;
    facts.threads = field(20);
    facts.start_seconds = boot_seconds() + static_cast<double>(field(22)) / ticks;
    facts.virtual_bytes = field(23);
    facts.resident_bytes = field(24) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  }
  facts.open_fds = count_fds();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.max_fds = limit.rlim_cur;
  return facts;
}

}  // namespace mesh::telemetry
