// The process around the workers: starts them, hands them snapshots, listens to signals and to the admin socket,
// reloads and drains. Runs on the calling thread, which does the blocking work (files, compiling) so that workers need
// not.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/wait.h"
#include "base/finding.h"
#include "net/resolver.h"
#include "net/tcp.h"
#include "proxy/snapshot.h"
#include "proxy/sockets.h"
#include "proxy/worker.h"
#include "service/dns_endpoints.h"
#include "telemetry/telemetry.h"
#include "tls/certificate_files.h"

namespace mesh::proxy {

// What loading the configuration gave.
struct LoadOutcome {
  std::shared_ptr<const Snapshot> snapshot;  // null when it cannot be used
  Findings findings;
  std::string error;                      // when there is no snapshot and no finding says why
  std::vector<std::string> files;         // everything that was read: watched with --watch
  std::vector<std::string> certificates;  // certificates, keys and authorities: always watched
};

struct ControlOptions {
  uint32_t workers = 1;
  bool pin_workers = false;
  bool watch = false;      // reload when a file of the configuration changes
  std::string admin_path;  // of the Unix socket
  Duration drain_timeout = Duration::seconds(30);
  // Called once everything listens.
  struct Ready {
    struct Bound {
      std::string name;
      std::string address;
      bool tls = false;
      bool tcp = false;
    };
    std::vector<Bound> listeners;
    std::string admin;
    std::string metrics;  // address, or empty
    const Snapshot* snapshot = nullptr;
  };
  std::function<void(const Ready&)> ready;
  std::function<std::string(const Findings&)> print_findings;  // for logs and the admin socket
};

struct ReloadResult {
  bool ok = false;
  bool changed = false;
  std::string message;  // findings as text, or what went wrong
};

class Control {
 public:
  using Load = std::function<LoadOutcome()>;
  // `first` is what load() gave at the start; it has a snapshot.
  Control(ControlOptions options, Load load, LoadOutcome first, telemetry::Telemetry& telemetry);
  ~Control();

  // Binds, starts the workers and serves until drained. Errors: what run() could not start with: exhausted (address in
  // use), permission, io.
  Status run();

  const std::string& admin_path() const { return options_.admin_path; }
  // For the admin socket; on the control thread.
  ReloadResult reload();
  void drain();
  std::string status_json() const;

 private:
  class Admin;
  Status start();
  Status bind_listeners(const Snapshot& snapshot, std::vector<std::vector<Worker::Socket>>& per_worker);
  void hand_out(std::shared_ptr<const Snapshot> snapshot, std::vector<std::vector<Worker::Socket>> sockets);
  void watch_names(const Snapshot& snapshot);
  void choose_watched(const LoadOutcome& outcome);
  async::Task<void> watch_signals();
  async::Task<void> watch_files();
  async::Task<void> finish_drain();
  async::Task<void> serve_admin();
  async::Task<void> serve_metrics();

  ControlOptions options_;
  Load load_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<std::string> watched_files_;
  telemetry::Telemetry& telemetry_;
  std::unique_ptr<async::Loop> loop_;
  std::unique_ptr<async::Scope> scope_;
  SharedState shared_;
  BoundListeners bound_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<net::Listener> admin_;
  std::unique_ptr<net::Listener> metrics_;
  std::string metrics_address_;
  std::unique_ptr<net::Resolver> resolver_;
  std::unique_ptr<service::DnsEndpoints> names_;
  Instant started_;
  int64_t started_wall_ns_ = 0;
  int64_t reloaded_wall_ns_ = 0;
  bool last_reload_ok_ = true;
  std::string last_reload_message_;
  uint64_t reloads_ = 0;
  int drains_ = 0;
};

}  // namespace mesh::proxy
