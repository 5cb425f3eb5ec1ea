// What is told about the traffic: metrics and the access log, both derived from the exchange record when an exchange
// ends. Nothing here ever holds traffic up: a worker touches only its own counters and its own ring.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/server.h"
#include "config/model.h"
#include "exchange/record.h"

namespace mesh::telemetry {

struct Settings {
  std::string log_path = "-";  // "-" is standard output
  config::LogFormat log_format = config::LogFormat::off;

  static Settings from(const config::Model& model) {
    return {model.telemetry.access_log.path, model.telemetry.access_log.format};
  }
  bool operator==(const Settings&) const = default;
};

struct Exposition {
  std::string content_type;
  std::string text;
};

// Numbers that someone else keeps and that are asked for when metrics are read.
enum class Live : uint8_t {
  connections_active,           // by listener
  exchanges_active,             // no label
  upstream_connections_active,  // by service
  upstream_requests_active,     // by service
  upstream_requests_pending,    // by service
  endpoints_healthy,            // by service
  endpoints,                    // by service
};
using LiveEmit = std::function<void(Live what, std::string_view label, double value)>;
using LiveSource = std::function<void(const LiveEmit& emit)>;

class Telemetry {
 public:
  explicit Telemetry(Settings settings);
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  // The control thread's calls.

  // Opens the access log. Errors: permission, not_found, io; they name the file.
  Status open();
  // Makes room for `workers` shards and starts the writer thread. Before the first call of a worker.
  void start(uint32_t workers);
  // A configuration takes effect: its names may be labels from now on, and its access log is used. Counters live on by
  // name. An access log that cannot be opened is reported and the old one stays.
  void apply(const config::Model& model);
  // Writes out what the rings hold (bounded: a blocked pipe does not hold the process) and ends the writer.
  void stop();
  // SIGUSR1: opens the access log's path anew. Returns at once.
  void reopen();
  void reloaded(bool ok, int64_t wall_ns);
  void set_live_source(LiveSource source);
  // OpenMetrics 1.0 when `accept` prefers it, else Prometheus text 0.0.4.
  Exposition expose(std::string_view accept) const;

  // A worker's calls: by one thread per `worker`, an index below start()'s number; no locks, no allocation once the
  // series exist.

  // The end of an exchange.
  void finish(uint32_t worker, const exchange::Record& record);
  // A request that the codec refused before there was an exchange.
  void rejected(uint32_t worker, std::string_view listener, std::string_view client, const codec::Rejection& rejection,
                int64_t wall_ns);
  void connection_refused(uint32_t worker, std::string_view listener);
  void handshake_failed(uint32_t worker, std::string_view listener, std::string_view error);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesh::telemetry
