#include "net/stream.h"

namespace mesh::net {

namespace {

Error io_error(const Io& io, Stream& stream, bool timed_out) {
  if (timed_out) return Error{Errc::timeout, 0, {}};
  if (io.err != 0) return Error::from_errno(io.err, {});
  return Error{Errc::tls, 0, stream.error_text()};
}

}  // namespace

bool ReadAwaiter::attempt() {
  io_ = stream_.try_read(into_);
  return io_.kind != Io::Kind::block;
}

void ReadAwaiter::await_suspend(std::coroutine_handle<> handle) {
  handle_ = handle;
  auto& r = stream_.readiness();
  assert(r.reader == nullptr);
  r.reader = this;
  Waiter::set_fire([](async::Waiter& w) {
    auto& self = static_cast<ReadAwaiter&>(w);
    if (!self.attempt()) {
      self.stream_.readiness().reader = &self;
      return;
    }
    self.Timer::cancel();
    self.handle_.resume();
  });
  if (deadline_.never()) return;
  Timer::set_fire([](async::Timer& t) {
    auto& self = static_cast<ReadAwaiter&>(t);
    self.timed_out_ = true;
    self.stream_.readiness().reader = nullptr;
    self.handle_.resume();
  });
  r.loop->arm(*this, deadline_.at);
}

ReadAwaiter::~ReadAwaiter() {
  if (!handle_) return;
  auto& r = stream_.readiness();
  if (r.reader == static_cast<async::Waiter*>(this)) r.reader = nullptr;
}

Result<size_t> ReadAwaiter::await_resume() {
  if (!timed_out_) [[likely]] {
    if (io_.kind == Io::Kind::ok) return io_.size;
    if (io_.kind == Io::Kind::eof) return size_t{0};
  }
  return fail(io_error(io_, stream_, timed_out_));
}

WriteAwaiter::WriteAwaiter(Stream& stream, std::span<const std::string_view> parts, async::Deadline deadline)
    : stream_(stream), deadline_(deadline) {
  assert(parts.size() <= kMaxParts);
  for (std::string_view part : parts)
    if (!part.empty()) parts_[count_++] = {const_cast<char*>(part.data()), part.size()};
}

// True when nothing is left to do, for good or ill.
bool WriteAwaiter::attempt() {
  while (first_ < count_) {
    io_ = stream_.try_write({parts_ + first_, count_ - first_});
    if (io_.kind == Io::Kind::block) return false;
    if (io_.kind != Io::Kind::ok) return true;
    size_t taken = io_.size;
    while (first_ < count_ && taken >= parts_[first_].iov_len) taken -= parts_[first_++].iov_len;
    if (taken > 0) {
      parts_[first_].iov_base = static_cast<char*>(parts_[first_].iov_base) + taken;
      parts_[first_].iov_len -= taken;
    }
  }
  if (!stream_.holds_output()) {
    io_ = Io::ok(0);
    return true;
  }
  io_ = stream_.try_write({});
  return io_.kind != Io::Kind::block;
}

bool WriteAwaiter::await_ready() {
  if (attempt()) return true;
  size_t rest = 0;
  for (size_t i = first_; i < count_; ++i) rest += parts_[i].iov_len;
  overflow_.reserve(rest);
  for (size_t i = first_; i < count_; ++i)
    overflow_.append(static_cast<const char*>(parts_[i].iov_base), parts_[i].iov_len);
  first_ = 0;
  count_ = rest == 0 ? 0 : 1;
  parts_[0] = {overflow_.data(), rest};
  return false;
}

void WriteAwaiter::await_suspend(std::coroutine_handle<> handle) {
  handle_ = handle;
  auto& r = stream_.readiness();
  assert(r.writer == nullptr);
  r.writer = this;
  Waiter::set_fire([](async::Waiter& w) {
    auto& self = static_cast<WriteAwaiter&>(w);
    if (!self.attempt()) {
      self.stream_.readiness().writer = &self;
      return;
    }
    self.Timer::cancel();
    self.handle_.resume();
  });
  if (deadline_.never()) return;
  Timer::set_fire([](async::Timer& t) {
    auto& self = static_cast<WriteAwaiter&>(t);
    self.timed_out_ = true;
    self.stream_.readiness().writer = nullptr;
    self.handle_.resume();
  });
  r.loop->arm(*this, deadline_.at);
}

WriteAwaiter::~WriteAwaiter() {
  if (!handle_) return;
  auto& r = stream_.readiness();
  if (r.writer == static_cast<async::Waiter*>(this)) r.writer = nullptr;
}

Status WriteAwaiter::await_resume() {
  if (!timed_out_ && io_.kind == Io::Kind::ok) [[likely]]
    return {};
  if (!timed_out_ && io_.kind == Io::Kind::eof) return fail(Errc::closed);
  return fail(io_error(io_, stream_, timed_out_));
}

void Stream::ReadableAwaiter::await_suspend(std::coroutine_handle<> handle) {
  handle_ = handle;
  auto& r = stream_.readiness();
  assert(r.reader == nullptr);
  r.reader = this;
  Waiter::set_fire([](async::Waiter& w) {
    auto& self = static_cast<ReadableAwaiter&>(w);
    self.Timer::cancel();
    self.handle_.resume();
  });
  if (deadline_.never()) return;
  Timer::set_fire([](async::Timer& t) {
    auto& self = static_cast<ReadableAwaiter&>(t);
    self.timed_out_ = true;
    self.stream_.readiness().reader = nullptr;
    self.handle_.resume();
  });
  r.loop->arm(*this, deadline_.at);
}

}  // namespace mesh::net
