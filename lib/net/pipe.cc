#include "net/pipe.h"

#include <errno.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace mesh::net {

namespace {

class PipeEnd;

struct Shared {
  PipeEnd* ends[2] = {nullptr, nullptr};
  std::string queue[2];  // bytes towards end i
  bool ended[2] = {false, false};
  bool cut = false;
  size_t capacity = 0;
};

class PipeEnd final : public Stream {
 public:
  PipeEnd(async::Loop& loop, std::shared_ptr<Shared> shared, int side) : shared_(std::move(shared)), side_(side) {
    readiness_.loop = &loop;
    shared_->ends[side] = this;
    read_wake_.owner = write_wake_.owner = this;
    read_wake_.set_fire([](async::Waiter& w) { static_cast<Wake&>(w).owner->readiness_.wake_reader(); });
    write_wake_.set_fire([](async::Waiter& w) { static_cast<Wake&>(w).owner->readiness_.wake_writer(); });
  }
  ~PipeEnd() override {
    shared_->ends[side_] = nullptr;
    if (cut_) shared_->cut = true;
    shared_->ended[1 - side_] = true;
    wake_peer(true);
  }

  Io try_read(std::span<char> into) override {
    if (shared_->cut) return Io::error(ECONNRESET);
    std::string& queue = shared_->queue[side_];
    if (queue.empty()) {
      if (shared_->ended[side_]) return Io::eof();
      readiness_.readable = false;
      return Io::block();
    }
    size_t n = std::min(into.size(), queue.size());
    std::memcpy(into.data(), queue.data(), n);
    queue.erase(0, n);
    wake_peer(true);
    return Io::ok(n);
  }

  Io try_write(std::span<const iovec> parts) override {
    if (shared_->cut || shared_->ends[1 - side_] == nullptr) return Io::error(EPIPE);
    std::string& queue = shared_->queue[1 - side_];
    size_t taken = 0;
    for (const iovec& part : parts) {
      size_t n = std::min(part.iov_len, shared_->capacity - queue.size());
      queue.append(static_cast<const char*>(part.iov_base), n);
      taken += n;
      if (n < part.iov_len) break;
    }
    if (taken == 0 && !parts.empty()) {
      readiness_.writable = false;
      return Io::block();
    }
    if (taken > 0) wake_peer(false);
    return Io::ok(taken);
  }

  void shutdown_write() override {
    shared_->ended[1 - side_] = true;
    wake_peer(false);
  }
  void abort_on_close() override { cut_ = true; }
  void cut() override {
    shared_->cut = true;
    readiness_.loop->schedule(read_wake_);
    wake_peer(true);
  }
  async::Readiness& readiness() override { return readiness_; }

 private:
  struct Wake : async::Waiter {
    PipeEnd* owner = nullptr;
  };
  void wake_peer(bool write) {
    PipeEnd* peer = shared_->ends[1 - side_];
    if (peer == nullptr) return;
    async::Loop& loop = *peer->readiness_.loop;
    loop.schedule(peer->read_wake_);
    if (write) loop.schedule(peer->write_wake_);
  }
  std::shared_ptr<Shared> shared_;
  int side_;
  bool cut_ = false;
  async::Readiness readiness_;
  Wake read_wake_;
  Wake write_wake_;
};

}  // namespace

std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_pipe(async::Loop& loop, size_t capacity) {
  auto shared = std::make_shared<Shared>();
  shared->capacity = capacity;
  auto first = std::make_unique<PipeEnd>(loop, shared, 0);
  auto second = std::make_unique<PipeEnd>(loop, shared, 1);
  return {std::move(first), std::move(second)};
}

}  // namespace mesh::net
