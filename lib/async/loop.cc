#include "async/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace mesh::async {

Result<std::unique_ptr<Loop>> Loop::create() {
  std::unique_ptr<Loop> loop(new Loop);
  loop->ready_head_.next_ = loop->ready_head_.prev_ = &loop->ready_head_;
  loop->epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (loop->epoll_ < 0) return fail_errno(errno, "epoll_create1");
  loop->mail_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (loop->mail_fd_ < 0) return fail_errno(errno, "eventfd");
  if (auto ok = loop->watch(loop->mail_fd_, loop->mail_readiness_); !ok) return fail(ok.error());
  loop->bulk_ = std::make_unique_for_overwrite<char[]>(kBulkSize);
  loop->read_clocks();
  loop->timers_.start(loop->now_);
  return loop;
}

Loop::~Loop() {
  ready_head_.unlink();
  if (mail_fd_ >= 0) close(mail_fd_);
  if (epoll_ >= 0) close(epoll_);
}

void Loop::read_clocks() {
  SystemClock clock;
  now_ = clock.now();
  wall_offset_ = clock.wall_ns() - now_.ns;
}

Status Loop::watch(int fd, Readiness& readiness) {
  readiness.loop = this;
  auto index = static_cast<size_t>(fd);
  if (slots_.size() <= index) slots_.resize(index + 64);
  Slot& slot = slots_[index];
  slot.readiness = &readiness;
  ++slot.generation;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = uint64_t{slot.generation} << 32 | static_cast<uint32_t>(fd);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    slot.readiness = nullptr;
    return fail_errno(errno, "epoll_ctl");
  }
  return {};
}

void Loop::unwatch(int fd, Readiness& readiness) {
  Slot& slot = slots_[static_cast<size_t>(fd)];
  if (slot.readiness != &readiness) return;
  slot.readiness = nullptr;
  ++slot.generation;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
}

void Loop::schedule(Waiter& waiter) {
  waiter.unlink();
  waiter.prev_ = ready_head_.prev_;
  waiter.next_ = &ready_head_;
  waiter.prev_->next_ = &waiter;
  ready_head_.prev_ = &waiter;
}

void Loop::post(std::move_only_function<void()> work) {
  bool first;
  {
    std::lock_guard lock(mail_mutex_);
    first = mail_.empty();
    mail_.push_back(std::move(work));
  }
  if (!first) return;
  uint64_t one = 1;
  [[maybe_unused]] ssize_t n = write(mail_fd_, &one, sizeof one);
}

void Loop::stop() {
  post([this] { stopped_ = true; });
}

void Loop::take_mail() {
  if (!mail_readiness_.readable) return;
  mail_readiness_.readable = false;
  uint64_t count;
  [[maybe_unused]] ssize_t n = read(mail_fd_, &count, sizeof count);
  std::vector<std::move_only_function<void()>> mail;
  {
    std::lock_guard lock(mail_mutex_);
    mail.swap(mail_);
  }
  for (auto& work : mail) work();
}

void Loop::run_ready() {
  // Only what is ready now: what it schedules waits for the next round, so that I/O is not starved.
  Waiter last;
  schedule(last);
  while (ready_head_.next_ != &last) {
    Waiter& waiter = *ready_head_.next_;
    waiter.unlink();
    waiter.fire();
  }
}

void Loop::dispatch(int timeout_ms) {
  // Not cleared first: 3 KiB a turn for what the kernel fills anyway.
  [[clang::uninitialized]] epoll_event events[256];
  int n = epoll_wait(epoll_, events, 256, timeout_ms);
  read_clocks();
  for (int i = 0; i < n; ++i) {
    auto fd = static_cast<uint32_t>(events[i].data.u64);
    auto generation = static_cast<uint32_t>(events[i].data.u64 >> 32);
    auto current = [&]() -> Readiness* {
      const Slot& slot = slots_[fd];
      return slot.generation == generation ? slot.readiness : nullptr;
    };
    uint32_t bits = events[i].events;
    if (bits & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
      if (Readiness* r = current()) {
        if (bits & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) r->hangup = true;
        r->wake_reader();
      }
    }
    if (bits & (EPOLLOUT | EPOLLHUP | EPOLLERR)) {
      if (Readiness* r = current()) r->wake_writer();
    }
  }
}

void Loop::turn(Duration limit) {
  int timeout = static_cast<int>(limit.to_ms());
  if (ready_head_.next_ != &ready_head_ || mail_readiness_.readable) {
    timeout = 0;
  } else if (int due = timers_.next_ms(now_); due >= 0 && (due < timeout || timeout < 0)) {
    timeout = due;
  }
  dispatch(timeout);
  Instant start = now_;
  take_mail();
  timers_.advance(now_);
  run_ready();
  (void)start;
}

void Loop::run() {
  while (!stopped_) turn(Duration::seconds(3600));
  stopped_ = false;
}

Duration Loop::take_longest_turn() { return std::exchange(longest_turn_, Duration{}); }

}  // namespace mesh::async
