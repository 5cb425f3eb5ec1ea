#include "http/head.h"

namespace mesh::http {

std::string_view to_string(Version version) {
  switch (version) {
    case Version::http10:
      return "HTTP/1.0";
    case Version::http11:
      return "HTTP/1.1";
    case Version::http2:
      return "HTTP/2";
  }
  return "";
}

std::string_view to_string(Scheme scheme) { return scheme == Scheme::https ? "https" : "http"; }

}  // namespace mesh::http
