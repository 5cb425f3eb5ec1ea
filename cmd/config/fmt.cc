// `meshctl config fmt FILE...`.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "cli/spec.h"
#include "config/format.h"

namespace {

using namespace mesh::cli;

// Written beside the file and renamed over it, with its mode: a reader sees the old or the new text, never a part.
mesh::Status replace_file(const std::string& path, std::string_view text) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return mesh::fail_errno(errno, "cannot read '" + path + "'");
  std::string fresh = path + ".fmt." + std::to_string(::getpid());
  int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return mesh::fail_errno(errno, "cannot write '" + fresh + "'");
  int error = 0;
  while (!text.empty() && error == 0) {
    ssize_t done = ::write(fd, text.data(), text.size());
    if (done >= 0) {
      text.remove_prefix(static_cast<size_t>(done));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && (::fchmod(fd, facts.st_mode & 07777) != 0 || ::fsync(fd) != 0)) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(fresh.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(fresh.c_str());
  return mesh::fail_errno(error, "cannot write '" + path + "'");
}

int run_fmt(const Args& args, Io& io) {
  bool check = args.flag("check"), write = args.flag("write"), differs = false;
  if (check && write) return io.fail(Exit::usage, "flags '--check' and '--write' exclude each other");
  for (const std::string& path : args.all("FILE")) {
    auto text = read_input(path, 8u << 20);
    if (!text) return io.fail(text.error());
    auto tidy = mesh::config::format_text(path, *text);
    if (!tidy) return io.fail(Exit::input, tidy.error().message);
    if (!check && (!write || path == "-")) {
      io.out.write(*tidy);
    } else if (*tidy != *text) {
      differs = true;
      io.out.line(path);
      if (!write) continue;
      if (mesh::Status status = replace_file(path, *tidy); !status) return io.fail(status.error());
    }
  }
  return static_cast<int>(check && differs ? Exit::no : Exit::ok);
}

}  // namespace

mesh::cli::CommandSpec cmd_config_fmt() {
  return {
      .noun = "config",
      .verb = "fmt",
      .summary = "tidy the layout of configuration files",
      .description =
          "Takes spaces from the ends of lines, carriage returns and superfluous empty lines away. Values and "
          "comments stay; the result is read again and compared before it is used.",
      .positionals = {{.name = "FILE",
                       .help = "a configuration file, or - for standard input",
                       .type = Type::file,
                       .repeatable = true}},
      .options = {{.name = "write",
                   .letter = 'w',
                   .type = Type::flag,
                   .help = "change the files in place and name those that changed"},
                  {.name = "check", .type = Type::flag, .help = "name the files that would change, and end with 1"}},
      .examples = {{"meshctl config fmt --check edge.yaml", "for continuous integration"}},
      .exits = {{Exit::no, "--check found a file that would change"},
                {Exit::input, "a file is missing or does not parse"}},
      .group = "check",
      .run = run_fmt};
}
