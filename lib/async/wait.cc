#include "async/wait.h"

namespace mesh::async {

// A frame that runs one task to its end and then removes and destroys itself.
struct ScopeChild {
  struct promise_type {
    Scope* scope = nullptr;
    Scope::Link link;

    static void* operator new(size_t size) { return allocate_frame(size); }
    static void operator delete(void* frame, size_t size) noexcept { free_frame(frame, size); }
    ScopeChild get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> h) noexcept {
        Scope* owner = h.promise().scope;
        unlink(h.promise().link);
        h.destroy();
        if (--owner->count_ == 0) owner->idle_.set();
      }
      void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };

  std::coroutine_handle<promise_type> handle;

  static ScopeChild run(Task<void> task) { co_await std::move(task); }
  static void unlink(Scope::Link& link) {
    link.prev->next = link.next;
    link.next->prev = link.prev;
    link.prev = link.next = &link;
  }
};

void Scope::spawn(Task<void> task) {
  ScopeChild child = ScopeChild::run(std::move(task));
  auto& promise = child.handle.promise();
  promise.scope = this;
  Link& link = promise.link;
  link.frame = child.handle;
  link.next = children_.next;
  link.prev = &children_;
  link.next->prev = &link;
  children_.next = &link;
  ++count_;
  idle_.reset();
  child.handle.resume();
}

void Scope::cancel() {
  while (children_.next != &children_) {
    Link& link = *children_.next;
    ScopeChild::unlink(link);
    --count_;
    link.frame.destroy();
  }
  idle_.set();
}

}  // namespace mesh::async
