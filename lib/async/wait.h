// Event and sleep: what a coroutine waits for besides I/O. Scope: owner of tasks that run beside each other.
#pragma once

#include <coroutine>
#include <cstdint>

#include "async/loop.h"
#include "async/task.h"
#include "base/result.h"

namespace mesh::async {

// Suspends the awaiting coroutine until `set()`, with at most one waiter. Stays set until reset().
class Event {
 public:
  explicit Event(Loop& loop) : loop_(loop) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // The waiter runs later in this turn, not inside this call.
  void set() {
    set_ = true;
    if (waiter_ != nullptr) loop_.schedule(*std::exchange(waiter_, nullptr));
  }
  void reset() { set_ = false; }
  bool is_set() const { return set_; }

  class Awaiter : Waiter, Timer {
   public:
    Awaiter(Event& event, Deadline deadline) : event_(event), deadline_(deadline) {}
    ~Awaiter() {
      if (event_.waiter_ == static_cast<Waiter*>(this)) event_.waiter_ = nullptr;
    }
    bool await_ready() const { return event_.set_; }
    void await_suspend(std::coroutine_handle<> handle) {
      handle_ = handle;
      Waiter::set_fire([](Waiter& w) { static_cast<Awaiter&>(w).wake(false); });
      Timer::set_fire([](Timer& t) { static_cast<Awaiter&>(t).wake(true); });
      event_.waiter_ = this;
      if (!deadline_.never()) event_.loop_.arm(*this, deadline_.at);
    }
    // Error: timeout.
    Status await_resume() const {
      if (timed_out_) return fail(Errc::timeout);
      return {};
    }

   private:
    void wake(bool timed_out) {
      timed_out_ = timed_out;
      Timer::cancel();
      Waiter::unlink();
      if (event_.waiter_ == static_cast<Waiter*>(this)) event_.waiter_ = nullptr;
      handle_.resume();
    }
    Event& event_;
    Deadline deadline_;
    std::coroutine_handle<> handle_;
    bool timed_out_ = false;
  };
  // One waiter at a time.
  Awaiter wait(Deadline deadline = {}) { return Awaiter(*this, deadline); }

 private:
  Loop& loop_;
  Waiter* waiter_ = nullptr;
  bool set_ = false;
};

// co_await sleep(loop, until)
class SleepAwaiter : Timer {
 public:
  SleepAwaiter(Loop& loop, Instant until) : loop_(loop), until_(until) {}
  bool await_ready() const { return until_ <= loop_.now(); }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    set_fire([](Timer& t) { static_cast<SleepAwaiter&>(t).handle_.resume(); });
    loop_.arm(*this, until_);
  }
  void await_resume() const {}

 private:
  Loop& loop_;
  Instant until_;
  std::coroutine_handle<> handle_;
};
inline SleepAwaiter sleep_until(Loop& loop, Instant until) { return {loop, until}; }
inline SleepAwaiter sleep_for(Loop& loop, Duration d) { return {loop, loop.now() + d}; }
// Lets everything that is ready run first.
class YieldAwaiter : Waiter {
 public:
  explicit YieldAwaiter(Loop& loop) : loop_(loop) {}
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    set_fire([](Waiter& w) { static_cast<YieldAwaiter&>(w).handle_.resume(); });
    loop_.schedule(*this);
  }
  void await_resume() const {}

 private:
  Loop& loop_;
  std::coroutine_handle<> handle_;
};
inline YieldAwaiter yield(Loop& loop) { return YieldAwaiter(loop); }

// Owns running tasks. Destroying the scope cancels them all. A scope must not be destroyed from inside one of its own
// tasks: let the owner do it on its own turn.
class Scope {
 public:
  explicit Scope(Loop& loop) : idle_(loop) { idle_.set(); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() { cancel(); }

  // Starts the task at once, inside this call, until it first suspends.
  void spawn(Task<void> task);
  // Destroys all tasks that have not finished.
  void cancel();
  uint64_t size() const { return count_; }
  // Suspends until no task is left. Error: timeout.
  Event::Awaiter join(Deadline deadline = {}) { return idle_.wait(deadline); }

 private:
  friend struct ScopeChild;
  // Heads the circular list of running tasks; each link lies in the frame that runs the task.
  struct Link {
    Link* prev = this;
    Link* next = this;
    std::coroutine_handle<> frame;
  };
  Link children_;
  uint64_t count_ = 0;
  Event idle_;
};

}  // namespace mesh::async
