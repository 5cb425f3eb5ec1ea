#include "telemetry/metrics.h"

namespace mesh::telemetry {

using exchange::EndReason;

namespace {

std::string_view or_none(std::string_view name) { return name.empty() ? kNone : name; }

// The configuration asked for these; everything else but `ok` is a request that went wrong.
bool is_wanted(EndReason reason) {
  return reason == EndReason::ok || reason == EndReason::redirect || reason == EndReason::direct_response ||
         reason == EndReason::cors_preflight;
}

size_t hash_addresses(std::string_view a, std::string_view b, std::string_view c) {
  auto bits = [](std::string_view name) { return reinterpret_cast<uintptr_t>(name.data()) + name.size(); };
  uint64_t mixed = (bits(a) * 3 + bits(b) * 5 + bits(c) * 7) * 0x9e3779b97f4a7c15ull;
  return static_cast<size_t>(mixed >> 54);
}

}  // namespace

void WorkerMetrics::observe(Cell* histogram, int64_t ns) {
  if (ns < 0) ns = 0;
  histogram[bucket_of(ns)].add(1);
  histogram[kSumCell].add(static_cast<uint64_t>(ns));
}

WorkerMetrics::Cells& WorkerMetrics::cells_of(std::string_view listener, std::string_view route,
                                              std::string_view service) {
  if (uint32_t now = registry_.epoch(); now != epoch_) [[unlikely]] {
    epoch_ = now;
    recent_.fill(nullptr);
    all_.clear();
  }
  static_assert(kRecent == 1 << 10);
  Cells*& recent = recent_[hash_addresses(listener, route, service)];
  if (recent == nullptr || recent->listener != listener || recent->route != route || recent->service != service)
      [[unlikely]]
    recent = &look_up(listener, route, service);
  return *recent;
}

WorkerMetrics::Cells& WorkerMetrics::look_up(std::string_view listener, std::string_view route,
                                             std::string_view service) {
  if (all_.size() >= kMost) {
    route = service = kOther;
    if (all_.size() > kMost * 2) listener = kOther;
  }
  std::string key(listener);
  key.append(1, '\0').append(route).append(1, '\0').append(service);
  std::unique_ptr<Cells>& cells = all_[key];
  if (!cells) {
    cells = std::make_unique<Cells>();
    cells->listener = listener;
    cells->route = route;
    cells->service = service;
  }
  return *cells;
}

void WorkerMetrics::finish(const exchange::Record& record) {
  Cells& cells = cells_of(or_none(record.listener), or_none(record.route), or_none(record.service));
  if (record.method == "TCP" && record.status == 0) {
    finish_tcp(cells, record);
    return;
  }
  once(cells.by_code, record.status, [&] {
    return make(Family::requests, cells.listener, cells.route, cells.service, code_label(record.status));
  })->add(1);
  observe(once(cells.duration, Family::request_duration, cells.listener, cells.route, cells.service),
          record.ended.ns - record.started.ns);
  once(cells.received, Family::received_bytes, cells.listener, cells.route, cells.service)->add(record.bytes_in);
  once(cells.sent, Family::sent_bytes, cells.listener, cells.route, cells.service)->add(record.bytes_out);
  count_reason(cells, record.reason);
  if (record.attempts == 0) return;
  bool responded = record.upstream_responded.ns != 0;
  int upstream_code = responded ? record.status : 0;
  once(cells.upstream_by_code, upstream_code, [&] {
    return make(Family::upstream_requests, cells.service, code_label(upstream_code));
  })->add(1);
  if (record.attempts > 1)
    once(cells.upstream_retries, Family::upstream_retries, cells.service)->add(record.attempts - 1);
  if (responded)
    observe(once(cells.upstream_response, Family::upstream_response_time, cells.service),
            record.upstream_responded.ns - record.upstream_started.ns);
}

void WorkerMetrics::finish_tcp(Cells& cells, const exchange::Record& record) {
  once(cells.tcp_by_reason, static_cast<int>(record.reason), [&] {
    return make(Family::tcp_connections, cells.listener, cells.service, exchange::describe(record.reason).word);
  })->add(1);
  once(cells.tcp_received, Family::tcp_received_bytes, cells.listener, cells.service)->add(record.bytes_in);
  once(cells.tcp_sent, Family::tcp_sent_bytes, cells.listener, cells.service)->add(record.bytes_out);
}

void WorkerMetrics::count_reason(Cells& cells, EndReason reason) {
  if (is_wanted(reason)) return;
  once(cells.by_reason, static_cast<int>(reason), [&] {
    return make(Family::rejected_requests, cells.listener, exchange::describe(reason).word);
  })->add(1);
}

void WorkerMetrics::rejected(std::string_view listener, EndReason reason, int status, uint64_t received,
                             uint64_t sent) {
  Cells& cells = cells_of(or_none(listener), kNone, kNone);
  once(cells.by_code, status, [&] {
    return make(Family::requests, cells.listener, cells.route, cells.service, code_label(status));
  })->add(1);
  once(cells.received, Family::received_bytes, cells.listener, cells.route, cells.service)->add(received);
  once(cells.sent, Family::sent_bytes, cells.listener, cells.route, cells.service)->add(sent);
  count_reason(cells, reason);
}

void WorkerMetrics::connection_refused(std::string_view listener) {
  Cells& cells = cells_of(or_none(listener), kNone, kNone);
  once(cells.refused, Family::connections_refused, cells.listener)->add(1);
}

void WorkerMetrics::handshake_failed(std::string_view listener) {
  Cells& cells = cells_of(or_none(listener), kNone, kNone);
  once(cells.handshakes, Family::tls_handshakes_failed, cells.listener)->add(1);
}

}  // namespace mesh::telemetry
