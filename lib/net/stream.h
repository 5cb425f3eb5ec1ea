// A byte stream as the codecs see it: plain TCP, Unix, TLS or an in-memory pipe. The try_ calls never wait; read() and
// write() are their awaiting forms: the system call first, suspension only on a miss. One reader and one writer at a
// time (asserted).
#pragma once

#include <sys/uio.h>

#include <cassert>
#include <coroutine>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "async/loop.h"
#include "async/timer.h"
#include "base/result.h"

namespace mesh::net {

// What one attempt gave.
struct Io {
  enum class Kind : uint8_t { ok, block, eof, error };
  Kind kind = Kind::ok;
  int err = 0;      // errno with Kind::error; 0 for a TLS failure
  size_t size = 0;  // bytes moved with Kind::ok
  static Io ok(size_t n) { return {Kind::ok, 0, n}; }
  static Io block() { return {Kind::block, 0, 0}; }
  static Io eof() { return {Kind::eof, 0, 0}; }
  static Io error(int err) { return {Kind::error, err, 0}; }
};

class Stream;

class ReadAwaiter : async::Waiter, async::Timer {
 public:
  ReadAwaiter(Stream& stream, std::span<char> into, async::Deadline deadline)
      : stream_(stream), into_(into), deadline_(deadline) {}
  ~ReadAwaiter();
  bool await_ready() { return attempt(); }
  void await_suspend(std::coroutine_handle<> handle);
  // Bytes received, at least 1; 0 is the end of the stream in good order. Errors: reset, timeout, tls, io.
  Result<size_t> await_resume();

 private:
  bool attempt();
  Stream& stream_;
  std::span<char> into_;
  async::Deadline deadline_;
  std::coroutine_handle<> handle_;
  Io io_;
  bool timed_out_ = false;
};

class WriteAwaiter : async::Waiter, async::Timer {
 public:
  static constexpr size_t kMaxParts = 8;
  WriteAwaiter(Stream& stream, std::span<const std::string_view> parts, async::Deadline deadline);
  ~WriteAwaiter();
  bool await_ready();
  void await_suspend(std::coroutine_handle<> handle);
  // Errors: reset, timeout, tls, io.
  Status await_resume();
  // Bytes that did not fit the kernel's buffer at once; 0 means that the peer keeps up.
  size_t overflowed() const { return overflow_.size(); }

 private:
  bool attempt();
  void resume_if_done(bool timed_out);
  Stream& stream_;
  iovec parts_[kMaxParts];
  size_t first_ = 0;
  size_t count_ = 0;
  async::Deadline deadline_;
  std::coroutine_handle<> handle_;
  std::string overflow_;
  Io io_;
  bool timed_out_ = false;
};

class Stream {
 public:
  virtual ~Stream() = default;

  // Receives into `into` without waiting. Kind::ok has size > 0.
  virtual Io try_read(std::span<char> into) = 0;
  // Takes as many bytes as go without waiting; Kind::block when none. With no parts it pushes out what the stream
  // itself still holds (TLS records): ok when nothing is held any more.
  virtual Io try_write(std::span<const iovec> parts) = 0;
  // Bytes taken by try_write that have not reached the kernel.
  virtual bool holds_output() const { return false; }
  // Tells the peer that nothing more is sent (FIN, close_notify). Reading goes on.
  virtual void shutdown_write() = 0;
  // Makes the destructor cut the connection (RST) instead of ending it in good order.
  virtual void abort_on_close() {}
  // Ends both directions now: a read under way comes back with the end of the stream or an error.
  virtual void cut() = 0;
  virtual async::Readiness& readiness() = 0;
  // Text of the last Kind::error that has no errno (TLS), for logs.
  virtual std::string error_text() const { return {}; }
  // The descriptor under it, or -1: for socket options and tests, not for I/O.
  virtual int descriptor() const { return -1; }

  async::Loop& loop() { return *readiness().loop; }

  ReadAwaiter read(std::span<char> into, async::Deadline deadline) { return {*this, into, deadline}; }
  // All parts in order, or an error. What the kernel does not take at once is copied, so that the parts need only be
  // valid until the first suspension.
  WriteAwaiter write(std::initializer_list<std::string_view> parts, async::Deadline deadline) {
    return {*this, std::span(parts.begin(), parts.size()), deadline};
  }
  WriteAwaiter write(std::span<const std::string_view> parts, async::Deadline deadline) {
    return {*this, parts, deadline};
  }
  // Waits until something can be read (also the end of the stream), without reading.
  // Errors: timeout.
  class ReadableAwaiter;
  ReadableAwaiter readable(async::Deadline deadline);
};

// See Stream::readable. Level of the cached readiness flag: may wake for nothing.
class Stream::ReadableAwaiter : async::Waiter, async::Timer {
 public:
  ReadableAwaiter(Stream& stream, async::Deadline deadline) : stream_(stream), deadline_(deadline) {}
  ~ReadableAwaiter() {
    auto& r = stream_.readiness();
    if (r.reader == static_cast<async::Waiter*>(this)) r.reader = nullptr;
  }
  bool await_ready() { return stream_.readiness().readable; }
  void await_suspend(std::coroutine_handle<> handle);
  Status await_resume() const {
    if (timed_out_) return fail(Errc::timeout);
    return {};
  }

 private:
  Stream& stream_;
  async::Deadline deadline_;
  std::coroutine_handle<> handle_;
  bool timed_out_ = false;
};

inline Stream::ReadableAwaiter Stream::readable(async::Deadline deadline) { return {*this, deadline}; }

}  // namespace mesh::net
