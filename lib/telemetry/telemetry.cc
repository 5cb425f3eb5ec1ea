#include "telemetry/telemetry.h"

#include <atomic>
#include <map>
#include <set>
#include <vector>

#include "base/duration.h"
#include "base/log.h"
#include "base/text.h"
#include "telemetry/access_log.h"
#include "telemetry/exposition.h"
#include "telemetry/metrics.h"
#include "telemetry/process.h"

namespace mesh::telemetry {

using exchange::EndReason;
using exchange::Record;

namespace {

struct LiveInfo {
  std::string_view name;
  std::string_view help;
  std::string_view label;
};

LiveInfo describe(Live what) {
  switch (what) {
    case Live::connections_active:
      return {"meshctl_connections_active", "Open connections of clients.", "listener"};
    case Live::exchanges_active:
      return {"meshctl_requests_active", "Requests under way.", {}};
    case Live::upstream_connections_active:
      return {"meshctl_upstream_connections_active", "Open connections to a service.", "service"};
    case Live::upstream_requests_active:
      return {"meshctl_upstream_requests_active", "Requests that a service works on.", "service"};
    case Live::upstream_requests_pending:
      return {"meshctl_upstream_requests_pending", "Requests that wait for a connection to a service.", "service"};
    case Live::endpoints_healthy:
      return {"meshctl_endpoints_healthy", "Endpoints of a service that get traffic.", "service"};
    case Live::endpoints:
      return {"meshctl_endpoints", "Endpoints of a service.", "service"};
  }
  return {};
}

// "GET /path HTTP/1.1" as far as it came, or ":method :path" of HTTP/2.
void read_request_line(std::string_view line, Record& record) {
  size_t space = line.find(' ');
  record.method = line.substr(0, space);
  if (space == std::string_view::npos) return;
  line.remove_prefix(space + 1);
  size_t version = line.rfind(" HTTP/");
  record.target = line.substr(0, version);
}

}  // namespace

struct Telemetry::Impl {
  explicit Impl(Settings wanted) : settings(std::move(wanted)) {}

  void write_series(ExpositionWriter& out) const;
  void write_live(ExpositionWriter& out) const;
  void write_own(ExpositionWriter& out) const;
  uint64_t sum(uint32_t cell) const {
    uint64_t total = 0;
    for (const auto& worker : workers) total += worker->shard().get(cell);
    return total;
  }

  Settings settings;
  SystemClock clock;
  Registry registry;
  std::vector<std::unique_ptr<WorkerMetrics>> workers;
  AccessLog access_log{clock};
  LiveSource live;
  uint64_t reloads_ok = 0;
  uint64_t reloads_refused = 0;
  bool last_reload_ok = true;
  int64_t last_ok_wall_ns = 0;
};

Telemetry::Telemetry(Settings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
Telemetry::~Telemetry() = default;

Status Telemetry::open() { return impl_->access_log.use(impl_->settings.log_path, impl_->settings.log_format); }

void Telemetry::start(uint32_t workers) {
  for (uint32_t i = 0; i < workers; ++i) impl_->workers.push_back(std::make_unique<WorkerMetrics>(impl_->registry));
  impl_->last_ok_wall_ns = impl_->clock.wall_ns();
  impl_->access_log.make_rings(workers);
  impl_->access_log.start();
}

void Telemetry::apply(const config::Model& model) {
  std::set<std::string> names;
  for (const auto& listener : model.listeners) names.insert(listener.name);
  for (const auto& service : model.services) names.insert(service.name);
  for (const auto& route : model.routes) names.insert(route.name);
  impl_->registry.apply(std::move(names), [this](uint32_t cell) {
    for (auto& worker : impl_->workers) worker->shard().clear(cell);
  });
  Settings wanted = Settings::from(model);
  if (wanted == impl_->settings) return;
  if (auto used = impl_->access_log.use(wanted.log_path, wanted.log_format); !used) {
    log::error("access log stays where it was", {{"error", used.error().message}});
    return;
  }
  impl_->settings = std::move(wanted);
}

void Telemetry::stop() { impl_->access_log.stop(); }
void Telemetry::reopen() { impl_->access_log.reopen(); }
void Telemetry::set_live_source(LiveSource source) { impl_->live = std::move(source); }

void Telemetry::reloaded(bool ok, int64_t wall_ns) {
  impl_->last_reload_ok = ok;
  ++(ok ? impl_->reloads_ok : impl_->reloads_refused);
  if (ok) impl_->last_ok_wall_ns = wall_ns;
}

void Telemetry::finish(uint32_t worker, const Record& record) {
  impl_->workers[worker]->finish(record);
  impl_->access_log.write(worker, record);
}

void Telemetry::rejected(uint32_t worker, std::string_view listener, std::string_view client,
                         const codec::Rejection& rejection, int64_t wall_ns) {
  Record record;
  record.listener = listener;
  record.client = client;
  record.status = rejection.status;
  record.reason = exchange::reason_from(rejection.reason);
  record.detail = rejection.detail;
  record.version = rejection.version;
  record.bytes_in = rejection.bytes_received;
  record.bytes_out = rejection.bytes_sent;
  record.wall_ns = wall_ns;
  read_request_line(rejection.line, record);
  impl_->workers[worker]->rejected(listener, record.reason, record.status, record.bytes_in, record.bytes_out);
  impl_->access_log.write(worker, record);
}

void Telemetry::connection_refused(uint32_t worker, std::string_view listener) {
  impl_->workers[worker]->connection_refused(listener);
}

void Telemetry::handshake_failed(uint32_t worker, std::string_view listener, std::string_view error) {
  impl_->workers[worker]->handshake_failed(listener);
  log::debug("tls handshake failed", {{"listener", listener}, {"error", error}});
}

Exposition Telemetry::expose(std::string_view accept) const {
  TextFormat format = choose_format(accept);
  ExpositionWriter out(format);
  impl_->write_series(out);
  impl_->write_live(out);
  impl_->write_own(out);
  return {std::string(content_type(format)), out.finish()};
}

void Telemetry::Impl::write_series(ExpositionWriter& out) const {
  auto list = registry.list();
  auto at = list.begin();
  for (size_t i = 0; i < static_cast<size_t>(Family::kCount); ++i) {
    auto family = static_cast<Family>(i);
    const FamilyInfo& info = telemetry::describe(family);
    out.family(info.name, info.type, info.help);
    for (; at != list.end() && (*at)->family == family; ++at) {
      const Series& series = **at;
      std::vector<Label> labels;
      for (size_t l = 0; l < info.labels.size(); ++l) labels.emplace_back(info.labels[l], series.labels[l]);
      if (info.type != Type::histogram) {
        out.sample(labels, sum(series.cell));
        continue;
      }
      std::array<uint64_t, kBuckets.size() + 1> counts;
      for (uint32_t b = 0; b < counts.size(); ++b) counts[b] = sum(series.cell + b);
      out.histogram(labels, counts, static_cast<double>(sum(series.cell + kSumCell)) / 1e9);
    }
  }
}

void Telemetry::Impl::write_live(ExpositionWriter& out) const {
  if (!live) return;
  std::map<Live, std::vector<std::pair<std::string, double>>> values;
  live([&](Live what, std::string_view label, double value) { values[what].emplace_back(label, value); });
  for (const auto& [what, samples] : values) {
    LiveInfo info = describe(what);
    out.family(info.name, Type::gauge, info.help);
    for (const auto& [value, number] : samples) {
      if (info.label.empty()) {
        out.sample({}, number);
      } else {
        out.sample(std::array{Label{info.label, value}}, number);
      }
    }
  }
}

void Telemetry::Impl::write_own(ExpositionWriter& out) const {
  auto one = [&](std::string_view name, Type type, std::string_view help, auto value) {
    out.family(name, type, help);
    out.sample({}, value);
  };
  out.family("meshctl_config_reloads", Type::counter, "Reloads of the configuration, by result.");
  out.sample(std::array{Label{"result", "ok"}}, reloads_ok);
  out.sample(std::array{Label{"result", "refused"}}, reloads_refused);
  one("meshctl_config_last_reload_success", Type::gauge, "1 when the last reload was taken over, else 0.",
      uint64_t{last_reload_ok});
  one("meshctl_config_last_reload_success_timestamp_seconds", Type::gauge,
      "When the configuration was last taken over, in seconds since 1970.", static_cast<double>(last_ok_wall_ns) / 1e9);
  one("meshctl_log_lines", Type::counter, "Lines of the access log that were made.", access_log.lines());
  one("meshctl_log_lines_dropped", Type::counter, "Lines of the access log that could not be written.",
      access_log.dropped());
  one("meshctl_metric_series_dropped", Type::counter, "Sets of labels counted as 'other' because there were too many.",
      registry.dropped());
  one("meshctl_workers", Type::gauge, "Threads that serve.", uint64_t{workers.size()});
  out.family("meshctl_build", Type::info, "The version that runs.");
  out.sample(std::array{Label{"version", MESH_VERSION}}, uint64_t{1});
  ProcessFacts facts = read_process();
  one("process_cpu_seconds", Type::counter, "User and system time of the process.", facts.cpu_seconds);
  one("process_start_time_seconds", Type::gauge, "When the process began, in seconds since 1970.", facts.start_seconds);
  one("process_resident_memory_bytes", Type::gauge, "Memory in use.", facts.resident_bytes);
  one("process_virtual_memory_bytes", Type::gauge, "Memory reserved.", facts.virtual_bytes);
  one("process_open_fds", Type::gauge, "Open descriptors.", facts.open_fds);
  one("process_max_fds", Type::gauge, "Most descriptors that may be open.", facts.max_fds);
  one("process_threads", Type::gauge, "Threads of the process.", facts.threads);
}

}  // namespace mesh::telemetry
