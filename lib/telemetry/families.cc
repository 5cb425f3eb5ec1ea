#include "telemetry/families.h"

namespace mesh::telemetry {

namespace {

constexpr std::array<std::string_view, 4> kByCode{"listener", "route", "service", "code"};
constexpr std::array<std::string_view, 3> kByRoute{"listener", "route", "service"};
constexpr std::array<std::string_view, 2> kByReason{"listener", "reason"};
constexpr std::array<std::string_view, 2> kServiceCode{"service", "code"};
constexpr std::array<std::string_view, 1> kByService{"service"};
constexpr std::array<std::string_view, 3> kTcp{"listener", "service", "reason"};
constexpr std::array<std::string_view, 2> kTcpBytes{"listener", "service"};
constexpr std::array<std::string_view, 1> kByListener{"listener"};

constexpr std::array<FamilyInfo, static_cast<size_t>(Family::kCount)> kFamilies{{
    {"meshctl_requests", Type::counter, "Requests that ended, by the status that the client got.", kByCode},
    {"meshctl_request_duration_seconds", Type::histogram, "Time from a request's head to the end of its response.",
     kByRoute},
    {"meshctl_received_bytes", Type::counter, "Bytes of requests as they crossed the wire.", kByRoute},
    {"meshctl_sent_bytes", Type::counter, "Bytes of responses as they crossed the wire.", kByRoute},
    {"meshctl_rejected_requests", Type::counter, "Requests that were refused, failed or were cut off, by reason.",
     kByReason},
    {"meshctl_upstream_requests", Type::counter, "Requests sent to a service, by the status it answered.",
     kServiceCode},
    {"meshctl_upstream_retries", Type::counter, "Attempts after the first one.", kByService},
    {"meshctl_upstream_response_seconds", Type::histogram, "Time from the last attempt to its response head.",
     kByService},
    {"meshctl_tcp_connections", Type::counter, "Connections of tcp listeners that ended, by reason.", kTcp},
    {"meshctl_tcp_received_bytes", Type::counter, "Bytes that clients of tcp listeners sent.", kTcpBytes},
    {"meshctl_tcp_sent_bytes", Type::counter, "Bytes that clients of tcp listeners got.", kTcpBytes},
    {"meshctl_connections_refused", Type::counter, "Connections closed at once because there were too many.",
     kByListener},
    {"meshctl_tls_handshakes_failed", Type::counter, "TLS handshakes with clients that failed.", kByListener},
}};

constexpr std::array<std::string_view, 63> kCodes{
    "100", "101", "102", "103", "200", "201", "202", "203", "204", "205", "206", "207", "208", "226", "300", "301",
    "302", "303", "304", "305", "307", "308", "400", "401", "402", "403", "404", "405", "406", "407", "408", "409",
    "410", "411", "412", "413", "414", "415", "416", "417", "418", "421", "422", "423", "424", "425", "426", "428",
    "429", "431", "451", "499", "500", "501", "502", "503", "504", "505", "506", "507", "508", "510", "511"};

constexpr std::array<uint8_t, 600> make_code_index() {
  std::array<uint8_t, 600> index{};
  for (size_t i = 0; i < kCodes.size(); ++i) {
    size_t code = 0;
    for (char c : kCodes[i]) code = code * 10 + static_cast<size_t>(c - '0');
    index[code] = static_cast<uint8_t>(i + 1);
  }
  return index;
}
constexpr std::array<uint8_t, 600> kCodeIndex = make_code_index();

}  // namespace

const FamilyInfo& describe(Family family) { return kFamilies[static_cast<size_t>(family)]; }

std::string_view code_label(int status) {
  if (status == 0) return kNone;
  if (status < 0 || status >= 600) return kOther;
  uint8_t at = kCodeIndex[static_cast<size_t>(status)];
  return at == 0 ? kOther : kCodes[at - 1];
}

}  // namespace mesh::telemetry
