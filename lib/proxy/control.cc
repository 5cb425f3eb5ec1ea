#include "proxy/control.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>

#include <algorithm>

#include "base/log.h"
#include "document/json.h"
#include "net/ready.h"
#include "proxy/admin.h"

namespace mesh::proxy {

namespace {

constexpr Duration kFilePoll = Duration::milliseconds(500);
constexpr Duration kDrainPoll = Duration::milliseconds(20);

// The file descriptors of a process bound the connections it takes: each needs two, and some are kept in hand.
uint32_t connection_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<uint32_t>(static_cast<double>(std::min<rlim_t>(limit.rlim_cur, 10'000'000)) * 0.45);
}

}  // namespace

Control::Control(ControlOptions options, Load load, LoadOutcome first, telemetry::Telemetry& telemetry)
    : options_(std::move(options)), load_(std::move(load)), snapshot_(first.snapshot), telemetry_(telemetry) {
  choose_watched(first);
}

Control::~Control() = default;

Status Control::run() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGPIPE}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto loop = async::Loop::create();
  if (!loop) return fail(loop.error());
  loop_ = std::move(*loop);
  scope_ = std::make_unique<async::Scope>(*loop_);
  if (auto started = start(); !started) return started;
  scope_->spawn(watch_signals());
  scope_->spawn(watch_files());
  loop_->run();
  scope_->cancel();
  names_.reset();
  resolver_.reset();
  for (auto& worker : workers_) worker->stop();
  for (auto& worker : workers_) worker->join();
  workers_.clear();
  telemetry_.stop();
  return {};
}

Status Control::start() {
  shared_.max_connections = connection_limit();
  bound_.adopt_inherited();
  for (uint32_t i = 0; i < options_.workers; ++i) {
    auto loop = async::Loop::create();
    if (!loop) return fail(loop.error());
    workers_.push_back(std::make_unique<Worker>(i, std::move(*loop), shared_, telemetry_));
  }
  std::vector<std::vector<Worker::Socket>> sockets;
  if (auto bound = bind_listeners(*snapshot_, sockets); !bound) return bound;
  if (!options_.admin_path.empty()) {
    auto address = net::Address::parse("unix:" + options_.admin_path);
    if (!address) return fail(address.error());
    auto fd = net::Listener::bind(*address);
    if (!fd) return fail(fd.error());
    auto listener = net::Listener::create(*loop_, std::move(*fd));
    if (!listener) return fail(listener.error());
    admin_ = std::move(*listener);
    scope_->spawn(serve_admin());
  }
  if (snapshot_->model.telemetry.metrics) {
    auto address = net::Address::parse(snapshot_->model.telemetry.metrics->address.to_string());
    if (!address) return fail(address.error());
    auto fd = net::Listener::bind(*address, {.reuse_port = false});
    if (!fd) return fail(fd.error());
    metrics_address_ = net::Listener::local_address(fd->get()).to_string();
    auto listener = net::Listener::create(*loop_, std::move(*fd));
    if (!listener) return fail(listener.error());
    metrics_ = std::move(*listener);
    scope_->spawn(serve_metrics());
  }
  started_ = loop_->now();
  started_wall_ns_ = reloaded_wall_ns_ = loop_->wall_ns();
  telemetry_.start(options_.workers);
  telemetry_.set_live_source([this](const telemetry::LiveEmit& emit) {
    emit(telemetry::Live::exchanges_active, {}, shared_.exchanges.load());
    for (const auto& [name, usage] : shared_.usage) {
      emit(telemetry::Live::upstream_connections_active, name, usage->connections.load());
      emit(telemetry::Live::upstream_requests_active, name, usage->requests.load());
      emit(telemetry::Live::upstream_requests_pending, name, usage->pending.load());
    }
  });
  for (auto& worker : workers_) worker->start();
  hand_out(snapshot_, std::move(sockets));
  ControlOptions::Ready ready;
  for (const ListenerPlan& listener : snapshot_->listeners)
    ready.listeners.push_back({listener.config.name, bound_.address_of(listener.config.name), listener.tls != nullptr,
                               listener.config.is_tcp()});
  ready.admin = options_.admin_path;
  ready.metrics = metrics_address_;
  ready.snapshot = snapshot_.get();
  if (options_.ready) options_.ready(ready);
  sd_notify(0, "READY=1");
  return {};
}

// Binds what is new in the snapshot; on an error nothing that serves was touched.
Status Control::bind_listeners(const Snapshot& snapshot, std::vector<std::vector<Worker::Socket>>& per_worker) {
  per_worker.clear();
  per_worker.resize(options_.workers);
  for (const ListenerPlan& listener : snapshot.listeners) {
    if (bound_.has(listener.config)) continue;
    auto sockets = bound_.bind(listener.config, options_.workers);
    if (!sockets) return fail(sockets.error());
    for (uint32_t i = 0; i < options_.workers; ++i)
      per_worker[i].push_back({listener.config.name, std::move((*sockets)[i])});
  }
  return {};
}

void Control::hand_out(std::shared_ptr<const Snapshot> snapshot, std::vector<std::vector<Worker::Socket>> sockets) {
  telemetry_.apply(snapshot->model);
  std::vector<std::shared_ptr<service::Usage>> usage;
  for (const auto& spec : snapshot->services) {
    auto& shared = shared_.usage[spec->config.name];
    if (!shared) shared = std::make_shared<service::Usage>();
    usage.push_back(shared);
  }
  for (size_t i = 0; i < workers_.size(); ++i) {
    Worker* worker = workers_[i].get();
    worker->loop().post([worker, snapshot, usage, moved = std::move(sockets[i])]() mutable {
      worker->apply(std::move(snapshot), std::move(usage), std::move(moved));
    });
  }
  watch_names(*snapshot);
}

void Control::watch_names(const Snapshot& snapshot) {
  std::vector<service::DnsEndpoints::Name> names;
  for (const auto& spec : snapshot.services)
    for (const config::Endpoint& endpoint : spec->config.endpoints)
      if (endpoint.address.kind == config::Address::Kind::name)
        names.push_back({endpoint.address.host, endpoint.address.port});
  if (names.empty() && !names_) return;
  if (!names_) {
    auto resolver = net::Resolver::create(*loop_, net::Resolver::Options{});
    if (!resolver) {
      log::error("names cannot be resolved", {{"error", resolver.error().message}});
      return;
    }
    resolver_ = std::move(*resolver);
    auto lookup = [this](std::string host, uint16_t port, async::Deadline deadline) {
      return resolver_->resolve(std::move(host), port, deadline);
    };
    auto changed = [this](const service::Resolved& resolved) {
      for (auto& worker : workers_) worker->loop().post([w = worker.get(), resolved] { w->resolved(resolved); });
    };
    auto failed = [](const service::DnsEndpoints::Name& name, const Error& error, size_t kept) {
      log::warn("name does not resolve",
                {{"name", name.to_string()}, {"error", error.message}, {"addresses_kept", std::to_string(kept)}});
    };
    names_ = std::make_unique<service::DnsEndpoints>(*loop_, service::DnsEndpoints::Options{}, lookup, changed, failed);
  }
  names_->set_names(names);
  // Services that the reload brought know nothing of names that were resolved before.
  for (const service::Resolved& resolved : names_->current())
    for (auto& worker : workers_) worker->loop().post([w = worker.get(), resolved] { w->resolved(resolved); });
}

ReloadResult Control::reload() {
  sd_notify(0, "RELOADING=1");
  LoadOutcome outcome = load_();
  ReloadResult result;
  if (options_.print_findings) result.message = options_.print_findings(outcome.findings);
  if (!outcome.error.empty()) result.message += outcome.error + "\n";
  choose_watched(outcome);
  ++reloads_;
  if (!outcome.snapshot) {
    log::error("reload refused, the old configuration goes on", {{"reason", result.message}});
  } else if (outcome.snapshot->hash == snapshot_->hash) {
    result.ok = true;
    log::info("reload: nothing has changed", {});
  } else {
    std::vector<std::vector<Worker::Socket>> sockets;
    auto before = bound_.names();
    if (auto bound = bind_listeners(*outcome.snapshot, sockets); !bound) {
      bound_.restore(std::move(before));
      result.message += bound.error().message + "\n";
      log::error("reload refused, the old configuration goes on", {{"reason", bound.error().message}});
    } else {
      for (const ListenerPlan& old : snapshot_->listeners) {
        bool stays = std::any_of(outcome.snapshot->listeners.begin(), outcome.snapshot->listeners.end(),
                                 [&](const ListenerPlan& l) { return l.config.name == old.config.name; });
        if (!stays) bound_.forget(old.config.name);
      }
      snapshot_ = outcome.snapshot;
      hand_out(snapshot_, std::move(sockets));
      result.ok = result.changed = true;
      reloaded_wall_ns_ = loop_->wall_ns();
      log::info("reloaded", {{"config", snapshot_->hash.substr(0, 12)}});
    }
  }
  last_reload_ok_ = result.ok;
  last_reload_message_ = result.message;
  telemetry_.reloaded(result.ok, loop_->wall_ns());
  sd_notify(0, "READY=1");
  return result;
}

void Control::choose_watched(const LoadOutcome& outcome) {
  if (options_.watch && !outcome.files.empty()) watched_files_ = outcome.files;
  if (!options_.watch && outcome.snapshot) watched_files_ = outcome.certificates;
}

void Control::drain() {
  if (drains_++ == 0) {
    log::info("draining", {{"connections", std::to_string(shared_.connections.load())}});
    sd_notify(0, "STOPPING=1");
    for (auto& worker : workers_) worker->loop().post([w = worker.get()] { w->drain(); });
    scope_->spawn(finish_drain());
  } else {
    loop_->stop();
  }
}

async::Task<void> Control::finish_drain() {
  Instant deadline = loop_->now() + options_.drain_timeout;
  while (loop_->now() < deadline) {
    co_await async::sleep_for(*loop_, kDrainPoll);
    if (shared_.connections.load() == 0) break;
  }
  if (uint32_t left = shared_.connections.load(); left > 0)
    log::warn("drain timed out, cutting what is open", {{"connections", std::to_string(left)}});
  loop_->stop();
}

async::Task<void> Control::watch_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
  net::Fd fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  async::Readiness readiness;
  if (!fd || !loop_->watch(fd.get(), readiness)) co_return;
  struct Unwatch {
    async::Loop& loop;
    int fd;
    async::Readiness& readiness;
    ~Unwatch() { loop.unwatch(fd, readiness); }
  } unwatch{*loop_, fd.get(), readiness};
  for (;;) {
    bool reload_wanted = false;
    signalfd_siginfo info;
    while (read(fd.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) drain();
      if (info.ssi_signo == SIGUSR1) telemetry_.reopen();
      // However many came meanwhile, the file is read once.
      if (info.ssi_signo == SIGHUP) reload_wanted = true;
    }
    if (reload_wanted) reload();
    readiness.readable = false;
    co_await net::ReadyAwaiter(readiness, false, {});
  }
}

// Certificates are always watched, the configuration with --watch. A change of either is a reload: the snapshot's hash
// covers the bytes of certificates, so that nothing happens unless something did.
async::Task<void> Control::watch_files() {
  tls::FileStamps stamps(watched_files_);
  std::vector<std::string> watched = watched_files_;
  bool settling = false;
  for (;;) {
    co_await async::sleep_for(*loop_, kFilePoll);
    if (watched != watched_files_) {
      watched = watched_files_;
      stamps = tls::FileStamps(watched);
    }
    // One quiet poll after a change: a file that is being written is not read half-way.
    bool changed = stamps.changed();
    if (settling && !changed) {
      settling = false;
      reload();
    }
    settling |= changed;
  }
}

async::Task<void> Control::serve_admin() {
  co_await serve_admin_socket(
      *scope_, *loop_, *admin_, [this](std::string_view method, std::string_view path, std::string_view accept) {
        AdminReply reply;
        auto answer = [](bool ok, document::Json fields) {
          return AdminReply{ok ? 200 : 409, "application/json", fields.dump(2) + "\n"};
        };
        using document::Json;
        if (path == "/status" && method == "GET") return AdminReply{200, "application/json", status_json()};
        if (path == "/metrics" && method == "GET") {
          auto exposition = telemetry_.expose(accept);
          return AdminReply{200, exposition.content_type, std::move(exposition.text)};
        }
        if (path == "/reload" && method == "POST") {
          ReloadResult result = reload();
          return answer(result.ok, Json::object()
                                       .set("apiVersion", "meshctl/v1")
                                       .set("ok", result.ok)
                                       .set("changed", result.changed)
                                       .set("message", result.message));
        }
        if (path == "/drain" && method == "POST") {
          drain();
          return answer(true, Json::object().set("apiVersion", "meshctl/v1").set("ok", true));
        }
        bool known = path == "/status" || path == "/metrics" || path == "/reload" || path == "/drain";
        return AdminReply{known ? 405 : 404, "text/plain", known ? "method not allowed\n" : "no such resource\n"};
      });
}

async::Task<void> Control::serve_metrics() {
  co_await serve_admin_socket(*scope_, *loop_, *metrics_,
                              [this](std::string_view method, std::string_view path, std::string_view accept) {
                                if (path != "/metrics")
                                  return AdminReply{404, "text/plain", "metrics are at /metrics\n"};
                                if (method != "GET" && method != "HEAD")
                                  return AdminReply{405, "text/plain", "GET only\n"};
                                auto exposition = telemetry_.expose(accept);
                                return AdminReply{200, exposition.content_type, std::move(exposition.text)};
                              });
}

std::string Control::status_json() const {
  using document::Json;
  Json listeners = Json::array();
  for (const ListenerPlan& listener : snapshot_->listeners)
    listeners.push(Json::object()
                       .set("name", listener.config.name)
                       .set("address", bound_.address_of(listener.config.name))
                       .set("kind", listener.config.is_tcp() ? "tcp" : "http")
                       .set("tls", listener.tls != nullptr));
  Json services = Json::array();
  for (const auto& spec : snapshot_->services) {
    const service::Usage& usage = *shared_.usage.at(spec->config.name);
    services.push(Json::object()
                      .set("name", spec->config.name)
                      .set("endpoints", spec->config.endpoints.size())
                      .set("connections", usage.connections.load())
                      .set("requests", usage.requests.load())
                      .set("pending", usage.pending.load()));
  }
  return Json::object()
             .set("apiVersion", "meshctl/v1")
             .set("kind", "gateway")
             .set("pid", static_cast<int64_t>(getpid()))
             .set("state", drains_ > 0 ? "draining" : "serving")
             .set("started", format_rfc3339_ms(started_wall_ns_))
             .set("workers", options_.workers)
             .set("connections", shared_.connections.load())
             .set("exchanges", shared_.exchanges.load())
             .set("config", Json::object()
                                .set("hash", snapshot_->hash)
                                .set("applied", format_rfc3339_ms(reloaded_wall_ns_))
                                .set("reloads", reloads_)
                                .set("last_reload_ok", last_reload_ok_)
                                .set("last_reload_message", last_reload_message_))
             .set("listeners", std::move(listeners))
             .set("services", std::move(services))
             .set("routes", snapshot_->routes.size())
             .dump(2) +
         "\n";
}

}  // namespace mesh::proxy
