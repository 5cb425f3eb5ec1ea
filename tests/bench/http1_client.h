// One HTTP/1.1 connection slot: a request at a time, kept alive or a new connection each.
#pragma once

#include <string>

#include "client.h"

namespace mesh::bench {

class Http1Client : public Client {
 public:
  explicit Http1Client(const Wiring& wiring) : wiring_(wiring) {}

  void issue() override;
  void on_ready(uint32_t events) override;
  void abandon() override;

 private:
  enum class State : uint8_t { kIdle, kConnecting, kSending, kReceiving };

  bool open();
  void drive();
  // Each step returns false when the socket has no more to give or the request ended.
  bool send_some();
  bool receive_some();
  bool take_head();
  void complete(bool ok);

  const Wiring& wiring_;
  Transport transport_;
  Session session_;
  State state_ = State::kIdle;
  Instant started_;
  uint64_t sent_ = 0;
  std::string head_;  // bytes of the response head so far
  bool in_body_ = false;
  uint64_t body_left_ = 0;
};

}  // namespace mesh::bench
