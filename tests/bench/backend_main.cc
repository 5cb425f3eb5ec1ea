// bench_backend: a lean HTTP/1.1 upstream. One thread, keep-alive; GET and POST of /1k, /64k, /1m (any number of k or
// m, or of bytes without a letter) answer with a body of that size; request bodies are read and dropped. Prints the
// port it listens on. It trusts its clients: it is for measurements on loopback only.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::bench {
namespace {

constexpr size_t kReadSize = 256 * 1024;
constexpr uint64_t kLargest = 64ULL << 20;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The value of a header in a head that ends in CRLF CRLF; empty when it is not there.
std::string_view header(std::string_view head, std::string_view name) {
  auto found =
      std::search(head.begin(), head.end(), name.begin(), name.end(), [](char a, char b) { return lower(a) == b; });
  if (found == head.end()) return {};
  std::string_view rest(found + name.size(), head.end());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest.substr(0, rest.find('\r'));
}

// `/64k?x` is 65,536; anything that is no size is 1 KiB, so that routes may carry other paths.
uint64_t answer_size(std::string_view head) {
  size_t space = head.find(' ');
  std::string_view path = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
  path = path.substr(path.rfind('/') + 1);
  uint64_t size = 0;
  auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), size);
  if (error != std::errc()) return 1024;
  if (end != path.data() + path.size() && *end == 'k') size <<= 10;
  if (end != path.data() + path.size() && *end == 'm') size <<= 20;
  return std::min(size, kLargest);
}

// Finds the end of a chunked body byte by byte: the peers that send one use plain sizes and no trailers.
class ChunkedReader {
 public:
  // Returns how many bytes belong to the body; done() says whether it ended.
  size_t consume(std::string_view bytes) {
    size_t at = 0;
    while (at < bytes.size() && !done_) at += step(bytes.substr(at));
    return at;
  }
  bool done() const { return done_; }

 private:
  size_t step(std::string_view bytes) {
    if (skip_ > 0) {
      size_t taken = std::min<size_t>(skip_, bytes.size());
      skip_ -= taken;
      done_ = last_ && skip_ == 0;
      return taken;
    }
    char c = bytes.front();
    if (c == '\n') {
      uint64_t size = 0;
      std::from_chars(line_.data(), line_.data() + line_.size(), size, 16);
      line_.clear();
      last_ = size == 0;
      skip_ = size + 2;
    } else if (c != '\r') {
      line_ += c;
    }
    return 1;
  }

  std::string line_;
  uint64_t skip_ = 0;
  bool last_ = false;
  bool done_ = false;
};

class Backend;

class Connection {
 public:
  Connection(int fd, Backend& backend) : fd_(fd), backend_(backend) {}
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Returns false when the connection ended.
  bool on_ready();

 private:
  bool flush();
  bool consume(std::string_view bytes);
  size_t take_head(std::string_view bytes);
  void answer();

  int fd_;
  Backend& backend_;
  std::string input_;  // the part of a head that did not arrive whole
  uint64_t body_left_ = 0;
  std::unique_ptr<ChunkedReader> chunked_;
  uint64_t answer_size_ = 0;
  bool close_after_ = false;
  std::string_view output_;  // of the backend's prepared answers
};

class Backend {
 public:
  bool listen_on_loopback(uint16_t port);
  uint16_t port() const;
  void run();

  // A whole answer with head and body, made once per size.
  std::string_view answer(uint64_t size, bool close) {
    std::string& text = answers_[size * 2 + (close ? 1 : 0)];
    if (text.empty()) {
      text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nServer: bench\r\nContent-Length: " + std::to_string(size) +
             (close ? "\r\nConnection: close" : "") + "\r\n\r\n" + std::string(size, 'x');
    }
    return text;
  }
  std::vector<char>& scratch() { return scratch_; }

 private:
  void accept_all();

  int listener_ = -1;
  int epoll_ = -1;
  std::map<uint64_t, std::string> answers_;
  std::vector<char> scratch_ = std::vector<char>(kReadSize);
};

bool Connection::on_ready() {
  if (!flush()) return false;
  for (;;) {
    ssize_t got = recv(fd_, backend_.scratch().data(), kReadSize, 0);
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (!consume({backend_.scratch().data(), static_cast<size_t>(got)})) return false;
    if (static_cast<size_t>(got) < kReadSize) return true;  // EPOLLRDHUP announces an end
  }
}

bool Connection::consume(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t used = 0;
    if (chunked_) {
      used = chunked_->consume(bytes);
      if (chunked_->done()) chunked_.reset();
    } else if (body_left_ > 0) {
      used = std::min<uint64_t>(body_left_, bytes.size());
      body_left_ -= used;
    } else {
      used = take_head(bytes);
      if (!input_.empty()) return true;
    }
    bytes.remove_prefix(used);
    if (!chunked_ && body_left_ == 0) {
      answer();
      if (!flush()) return false;
    }
  }
  return true;
}

size_t Connection::take_head(std::string_view bytes) {
  size_t before = input_.size();
  input_.append(bytes);
  size_t end = input_.find("\r\n\r\n");
  if (end == std::string::npos) return bytes.size();
  std::string_view head = std::string_view(input_).substr(0, end + 4);
  std::string_view length = header(head, "\r\ncontent-length:");
  std::from_chars(length.data(), length.data() + length.size(), body_left_);
  if (header(head, "\r\ntransfer-encoding:") == "chunked") chunked_ = std::make_unique<ChunkedReader>();
  close_after_ = header(head, "\r\nconnection:") == "close";
  answer_size_ = answer_size(head);
  input_.clear();
  return end + 4 - before;
}

void Connection::answer() { output_ = backend_.answer(answer_size_, close_after_); }

bool Connection::flush() {
  while (!output_.empty()) {
    ssize_t sent = send(fd_, output_.data(), output_.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    output_.remove_prefix(static_cast<size_t>(sent));
    if (output_.empty() && close_after_) return false;
  }
  return true;
}

bool Backend::listen_on_loopback(uint16_t port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  epoll_event event{};
  event.events = EPOLLIN;
  return bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && listen(listener_, 4096) == 0 &&
         epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) == 0;
}

uint16_t Backend::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

void Backend::accept_all() {
  for (;;) {
    int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = new Connection(fd, *this);
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
}

void Backend::run() {
  std::array<epoll_event, 256> events;
  for (;;) {
    int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
      if (connection == nullptr) {
        accept_all();
      } else if (!connection->on_ready()) {
        delete connection;
      }
    }
  }
}

}  // namespace
}  // namespace mesh::bench

int main(int argc, char** argv) {
  std::string_view text = argc > 1 ? argv[1] : "0";
  uint16_t port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  std::signal(SIGPIPE, SIG_IGN);
  mesh::bench::Backend backend;
  if (!backend.listen_on_loopback(port)) {
    std::cerr << "bench_backend: cannot listen on 127.0.0.1:" << port << "\n";
    return 6;
  }
  std::cout << backend.port() << std::endl;
  backend.run();
}
