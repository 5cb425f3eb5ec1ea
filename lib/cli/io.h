// The streams of a command: stdout is data, stderr is talk. Colour and terminal facts are decided once, here.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/exit_code.h"

namespace mesh::cli {

enum class Colour : unsigned char { automatic, always, never };

// A byte stream to a descriptor, or to memory for tests (descriptor -1). A failed write is remembered, not thrown.
class Output {
 public:
  Output(int fd, bool buffered) : fd_(fd), buffered_(buffered) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text);
  // write() and a line feed.
  void line(std::string_view text);
  // Hands buffered bytes to the descriptor; long-running commands call it after what a reader waits for.
  void flush();

  // The other end of the pipe is gone: nothing more can arrive, and that is no error. Endless commands should stop.
  bool closed() const { return closed_; }
  // errno of the first write that failed for another reason, or 0.
  int error() const { return error_; }
  int fd() const { return fd_; }
  // What was written, for memory streams.
  const std::string& text() const { return buffer_; }

  bool terminal = false;  // a person is looking
  bool colour = false;    // SGR sequences are wanted
  bool unicode = false;   // box-drawing characters are wanted

  // `text` in an SGR style ("1;31") if colour is on, else as it is.
  std::string styled(std::string_view style, std::string_view text) const;

 private:
  int fd_;
  bool buffered_;
  bool closed_ = false;
  int error_ = 0;
  std::string buffer_;
};

// What the environment says about terminals; taken apart from getenv so that the rules can be tested.
struct TerminalFacts {
  bool stdout_is_terminal = false;
  bool stderr_is_terminal = false;
  std::string no_color, force_color, term, lang;
};

struct Io {
  Output out;
  Output err;

  // The process's own streams.
  static Io for_process() { return Io{Output(1, true), Output(2, false)}; }
  // Memory streams.
  static Io for_test() { return Io{Output(-1, true), Output(-1, true)}; }

  // Sets terminal, colour and unicode of both streams: --color first, then NO_COLOR, FORCE_COLOR, TERM=dumb, terminal.
  void decide(Colour colour, const TerminalFacts& facts);

  // "meshctl: message" on stderr, control bytes escaped; answers the exit code, so that a command can return it.
  int fail(Exit code, std::string_view message);
  int fail(const Error& error);
};

// The whole of a file, or of standard input for "-"; at most `limit` bytes (Errc::limit beyond).
// Errors name the path in quotes.
Result<std::string> read_input(const std::string& path, size_t limit = 64u << 20);

}  // namespace mesh::cli
