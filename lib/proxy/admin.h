// What the admin socket and the metrics address answer: small HTTP/1 requests, served by the control thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "async/wait.h"
#include "codec/server.h"
#include "http/date.h"
#include "net/tcp.h"

namespace mesh::proxy {

struct AdminReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

// Called with method, path without query, and the Accept field. Suspends while it works, for instance on a reload.
using AdminHandler = std::function<AdminReply(std::string_view method, std::string_view path, std::string_view accept)>;

// Accepts connections until the listener is stopped, each served in `scope`.
async::Task<void> serve_admin_socket(async::Scope& scope, async::Loop& loop, net::Listener& listener,
                                     AdminHandler handler);

}  // namespace mesh::proxy
