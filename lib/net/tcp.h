// Sockets on a loop: TCP and Unix streams, listeners, connecting.
#pragma once

#include <memory>

#include "async/task.h"
#include "net/address.h"
#include "net/fd.h"
#include "net/stream.h"

namespace mesh::net {

class SocketStream final : public Stream {
 public:
  // Takes a connected, non-blocking socket. Errors: io (it cannot be watched).
  static Result<std::unique_ptr<SocketStream>> create(async::Loop& loop, Fd fd);
  ~SocketStream() override;

  Io try_read(std::span<char> into) override;
  Io try_write(std::span<const iovec> parts) override;
  void shutdown_write() override;
  void abort_on_close() override;
  void cut() override;
  async::Readiness& readiness() override { return readiness_; }
  int descriptor() const override { return fd_.get(); }

 private:
  explicit SocketStream(Fd fd) : fd_(std::move(fd)) {}
  async::Readiness readiness_;
  Fd fd_;
};

// A listening socket.
class Listener {
 public:
  struct Options {
    bool reuse_port = true;  // several workers share the address
    int backlog = 4096;
    int unix_mode = 0600;  // of a Unix socket
  };
  // Binds and listens. Errors carry the address: permission, exhausted (in use), io.
  static Result<Fd> bind(const Address& address, const Options& options);
  static Result<Fd> bind(const Address& address) { return bind(address, Options{}); }
  static Address local_address(int fd);

  static Result<std::unique_ptr<Listener>> create(async::Loop& loop, Fd fd);
  ~Listener();

  // The next connection. Errors: cancelled (stop() was called), exhausted (out of descriptors: wait before the next
  // call).
  struct Accepted {
    Fd fd;
    Address peer;
  };
  async::Task<Result<Accepted>> accept();
  void stop();
  int descriptor() const { return fd_.get(); }

 private:
  explicit Listener(Fd fd) : fd_(std::move(fd)) {}
  async::Readiness readiness_;
  Fd fd_;
  bool stopped_ = false;
};

// Errors: refused, unreachable, timeout, exhausted (ports or descriptors), io.
async::Task<Result<std::unique_ptr<SocketStream>>> connect(async::Loop& loop, Address address,
                                                           async::Deadline deadline);

}  // namespace mesh::net
