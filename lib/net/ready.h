// Waiting for a descriptor without reading or writing: accepting, connecting, signals.
#pragma once

#include <coroutine>

#include "async/loop.h"

namespace mesh::net {

// True when the descriptor became ready, false when the deadline passed.
class ReadyAwaiter : async::Waiter, async::Timer {
 public:
  ReadyAwaiter(async::Readiness& readiness, bool write, async::Deadline deadline)
      : readiness_(readiness), write_(write), deadline_(deadline) {}
  ~ReadyAwaiter() {
    async::Waiter*& slot = write_ ? readiness_.writer : readiness_.reader;
    if (slot == static_cast<async::Waiter*>(this)) slot = nullptr;
  }
  bool await_ready() const { return write_ ? readiness_.writable : readiness_.readable; }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    (write_ ? readiness_.writer : readiness_.reader) = this;
    Waiter::set_fire([](async::Waiter& w) {
      auto& self = static_cast<ReadyAwaiter&>(w);
      self.Timer::cancel();
      self.handle_.resume();
    });
    if (deadline_.never()) return;
    Timer::set_fire([](async::Timer& t) {
      auto& self = static_cast<ReadyAwaiter&>(t);
      self.timed_out_ = true;
      (self.write_ ? self.readiness_.writer : self.readiness_.reader) = nullptr;
      self.handle_.resume();
    });
    readiness_.loop->arm(*this, deadline_.at);
  }
  bool await_resume() const { return !timed_out_; }

 private:
  async::Readiness& readiness_;
  bool write_;
  async::Deadline deadline_;
  std::coroutine_handle<> handle_;
  bool timed_out_ = false;
};

}  // namespace mesh::net
