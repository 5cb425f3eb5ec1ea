#include "net/tcp.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "net/ready.h"

namespace mesh::net {

namespace {

void set_option(int fd, int level, int name, int value) { setsockopt(fd, level, name, &value, sizeof value); }

// Half-open peers are found within 15 s: keep-alive probes when idle, TCP_USER_TIMEOUT when data is unacknowledged.
void set_tcp_options(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 15'000);
}

}  // namespace

Result<std::unique_ptr<SocketStream>> SocketStream::create(async::Loop& loop, Fd fd) {
  std::unique_ptr<SocketStream> stream(new SocketStream(std::move(fd)));
  // What has arrived already is told by the first event: nothing is read in vain.
  stream->readiness_.readable = false;
  if (auto ok = loop.watch(stream->fd_.get(), stream->readiness_); !ok) return fail(ok.error());
  return stream;
}

SocketStream::~SocketStream() {
  if (readiness_.loop != nullptr) readiness_.loop->unwatch(fd_.get(), readiness_);
}

Io SocketStream::try_read(std::span<char> into) {
  if (!readiness_.readable) return Io::block();
  for (;;) {
    ssize_t n = recv(fd_.get(), into.data(), into.size(), 0);
    if (n > 0) {
      // A short read drained the socket, unless the peer has ended its side and EOF is still to be seen.
      if (static_cast<size_t>(n) < into.size() && !readiness_.hangup) readiness_.readable = false;
      return Io::ok(static_cast<size_t>(n));
    }
    if (n == 0) return Io::eof();
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      readiness_.readable = false;
      return Io::block();
    }
    return Io::error(errno);
  }
}

Io SocketStream::try_write(std::span<const iovec> parts) {
  if (parts.empty()) return Io::ok(0);
  if (!readiness_.writable) return Io::block();
  size_t wanted = 0;
  for (const iovec& part : parts) wanted += part.iov_len;
  for (;;) {
    ssize_t n;
    if (parts.size() == 1) {
      n = send(fd_.get(), parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(parts.data());
      message.msg_iovlen = parts.size();
      n = sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    }
    if (n >= 0) {
      if (static_cast<size_t>(n) < wanted) readiness_.writable = false;
      return n == 0 ? Io::block() : Io::ok(static_cast<size_t>(n));
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      readiness_.writable = false;
      return Io::block();
    }
    return Io::error(errno);
  }
}

void SocketStream::shutdown_write() { shutdown(fd_.get(), SHUT_WR); }

void SocketStream::cut() { shutdown(fd_.get(), SHUT_RDWR); }

void SocketStream::abort_on_close() {
  linger hard{1, 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

Result<Fd> Listener::bind(const Address& address, const Options& options) {
  std::string where = "cannot listen on '" + address.to_string() + "'";
  Fd fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno(errno, where);
  if (address.is_unix()) {
    std::string path = address.ip();
    // A socket nobody answers on is a left-over; a live one is in use.
    Fd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(probe.get(), address.data(), address.size()) == 0) return fail_errno(EADDRINUSE, where);
    struct stat info{};
    if (errno == ECONNREFUSED && stat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) unlink(path.c_str());
    mode_t old = umask(static_cast<mode_t>(0777 & ~options.unix_mode));
    int bound = ::bind(fd.get(), address.data(), address.size());
    int err = errno;
    umask(old);
    if (bound != 0) return fail_errno(err, where);
  } else {
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (options.reuse_port) set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    if (address.family() == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, address.ip() != "::");
    if (::bind(fd.get(), address.data(), address.size()) != 0) return fail_errno(errno, where);
  }
  if (listen(fd.get(), options.backlog) != 0) return fail_errno(errno, where);
  return fd;
}

Address Listener::local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return Address::from_sockaddr(reinterpret_cast<sockaddr*>(&storage), size);
}

Result<std::unique_ptr<Listener>> Listener::create(async::Loop& loop, Fd fd) {
  std::unique_ptr<Listener> listener(new Listener(std::move(fd)));
  if (auto ok = loop.watch(listener->fd_.get(), listener->readiness_); !ok) return fail(ok.error());
  return listener;
}

Listener::~Listener() {
  if (readiness_.loop != nullptr) readiness_.loop->unwatch(fd_.get(), readiness_);
}

void Listener::stop() {
  stopped_ = true;
  readiness_.wake_reader();
}

async::Task<Result<Listener::Accepted>> Listener::accept() {
  for (;;) {
    if (stopped_) co_return fail(Errc::cancelled);
    sockaddr_storage storage;
    socklen_t size = sizeof storage;
    int fd = accept4(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      Accepted accepted{Fd(fd), Address::from_sockaddr(reinterpret_cast<sockaddr*>(&storage), size)};
      if (storage.ss_family != AF_UNIX) set_tcp_options(fd);
      co_return accepted;
    }
    if (errno == EAGAIN) {
      readiness_.readable = false;
      co_await ReadyAwaiter(readiness_, false, {});
      continue;
    }
    // The connection died in the queue, or a signal came: take the next one.
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO || errno == EPERM || errno == ENETDOWN) continue;
    co_return fail_errno(errno, "accept");
  }
}

async::Task<Result<std::unique_ptr<SocketStream>>> connect(async::Loop& loop, Address address,
                                                           async::Deadline deadline) {
  Fd fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) co_return fail_errno(errno, "socket");
  if (!address.is_unix()) set_tcp_options(fd.get());
  int raw = fd.get();
  bool pending = false;
  if (::connect(raw, address.data(), address.size()) != 0) {
    // A Unix socket whose queue is full says EAGAIN: nothing will announce when it has room.
    if (errno == EAGAIN) co_return fail(Errc::refused, "connect: queue full");
    if (errno != EINPROGRESS) co_return fail_errno(errno, "connect");
    pending = true;
  }
  auto stream = SocketStream::create(loop, std::move(fd));
  if (!stream) co_return fail(stream.error());
  async::Readiness& readiness = (*stream)->readiness();
  if (pending) {
    readiness.writable = false;
    if (!co_await ReadyAwaiter(readiness, true, deadline)) co_return fail(Errc::timeout, "connect");
    int err = 0;
    socklen_t size = sizeof err;
    getsockopt(raw, SOL_SOCKET, SO_ERROR, &err, &size);
    if (err != 0) co_return fail_errno(err, "connect");
  }
  co_return std::move(*stream);
}

}  // namespace mesh::net
