// Where the admin sockets of running gateways lie, and small requests to them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace gateway_admin {

// $XDG_RUNTIME_DIR/meshctl or /run/meshctl (as root), else /tmp/meshctl-UID; the file is gateway-PID.sock.
std::string default_path(int pid);
// The folder of a socket path, made with mode 0700 when it is missing. Errors: permission, io.
mesh::Status make_folder(const std::string& path);
// Sockets of gateways that answer, of this user.
std::vector<std::string> find_running();
// The one to talk to: `given`, or the only one that runs. Errors: not_found (none, or several: the message lists them).
mesh::Result<std::string> choose(const std::string& given);

struct Answer {
  int status = 0;
  std::string body;
};
// One request. Errors: unreachable, refused, timeout, protocol.
mesh::Result<Answer> ask(const std::string& socket, const std::string& method, const std::string& path);

}  // namespace gateway_admin
