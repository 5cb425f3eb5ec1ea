// One HTTP/2 connection slot with several requests under way, on nghttp2.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <string>
#include <vector>

#include "client.h"

namespace mesh::bench {

struct SessionDelete {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};

class Http2Client : public Client {
 public:
  explicit Http2Client(const Wiring& wiring);

  void issue() override;
  void on_ready(uint32_t events) override;
  void abandon() override;

  // From nghttp2's callbacks.
  void on_status(int32_t stream, bool ok);
  void on_stream_close(int32_t stream, uint32_t error);

 private:
  struct Exchange {
    int32_t stream = 0;  // 0 is free
    Instant started;
    bool ok = false;
  };

  bool open();
  void submit_free();
  bool flush();
  bool receive();
  void drive();

  const Wiring& wiring_;
  Transport transport_;
  std::unique_ptr<nghttp2_session, SessionDelete> session_;
  std::vector<Exchange> exchanges_;
  std::string pending_;  // made by nghttp2, not yet taken by the socket
  bool ready_ = false;
};

}  // namespace mesh::bench
