#include "cli/io.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace mesh::cli {

namespace {

constexpr size_t kFlushAt = 64 * 1024;

bool mentions_utf8(std::string_view lang) {
  std::string lower = to_lower(lang);
  return lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
}

bool wants_colour(Colour colour, const TerminalFacts& facts, bool is_terminal) {
  if (colour != Colour::automatic) return colour == Colour::always;
  if (!facts.no_color.empty()) return false;  // no-color.org: present and not empty
  if (!facts.force_color.empty()) return facts.force_color != "0";
  return is_terminal && !facts.term.empty() && facts.term != "dumb";
}

}  // namespace

void Output::write(std::string_view text) {
  if (closed_ || error_ != 0) return;
  buffer_.append(text);
  if (fd_ >= 0 && (!buffered_ || buffer_.size() >= kFlushAt)) flush();
}

void Output::line(std::string_view text) {
  if (closed_ || error_ != 0) return;
  buffer_.append(text);
  write("\n");
}

void Output::flush() {
  if (fd_ < 0) return;
  size_t done = 0;
  while (done < buffer_.size()) {
    ssize_t n = ::write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (n >= 0) {
      done += static_cast<size_t>(n);
    } else if (errno == EPIPE) {
      closed_ = true;
      break;
    } else if (errno != EINTR) {
      error_ = errno;
      break;
    }
  }
  buffer_.clear();
}

std::string Output::styled(std::string_view style, std::string_view text) const {
  if (!colour || text.empty()) return std::string(text);
  std::string out = "\x1b[";
  return out.append(style).append("m").append(text).append("\x1b[0m");
}

void Io::decide(Colour colour, const TerminalFacts& facts) {
  out.terminal = facts.stdout_is_terminal;
  err.terminal = facts.stderr_is_terminal;
  out.colour = wants_colour(colour, facts, out.terminal);
  err.colour = wants_colour(colour, facts, err.terminal);
  bool can_draw = mentions_utf8(facts.lang) && facts.term != "dumb";
  out.unicode = out.terminal && can_draw;
  err.unicode = err.terminal && can_draw;
}

int Io::fail(Exit code, std::string_view message) {
  out.flush();
  err.line("meshctl: " + escape_controls(message));
  return static_cast<int>(code);
}

int Io::fail(const Error& error) {
  return fail(exit_for(error.code), error.message.empty() ? to_string(error.code) : std::string_view(error.message));
}

Result<std::string> read_input(const std::string& path, size_t limit) {
  int fd = path == "-" ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return fail_errno(errno, "cannot open '" + path + "'");
  std::string text;
  int error = 0;
  char chunk[16 * 1024];
  while (text.size() <= limit) {
    ssize_t n = ::read(fd, chunk, sizeof chunk);
    if (n == 0) break;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      error = errno;
      break;
    }
    text.append(chunk, static_cast<size_t>(n));
  }
  if (fd != 0) ::close(fd);
  if (error != 0) return fail_errno(error, "cannot read '" + path + "'");
  if (text.size() > limit)
    return fail(Errc::limit, "'" + path + "' is larger than " + std::to_string(limit) + " bytes");
  return text;
}

}  // namespace mesh::cli
