// Listeners.
#include <algorithm>
#include <iterator>

#include "config/object.h"

namespace mesh::config {

namespace {

using document::Node;

constexpr std::string_view kHttpOnly[] = {"hosts",  "tls",   "protocols",  "trusted_proxies",
                                          "limits", "paths", "underscores"};

bool applies(const Listener& listener, const Field& field) {
  return !listener.is_tcp() || std::find(std::begin(kHttpOnly), std::end(kHttpOnly), field.name) == std::end(kHttpOnly);
}

// A TCP listener passes bytes: whatever is about HTTP has no meaning there.
void check_tcp(Reader& reader, const Node& node, Listener& listener) {
  if (const Node* tcp = node.find("tcp")) listener.tcp_pos = tcp->pos;
  for (std::string_view key : kHttpOnly)
    if (const document::Member* member = node.find_member(key))
      reader.error(code::kExclusive, member->key, "'" + std::string(key) + "' has no meaning beside 'tcp'",
                   "a tcp listener passes bytes on as they come");
}

void check_listener(Reader& reader, const Node& node, Listener& listener) {
  const Node* address = node.find("address");
  if (address && listener.address.kind == Address::Kind::name)
    reader.error(code::kBadValue, *address, "'" + address->shown() + "' is a name; listening needs an IP address",
                 "127.0.0.1 is this machine, 0.0.0.0 is every IPv4 address of it");
  if (node.find("tcp")) check_tcp(reader, node, listener);
}

}  // namespace

void describe(ObjectBuilder<Listener>& b) {
  b.named("listener", "Where traffic comes in. HTTP unless `tcp` names a service.");
  b.field("address", &Listener::address,
          "where to listen: an IP address with a port, :PORT for every IPv4 address, or unix:/path")
      .required()
      .example("127.0.0.1:8080");
  b.field("hosts", &Listener::hosts, "the hosts served here, exact or as *.domain; others are answered with 421",
          {.rule = host_rule, .one_or_many = true, .non_empty = true})
      .otherwise("every host")
      .example("[shop.example, \"*.shop.example\"]");
  b.field("tls", &Listener::tls, "TLS with these settings; leave it out for plain text");
  b.field("protocols", &Listener::protocols, "what is spoken, in the order ALPN prefers",
          {.one_or_many = true, .non_empty = true});
  b.field("trusted_proxies", &Listener::trusted_proxies,
          "networks whose x-forwarded-* and forwarded headers are believed; from others they are replaced",
          {.one_or_many = true})
      .otherwise("none")
      .example("[10.0.0.0/8]");
  b.field("limits", &Listener::limits, "bounds on what a connection may ask for");
  b.field("paths", &Listener::paths, "what is done about the spelling of paths before they are matched");
  b.field("underscores", &Listener::underscores,
          "what is done about '_' in header names, which many upstreams take for '-'");
  b.field("tcp", &Listener::tcp, "the service that gets every connection, byte by byte; no HTTP then",
          {.rule = not_empty_rule})
      .example("postgres");
  b.applies(applies);
  b.check(check_listener);
}

void describe(ObjectBuilder<ListenerTls>& b) {
  b.named("listener tls", "TLS of a listener.");
  b.field("certificates", &ListenerTls::certificates,
          "chosen by the name that the client asks for; the first one if none fits. Watched and reloaded",
          {.one_or_many = true, .non_empty = true})
      .required()
      .example("[{ cert: edge.pem, key: edge-key.pem }]");
  b.field("min_version", &ListenerTls::min_version, "the oldest version that is spoken");
  b.field("client_auth", &ListenerTls::client_auth, "certificates of clients; leave it out to ask for none");
}

void describe(ObjectBuilder<Certificate>& b) {
  b.named("certificate",
          "A certificate chain with its private key. Relative paths are beside the file that names them.");
  b.field("cert", &Certificate::cert, "PEM: the certificate, then its intermediates", {.file = true})
      .required()
      .example("edge.pem");
  b.field("key", &Certificate::key, "PEM: the private key", {.file = true}).required().example("edge-key.pem");
}

void describe(ObjectBuilder<ClientAuthentication>& b) {
  b.named("client_auth", "Certificates of clients.");
  b.field("ca", &ClientAuthentication::ca, "PEM: the authorities that clients' certificates must come from",
          {.file = true})
      .required()
      .example("partners.pem");
  b.field("mode", &ClientAuthentication::mode, "what is asked of clients");
}

void describe(ObjectBuilder<ListenerLimits>& b) {
  constexpr int64_t kMaxCount = 1'000'000'000;
  b.named("listener limits", "Bounds on what a downstream connection may ask for.");
  b.field("head_bytes", &ListenerLimits::head_bytes,
          "the head of a request, decoded, each field counted with 32 bytes more; above it the answer is 431",
          {.min = 1024, .max = 1 << 20});
  b.field("head_fields", &ListenerLimits::head_fields,
          "header fields of a request, cookie crumbs counted one by one; 431", {.min = 1, .max = 10'000});
  b.field("target_bytes", &ListenerLimits::target_bytes, "the request target; 414", {.min = 64, .max = 1 << 20});
  b.field("header_timeout", &ListenerLimits::header_timeout, "from the first byte of a head to its end; 408");
  b.field("body_idle", &ListenerLimits::body_idle, "between two pieces of a request body; 408");
  b.field("keepalive_idle", &ListenerLimits::keepalive_idle, "between two requests of a connection");
  b.field("handshake_timeout", &ListenerLimits::handshake_timeout, "for a TLS handshake");
  b.field("requests_per_connection", &ListenerLimits::requests_per_connection,
          "requests after which a connection is closed in good order", {.min = 1, .max = kMaxCount});
  b.field("h2_streams", &ListenerLimits::h2_streams, "concurrent HTTP/2 streams of a connection",
          {.min = 1, .max = 100'000});
  b.field("h2_stream_window", &ListenerLimits::h2_stream_window, "receive window of an HTTP/2 stream",
          {.min = 1024, .max = 1 << 30});
  b.field("h2_connection_window", &ListenerLimits::h2_connection_window, "receive window of an HTTP/2 connection",
          {.min = 64 * 1024, .max = 1 << 30});
}

}  // namespace mesh::config
