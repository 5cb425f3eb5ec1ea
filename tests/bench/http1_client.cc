#include "http1_client.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace mesh::bench {
namespace {

constexpr std::array<char, 256 * 1024> kBody{};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The value of content-length in a response head, or false. All peers keep the backend's Content-Length.
bool content_length(std::string_view head, uint64_t& length) {
  constexpr std::string_view kName = "\r\ncontent-length:";
  auto found =
      std::search(head.begin(), head.end(), kName.begin(), kName.end(), [](char a, char b) { return lower(a) == b; });
  if (found == head.end()) return false;
  const char* begin = found + kName.size();
  while (begin != head.end() && *begin == ' ') ++begin;
  return std::from_chars(begin, head.end(), length).ec == std::errc();
}

}  // namespace

bool watch(int epoll, int fd, Client* client) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = client;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool Http1Client::open() {
  SSL_SESSION* resume = wiring_.options->resume ? session_.get() : nullptr;
  return transport_.connect(wiring_.port, wiring_.context, resume) && watch(wiring_.epoll, transport_.fd(), this);
}

void Http1Client::issue() {
  if (state_ != State::kIdle || !wiring_.meter->may_issue()) return;
  wiring_.meter->begin();
  started_ = now();
  sent_ = 0;
  head_.clear();
  in_body_ = false;
  bool fresh = !transport_.open();
  if (fresh && !open()) {
    complete(false);
    return;
  }
  state_ = fresh ? State::kConnecting : State::kSending;
  if (!fresh) drive();
}

void Http1Client::on_ready(uint32_t events) {
  if (state_ == State::kIdle) {
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) transport_.close();
    return;
  }
  drive();
}

void Http1Client::drive() {
  if (state_ == State::kConnecting) {
    Io io = transport_.advance();
    if (io == Io::kWait) return;
    if (io == Io::kClosed) {
      complete(false);
      return;
    }
    if (transport_.resumed()) ++wiring_.meter->resumed;
    state_ = State::kSending;
  }
  while (state_ == State::kSending && send_some()) {
  }
  while (state_ == State::kReceiving && receive_some()) {
  }
}

bool Http1Client::send_some() {
  const std::string& head = wiring_.head;
  uint64_t total = head.size() + wiring_.options->body;
  std::span<const char> bytes;
  if (sent_ < head.size()) {
    bytes = std::span<const char>(head).subspan(sent_);
  } else {
    bytes = std::span<const char>(kBody).first(std::min<uint64_t>(kBody.size(), total - sent_));
  }
  IoResult result = transport_.write(bytes);
  if (result.state == Io::kClosed) {
    complete(false);
    return false;
  }
  sent_ += result.bytes;
  if (sent_ == total) {
    // The answer raises a new edge, so nothing is read until it is announced.
    state_ = State::kReceiving;
    return false;
  }
  return result.state == Io::kDone;
}

bool Http1Client::receive_some() {
  std::vector<char>& scratch = *wiring_.scratch;
  IoResult result = transport_.read(scratch);
  if (result.state == Io::kWait) return false;
  if (result.state == Io::kClosed) {
    complete(false);
    return false;
  }
  uint64_t body_bytes = result.bytes;
  if (!in_body_) {
    head_.append(scratch.data(), result.bytes);
    size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    body_bytes = head_.size() - end - 4;
    if (!take_head()) {
      complete(false);
      return false;
    }
  }
  if (body_bytes > body_left_) {
    complete(false);
    return false;
  }
  body_left_ -= body_bytes;
  if (body_left_ > 0) return true;
  complete(true);
  return false;
}

bool Http1Client::take_head() {
  in_body_ = true;
  return head_.starts_with("HTTP/1.1 200") && content_length(head_, body_left_);
}

void Http1Client::complete(bool ok) {
  state_ = State::kIdle;
  if (ok && wiring_.options->resume) session_ = transport_.session();
  if (!ok || wiring_.options->new_connection) transport_.close();
  wiring_.meter->finish(started_, ok);
  // A broken proxy must not turn the slice into a loop that never waits.
  if (ok) issue();
}

void Http1Client::abandon() {
  if (state_ != State::kIdle) {
    state_ = State::kIdle;
    wiring_.meter->finish(started_, false);
  }
  transport_.close();
}

}  // namespace mesh::bench
