#include "service/timed_body.h"

#include <coroutine>
#include <new>

#include "async/loop.h"

namespace mesh::service {

namespace {

using Pulled = Result<codec::Chunk>;

// Awaits a pull until a deadline; when that passes, the pull is destroyed where it waits.
class TimedPull : async::Timer {
 public:
  TimedPull(async::Loop& loop, async::Task<Pulled> pull, async::Deadline deadline)
      : loop_(loop), pull_(std::move(pull)), deadline_(deadline) {}

  bool await_ready() const { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    set_fire([](async::Timer& t) {
      auto& self = static_cast<TimedPull&>(t);
      self.timed_out_ = true;
      self.handle_.resume();
    });
    loop_.arm(*this, deadline_.at);
    return pull_.await_suspend(handle);
  }
  Pulled await_resume() {
    cancel();
    if (!timed_out_) return pull_.await_resume();
    pull_ = {};
    return fail(Errc::timeout, "the response took too long");
  }

 private:
  async::Loop& loop_;
  async::Task<Pulled> pull_;
  async::Deadline deadline_;
  std::coroutine_handle<> handle_;
  bool timed_out_ = false;
};

class TimedBody final : public codec::Body {
 public:
  TimedBody(async::Loop& loop, codec::BodyPtr body, async::Deadline deadline)
      : loop_(loop), body_(std::move(body)), deadline_(deadline) {}
  void release() noexcept override { body_.reset(); }
  bool ready() const override { return body_->ready(); }
  const http::Headers* trailers() const override { return body_->trailers(); }
  async::Task<Pulled> pull() override {
    if (deadline_.at <= loop_.now()) co_return fail(Errc::timeout, "the response took too long");
    co_return co_await TimedPull(loop_, body_->pull(), deadline_);
  }

 private:
  async::Loop& loop_;
  codec::BodyPtr body_;
  async::Deadline deadline_;
};

}  // namespace

codec::BodyPtr timed_body(async::Loop& loop, Arena& arena, codec::BodyPtr body, async::Deadline deadline) {
  if (!body || deadline.never()) return body;
  return codec::BodyPtr(new (arena.allocate(sizeof(TimedBody), alignof(TimedBody)))
                            TimedBody(loop, std::move(body), deadline));
}

}  // namespace mesh::service
