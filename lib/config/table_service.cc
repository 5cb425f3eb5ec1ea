// Services and what belongs to them.
#include "config/object.h"

namespace mesh::config {

namespace {

using document::Node;

void check_service(Reader& reader, const Node& node, Service& service) {
  const Node* protocol = node.find("protocol");
  if (protocol && service.protocol == UpstreamProtocol::automatic && !service.tls)
    reader.error(code::kExclusive, *protocol, "'protocol: auto' is settled by ALPN and needs 'tls'",
                 "add 'tls: {}' or name the protocol");
}

void check_tls(Reader& reader, const Node& node, ServiceTls& tls) {
  if (tls.cert.empty() != tls.key.empty())
    reader.error(code::kMissingKey, node, "'cert' and 'key' belong together", "give both or none");
  if (!tls.unsafe_skip_verify) return;
  const document::Member* member = node.find_member("unsafe_skip_verify");
  reader.report(code::kUnsafe, Severity::warning, member->key.pos, member->key.span,
                "certificates of this service are not verified", "name its authority with 'ca'");
  if (const document::Member* ca = node.find_member("ca"))
    reader.error(code::kExclusive, ca->key, "'ca' has no meaning beside 'unsafe_skip_verify'", "keep one of them");
}

void check_retry(Reader& reader, const Node& node, Retry& retry) {
  if (retry.backoff_min <= retry.backoff_max) return;
  const Node* value = node.find("backoff_max");
  reader.error(code::kBadValue, value ? *value : node, "'backoff_max' is shorter than 'backoff_min'");
}

}  // namespace

void describe(ObjectBuilder<Service>& b) {
  b.named("service", "What traffic goes to: endpoints that do the same work, and how they are used.");
  b.field("endpoints", &Service::endpoints,
          "where it runs: addresses, names resolved by DNS (every address of a name is used), or Unix sockets",
          {.one_or_many = true, .non_empty = true})
      .required()
      .example("[127.0.0.1:9001, { address: 127.0.0.1:9002, weight: 2 }]");
  b.field("protocol", &Service::protocol, "what is spoken to it");
  b.field("tls", &Service::tls, "TLS to it; `tls: {}` verifies against the system's authorities");
  b.field("balance", &Service::balance, "how an endpoint is picked");
  b.field("timeouts", &Service::timeouts, "how long is waited");
  b.field("retry", &Service::retry, "when a request is tried again at another endpoint");
  b.field("limits", &Service::limits, "caps on what may be under way at a time; above them the answer is 503");
  b.check(check_service);
}

void describe(ObjectBuilder<Endpoint>& b) {
  b.named("endpoint", "One place where a service runs.");
  b.field("address", &Endpoint::address, "an IP address or a DNS name with its port, or unix:/path")
      .required()
      .example("127.0.0.1:9001");
  b.field("weight", &Endpoint::weight, "its share beside the others; 0 gets nothing", {.min = 0, .max = 1'000'000});
  b.short_form(
      "an address",
      [](Reader& reader, const Node& node, Endpoint& endpoint) {
        Codec<Address>::read(reader, node, endpoint.address, {});
        if (endpoint.address.kind != Address::Kind::unix_path && endpoint.address.port == 0 &&
            node.text.ends_with(":0"))
          reader.error(code::kBadValue, node, "'" + node.shown() + "' has port 0, where nothing can listen");
      },
      [](const Endpoint& endpoint) {
        return endpoint.weight == 1 ? document::Json(endpoint.address.to_string()) : document::Json();
      });
  b.check([](Reader& reader, const Node& node, Endpoint& endpoint) {
    const Node* address = node.find("address");
    if (address && endpoint.address.kind != Address::Kind::unix_path && endpoint.address.port == 0 &&
        address->text.ends_with(":0"))
      reader.error(code::kBadValue, *address, "'" + address->shown() + "' has port 0, where nothing can listen");
  });
}

void describe(ObjectBuilder<ServiceTls>& b) {
  b.named("service tls", "TLS to a service.");
  b.field("ca", &ServiceTls::ca, "PEM: the authorities that its certificate must come from", {.file = true})
      .otherwise("the system's")
      .example("internal-ca.pem");
  b.field("server_name", &ServiceTls::server_name, "the name asked for (SNI) and verified", {.rule = plain_host_rule})
      .otherwise("the DNS name or address of the endpoint")
      .example("orders.internal");
  b.field("cert", &ServiceTls::cert, "PEM: our certificate, if the service asks for one; with `key`", {.file = true})
      .example("gateway.pem");
  b.field("key", &ServiceTls::key, "PEM: the private key of `cert`", {.file = true}).example("gateway-key.pem");
  b.field("min_version", &ServiceTls::min_version, "the oldest version that is spoken");
  b.field("unsafe_skip_verify", &ServiceTls::unsafe_skip_verify,
          "accept any certificate: anybody on the way can read and change everything");
  b.check(check_tls);
}

void describe(ObjectBuilder<Timeouts>& b) {
  b.named("timeouts", "How long is waited for a service. `none` turns a limit off where it is allowed.");
  b.field("connect", &Timeouts::connect, "for a connection, its TLS handshake included");
  b.field("header", &Timeouts::header, "from the end of the request to the head of the response; 504");
  b.field("idle", &Timeouts::idle, "while no byte moves either way");
  b.field("total", &Timeouts::total, "from the head of the request to the end of the response, all attempts together",
          {.absent = "none"})
      .example("30s");
}

void describe(ObjectBuilder<Retry>& b) {
  b.named("retry", "When a request is tried again at another endpoint. Never after the response head was passed on.");
  b.field("attempts", &Retry::attempts, "attempts in all; 1 turns retries off", {.min = 1, .max = 10});
  b.field("on", &Retry::on, "what an attempt may end with to be tried again", {.one_or_many = true})
      .example("[connect-failure, refused-stream, 503]");
  b.field("per_try", &Retry::per_try,
          "how long one attempt may wait for the response head; a later one is made for idempotent methods",
          {.absent = "none"})
      .example("2s");
  b.field("budget", &Retry::budget, "retries as a part of the requests of the last 10 s");
  b.field("min_per_second", &Retry::min_per_second, "retries that are allowed whatever the budget says",
          {.min = 0, .max = 1'000'000});
  b.field("backoff_min", &Retry::backoff_min, "the shortest possible pause before the first retry", {.zero = true});
  b.field("backoff_max", &Retry::backoff_max, "the longest pause; a random one between the two is taken",
          {.zero = true});
  b.field("body", &Retry::body, "how much of a request body is kept for another attempt; a longer one is sent once",
          {.min = 0, .max = 64 << 20});
  b.check(check_retry);
}

void describe(ObjectBuilder<ServiceLimits>& b) {
  constexpr int64_t kMax = 10'000'000;
  b.named("service limits", "Caps on what may be under way to one service at a time, over all workers.");
  b.field("connections", &ServiceLimits::connections, "open connections", {.min = 1, .max = kMax});
  b.field("pending", &ServiceLimits::pending, "requests that wait for a connection", {.min = 0, .max = kMax});
  b.field("requests", &ServiceLimits::requests, "requests under way", {.min = 1, .max = kMax});
  b.field("retries", &ServiceLimits::retries, "retries under way", {.min = 0, .max = kMax});
}

}  // namespace mesh::config
