#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace mesh {

namespace {

Errc classify(int err) {
  switch (err) {
    case ENOENT:
      return Errc::not_found;
    case EEXIST:
      return Errc::exists;
    case EACCES:
    case EPERM:
      return Errc::permission;
    case ECONNREFUSED:
      return Errc::refused;
    case ECONNRESET:
    case EPIPE:
      return Errc::reset;
    case ETIMEDOUT:
      return Errc::timeout;
    case ENETUNREACH:
    case EHOSTUNREACH:
      return Errc::unreachable;
    case EMFILE:
    case ENFILE:
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case ENOBUFS:
    case EADDRINUSE:
    case EADDRNOTAVAIL:
      return Errc::exhausted;
    default:
      return Errc::io;
  }
}

}  // namespace

Error Error::from_errno(int err, std::string what) {
  char buffer[128];
  std::string text = strerror_r(err, buffer, sizeof buffer);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return Error{classify(err), err, what.empty() ? text : what + ": " + text};
}

const char* to_string(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not found";
    case Errc::exists:
      return "exists";
    case Errc::permission:
      return "permission";
    case Errc::unsupported:
      return "unsupported";
    case Errc::limit:
      return "limit";
    case Errc::protocol:
      return "protocol";
    case Errc::closed:
      return "closed";
    case Errc::reset:
      return "reset";
    case Errc::refused:
      return "refused";
    case Errc::unreachable:
      return "unreachable";
    case Errc::timeout:
      return "timeout";
    case Errc::cancelled:
      return "cancelled";
    case Errc::tls:
      return "tls";
    case Errc::io:
      return "io";
    case Errc::exhausted:
      return "exhausted";
    case Errc::internal:
      return "internal";
  }
  return "unknown";
}

}  // namespace mesh
