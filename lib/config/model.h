// What the user's files say, as plain values: defaults applied, names resolved to names that exist, every object with
// the place that wrote it. The one input from which a snapshot is compiled. Text that is matched is already in the form
// it is matched in (hosts lower case, prefixes without a trailing slash).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/duration.h"
#include "base/result.h"
#include "base/source.h"

namespace mesh::config {

// Where to listen or connect.
struct Address {
  enum class Kind : uint8_t {
    ip,         // host is an IPv4 or IPv6 literal without brackets
    name,       // host is a DNS name, lower case
    unix_path,  // host is a path, port is 0
  };
  Kind kind = Kind::ip;
  std::string host;
  uint16_t port = 0;

  bool operator==(const Address&) const = default;
  // "127.0.0.1:80", "[::1]:80", "orders.example:80", "unix:/run/app.sock".
  std::string to_string() const;
  // The inverse of to_string(); ":80" is 0.0.0.0:80. Errc::invalid with the reason as message.
  static Result<Address> parse(std::string_view text);
};

// A network in CIDR form, IPv4 as four bytes, IPv6 as sixteen; bits after the prefix are zero.
struct Network {
  std::string bytes;
  uint8_t prefix_bits = 0;

  bool operator==(const Network&) const = default;
  std::string to_string() const;
  // "10.0.0.0/8", "::1/128"; a bare address is one host. Errc::invalid when bits after the prefix are set.
  static Result<Network> parse(std::string_view text);
};

enum class TlsVersion : uint8_t { v1_2, v1_3 };
enum class ClientAuth : uint8_t { none, optional, required };
enum class ListenerProtocol : uint8_t { http1, h2 };
// What is done about the spelling of request paths (PA-01 to PA-04). strict: normalised, empty segments are refused;
// merge: normalised, empty segments are removed; raw: matched and forwarded as they came.
enum class PathMode : uint8_t { strict, merge, raw };
// What is done about '_' in request header names (PA-10).
enum class Underscores : uint8_t { reject, drop, keep };

struct Certificate {
  SourcePos pos;
  std::string cert;  // PEM file: leaf first, then intermediates
  std::string key;   // PEM file
};

struct ClientAuthentication {
  SourcePos pos;
  std::string ca;  // PEM file of the authorities that clients' certificates must come from
  ClientAuth mode = ClientAuth::required;
};

struct ListenerTls {
  SourcePos pos;
  std::vector<Certificate> certificates;  // chosen by SNI, the first one without a match
  TlsVersion min_version = TlsVersion::v1_2;
  std::optional<ClientAuthentication> client_auth;
};

// Bounds on what a downstream connection may ask for (threats 1.2).
struct ListenerLimits {
  uint64_t head_bytes = 32 * 1024;  // decoded, each field counted with 32 more
  uint32_t head_fields = 100;       // cookie crumbs counted one by one
  uint64_t target_bytes = 8192;
  Duration header_timeout = Duration::seconds(10);  // from the first byte of a head to its end
  Duration body_idle = Duration::seconds(30);
  Duration keepalive_idle = Duration::seconds(60);
  Duration handshake_timeout = Duration::seconds(10);
  uint32_t requests_per_connection = 10'000;
  uint32_t h2_streams = 100;
  uint64_t h2_stream_window = 64 * 1024;
  uint64_t h2_connection_window = 1024 * 1024;
};

struct Listener {
  SourcePos pos;
  std::string name;
  Address address;                 // ip or unix
  std::vector<std::string> hosts;  // lower case; exact or "*.example"; empty takes any host
  std::optional<ListenerTls> tls;
  std::vector<ListenerProtocol> protocols = {ListenerProtocol::h2, ListenerProtocol::http1};  // of an http listener
  std::vector<Network> trusted_proxies;
  ListenerLimits limits;
  PathMode paths = PathMode::merge;
  Underscores underscores = Underscores::reject;
  std::string tcp;  // the service that gets every connection as raw bytes; empty for an http listener
  SourcePos tcp_pos;

  bool is_tcp() const { return !tcp.empty(); }
};

struct Endpoint {
  SourcePos pos;
  Address address;
  uint32_t weight = 1;
};

enum class UpstreamProtocol : uint8_t { http1, h2, automatic };
enum class Balance : uint8_t { round_robin, least_request, random };

struct ServiceTls {
  SourcePos pos;
  std::string ca;           // PEM file; empty is the system's authorities
  std::string server_name;  // sent as SNI and verified; empty is the endpoint's DNS name
  std::string cert;         // our certificate for the upstream, with key; empty for none
  std::string key;
  TlsVersion min_version = TlsVersion::v1_2;
  bool unsafe_skip_verify = false;
};

struct Timeouts {
  Duration connect = Duration::seconds(1);  // TCP connect and TLS handshake together
  Duration header = Duration::seconds(15);  // from the request's last byte sent to the response head
  Duration idle = Duration::seconds(60);    // no byte either way
  std::optional<Duration> total;            // from the request head to the response's last byte
};

// A route's own limits; what is absent comes from the service.
struct RouteTimeouts {
  SourcePos pos;
  std::optional<Duration> header;
  std::optional<Duration> idle;
  std::optional<Duration> total;
};

// What an attempt may end with to be tried again.
struct RetryOn {
  enum class Kind : uint8_t {
    connect_failure,
    refused_stream,        // REFUSED_STREAM, or above the last stream of a GOAWAY
    reset_before_request,  // cut before the first request byte was written
    reset,                 // cut before the response head; idempotent methods only
    status,                // the response has this status; idempotent methods only
  };
  Kind kind = Kind::connect_failure;
  uint16_t status = 0;
  bool operator==(const RetryOn&) const = default;
};

struct Retry {
  uint32_t attempts = 2;  // the first one included; 1 turns retries off
  std::vector<RetryOn> on = {{RetryOn::Kind::connect_failure},
                             {RetryOn::Kind::refused_stream},
                             {RetryOn::Kind::reset_before_request},
                             {RetryOn::Kind::reset}};
  std::optional<Duration> per_try;
  double budget = 20;                                 // percent of requests over 10 s
  uint32_t min_per_second = 10;                       // allowed whatever the budget says
  Duration backoff_min = Duration::milliseconds(25);  // full jitter between the two
  Duration backoff_max = Duration::milliseconds(250);
  uint64_t body = 64 * 1024;  // bytes of request body kept for another attempt
};

// Caps on what one service may hold at a time, over all workers.
struct ServiceLimits {
  uint32_t connections = 1024;
  uint32_t pending = 1024;
  uint32_t requests = 1024;
  uint32_t retries = 3;
};

struct Service {
  SourcePos pos;
  std::string name;
  std::vector<Endpoint> endpoints;
  UpstreamProtocol protocol = UpstreamProtocol::http1;
  std::optional<ServiceTls> tls;
  Balance balance = Balance::round_robin;
  Timeouts timeouts;
  Retry retry;
  ServiceLimits limits;
};

struct PathMatch {
  enum class Kind : uint8_t {
    exact,
    prefix,   // on segment borders; without a trailing slash, "/" matches everything
    pattern,  // segments of which some are "{name}"
    regex,    // RE2, the whole path
  };
  SourcePos pos;
  Kind kind = Kind::exact;
  std::string text;
};

// A condition on a header or a query parameter.
struct ValueMatch {
  enum class Kind : uint8_t { exact, prefix, suffix, contains, regex, present, absent };
  SourcePos pos;
  std::string name;  // lower case for headers
  Kind kind = Kind::exact;
  std::string text;  // empty for present and absent
};

// All conditions must hold; an absent one holds always.
struct Match {
  SourcePos pos;
  std::vector<std::string> hosts;  // lower case; exact or "*.example"; any of them
  std::optional<PathMatch> path;
  std::vector<std::string> methods;  // any of them
  std::vector<ValueMatch> headers;
  std::vector<ValueMatch> query;
};

struct Target {
  SourcePos pos;
  std::string service;
  uint32_t weight = 1;
};

// Edits of a head: remove first, then set (replaces), then add (appends).
struct HeaderEdits {
  std::vector<std::pair<std::string, std::string>> set;
  std::vector<std::pair<std::string, std::string>> add;
  std::vector<std::string> remove;
};
struct RequestHeaders : HeaderEdits {};
struct ResponseHeaders : HeaderEdits {};

// At most one of prefix and pattern.
struct Rewrite {
  std::optional<std::string> prefix;   // replaces the matched prefix
  std::optional<std::string> pattern;  // a whole path, "{name}" from the matched template
  std::optional<std::string> host;
};

struct Redirect {
  std::optional<std::string> scheme;  // "http" or "https"
  std::optional<std::string> host;
  std::optional<uint16_t> port;
  std::optional<std::string> path;    // replaces the whole path
  std::optional<std::string> prefix;  // replaces the matched prefix
  bool keep_query = true;
  uint32_t status = 302;
};

struct Respond {
  uint32_t status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
};

struct Cors {
  std::vector<std::string> origins;  // "https://app.example", exact, or "*"
  std::vector<std::string> methods = {"GET", "HEAD", "POST"};
  std::vector<std::string> headers;  // request headers allowed beyond the safelisted ones
  std::vector<std::string> expose;
  bool credentials = false;
  Duration max_age = Duration::seconds(600);
};

enum class Encoding : uint8_t { gzip, br, zstd };

struct Compress {
  std::vector<Encoding> encodings = {Encoding::zstd, Encoding::br, Encoding::gzip};  // by preference
  uint64_t min_size = 1024;  // smaller bodies of known length stay as they are
  std::vector<std::string> types = {
      "text/*",          "application/json",  "application/*+json", "application/javascript",
      "application/xml", "application/*+xml", "application/yaml",   "image/svg+xml"};
};

struct Filter {
  SourcePos pos;
  std::variant<RequestHeaders, ResponseHeaders, Rewrite, Redirect, Respond, Cors, Compress> what;
};

struct Route {
  SourcePos pos;
  std::string name;
  std::vector<Match> matches;          // any of them; never empty
  std::vector<std::string> listeners;  // empty is every http listener whose hosts overlap
  int32_t priority = 0;                // higher wins where specificity does not decide
  std::vector<Filter> filters;         // in this order
  std::vector<Target> to;              // empty only if a filter answers (redirect, respond)
  std::optional<RouteTimeouts> timeouts;
  std::optional<Retry> retry;  // instead of the service's
};

enum class LogFormat : uint8_t { json, text, off };

struct AccessLog {
  std::string path = "-";  // "-" is stdout
  LogFormat format = LogFormat::text;
};

struct Metrics {
  SourcePos pos;
  Address address;
};

struct Telemetry {
  AccessLog access_log;
  std::optional<Metrics> metrics;
};

struct Admin {
  std::string socket;  // path of the Unix socket; empty is the place found by itself
};

struct Model {
  uint32_t version = 1;
  std::vector<Listener> listeners;  // in the order they were written
  std::vector<Service> services;
  std::vector<Route> routes;
  Telemetry telemetry;
  Admin admin;

  const Listener* find_listener(std::string_view name) const;
  const Service* find_service(std::string_view name) const;
  const Route* find_route(std::string_view name) const;

  // SHA-256 in hex over everything that has an effect: equal for files that differ only in layout, comments, positions,
  // order of listeners and services, or in writing out a default.
  std::string content_hash() const;

  // The model of `gateway serve --from :8080 --to http://127.0.0.1:9000`: one listener, one service, one route. `to`
  // are http://, https:// or h2c:// URLs without a path, "host:port" or "unix:/path"; several share one scheme.
  // Errc::invalid with the reason.
  static Result<Model> from_quick(std::string_view from, std::span<const std::string> to);
};

}  // namespace mesh::config
