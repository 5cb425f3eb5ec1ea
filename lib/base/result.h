// What a fallible call answers: a value or an Error. Errors are values everywhere in the data plane; exceptions of
// third-party code are caught in the one file that includes that code.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace mesh {

// What kind of thing went wrong, as far as a caller can act on it.
enum class Errc : unsigned char {
  invalid,      // input breaks its grammar or its rules
  not_found,    // a file, name or route that is not there
  exists,       // would overwrite
  permission,   // refused by the system or by policy
  unsupported,  // known, but not offered
  limit,        // a bound on size, count or rate was met
  protocol,     // the peer broke the protocol
  closed,       // the peer ended the stream in good order
  reset,        // the peer or the network cut the stream
  refused,      // nobody listens at the address
  unreachable,  // no route, name does not resolve
  timeout,      // a deadline passed
  cancelled,    // given up on our side
  tls,          // handshake or certificate failure
  io,           // any other system call failure
  exhausted,    // out of a local resource: descriptors, ports, disk
  internal,     // a bug of ours
};

struct Error {
  Errc code = Errc::internal;
  int sys = 0;          // errno, or 0
  std::string message;  // lower case, cause first, no trailing full stop; may be empty on the hot path

  // "cannot open 'x': permission denied" from errno.
  static Error from_errno(int err, std::string what);
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(Errc code, std::string message = {}) {
  return std::unexpected<Error>(Error{code, 0, std::move(message)});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }
inline std::unexpected<Error> fail_errno(int err, std::string what) {
  return std::unexpected<Error>(Error::from_errno(err, std::move(what)));
}

const char* to_string(Errc code);

}  // namespace mesh
