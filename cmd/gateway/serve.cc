// `meshctl gateway serve`.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "base/log.h"
#include "cli/findings_print.h"
#include "cli/spec.h"
#include "cmd/gateway/admin_path.h"
#include "config/load.h"
#include "document/json.h"
#include "gateway/compile.h"
#include "net/fd.h"
#include "proxy/control.h"

namespace {

using namespace mesh;
using cli::Exit;

std::string findings_text(const Findings& findings, const cli::Output& out) {
  if (findings.empty()) return {};
  return cli::format_findings(findings, "text", {.command = "gateway serve", .files = {}}, out);
}

void announce(const proxy::ControlOptions::Ready& ready, cli::Io& io, net::Fd ready_fd) {
  io.out.line("meshctl gateway is ready");
  for (const auto& listener : ready.listeners) {
    std::string scheme = listener.tcp ? (listener.tls ? "tls" : "tcp") : (listener.tls ? "https" : "http");
    io.out.line("  listener  " + listener.name + "  " + scheme + "://" + listener.address);
  }
  for (const auto& route : ready.snapshot->routes) {
    std::string to;
    for (const auto& target : route.config.to) to += (to.empty() ? "" : ", ") + target.service;
    io.out.line("  route     " + route.config.name + (to.empty() ? "" : " -> " + to) + "  (" +
                route.config.pos.file_line() + ")");
  }
  if (!ready.metrics.empty()) io.out.line("  metrics   http://" + ready.metrics + "/metrics");
  if (!ready.admin.empty()) io.out.line("  admin     " + ready.admin);
  io.out.flush();
  if (!ready_fd) return;
  using document::Json;
  Json listeners = Json::array();
  for (const auto& listener : ready.listeners)
    listeners.push(Json::object().set("name", listener.name).set("address", listener.address));
  Json line = Json::object().set("ready", true).set("listeners", std::move(listeners)).set("admin", ready.admin);
  if (!ready.metrics.empty()) line.set("metrics", ready.metrics);
  std::string text = line.dump() + "\n";
  [[maybe_unused]] ssize_t n = write(ready_fd.get(), text.data(), text.size());
}

int run_gateway_serve(const cli::Args& args, cli::Io& io) {
  std::vector<std::string> files = args.all("config");
  bool quick = args.given("from") || args.given("to");
  if (quick == !files.empty()) {
    io.err.line("meshctl: give either -c FILE or --from ADDRESS with --to URL");
    return static_cast<int>(Exit::usage);
  }
  net::Fd ready_fd;
  if (args.given("ready-fd")) ready_fd = net::Fd(static_cast<int>(args.integer("ready-fd")));

  auto tickets = std::make_shared<tls::TicketKeys>();
  proxy::Control::Load load;
  if (quick) {
    auto model = config::Model::from_quick(args.get("from"), args.all("to"));
    if (!model) {
      io.err.line("meshctl: " + model.error().message);
      return static_cast<int>(Exit::usage);
    }
    load = [model = *model, tickets] { return gateway::compile_model(model, tickets); };
  } else {
    load = [files, tickets] { return gateway::load(files, tickets); };
  }
  proxy::LoadOutcome first = load();
  io.err.write(findings_text(first.findings, io.err));
  if (!first.snapshot) {
    if (!first.error.empty()) io.err.line("meshctl: " + first.error);
    return static_cast<int>(Exit::input);
  }

  const config::Model& model = first.snapshot->model;
  telemetry::Telemetry telemetry(telemetry::Settings::from(model));
  if (auto opened = telemetry.open(); !opened) {
    io.err.line("meshctl: " + opened.error().message);
    return static_cast<int>(Exit::local);
  }
  proxy::ControlOptions options;
  uint64_t workers = args.integer("workers");
  options.workers = static_cast<uint32_t>(workers != 0 ? std::min<uint64_t>(workers, 256)
                                                       : std::max(1u, std::thread::hardware_concurrency()));
  options.watch = args.flag("watch");
  options.drain_timeout = args.duration("drain-timeout");
  options.admin_path = args.given("admin") ? args.get("admin") : model.admin.socket;
  if (options.admin_path.empty()) options.admin_path = gateway_admin::default_path(getpid());
  options.print_findings = [](const Findings& findings) { return findings_text(findings, cli::Output(-1, true)); };
  options.ready = [&](const proxy::ControlOptions::Ready& ready) { announce(ready, io, std::move(ready_fd)); };
  if (auto made = gateway_admin::make_folder(options.admin_path); !made) {
    io.err.line("meshctl: " + made.error().message);
    return static_cast<int>(Exit::local);
  }
  proxy::Control control(std::move(options), load, std::move(first), telemetry);
  std::string admin = control.admin_path();
  auto ended = control.run();
  unlink(admin.c_str());
  if (!ended) {
    io.err.line("meshctl: " + ended.error().message);
    return static_cast<int>(ended.error().code == Errc::permission ? Exit::refused : Exit::local);
  }
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_gateway_serve() {
  using cli::Type;
  return {.noun = "gateway",
          .verb = "serve",
          .summary = "run the API gateway",
          .description =
              "Serves the listeners of a configuration until it is told to drain. Once everything listens it "
              "prints the listeners, the routes and the admin socket.\n\n"
              "SIGTERM drains, and a second one stops at once; SIGHUP reloads; SIGUSR1 reopens the access "
              "log. A reload that cannot be used changes nothing and says why; untouched listeners, "
              "connections and streams are never cut. Certificates are reloaded when their files change.\n\n"
              "With systemd, readiness is notified (Type=notify-reload) and sockets are taken over from "
              "LISTEN_FDS by name or address.",
          .options = {{.name = "config",
                       .letter = 'c',
                       .type = Type::file,
                       .help = "configuration file or folder",
                       .repeatable = true},
                      {.name = "from", .type = Type::address, .help = "listen here, without a configuration"},
                      {.name = "to",
                       .type = Type::url,
                       .help = "send everything there; several share the load",
                       .repeatable = true},
                      {.name = "workers",
                       .type = Type::integer,
                       .help = "threads that serve; 0 is one per core",
                       .fallback = "0"},
                      {.name = "watch", .type = Type::flag, .help = "reload when a file of the configuration changes"},
                      {.name = "admin", .type = Type::file, .metavar = "SOCKET", .help = "path of the admin socket"},
                      {.name = "drain-timeout",
                       .type = Type::duration,
                       .help = "how long what is under way may take to end",
                       .fallback = "30s"},
                      {.name = "ready-fd",
                       .type = Type::integer,
                       .metavar = "FD",
                       .help = "write a line of JSON there once ready"}},
          .examples = {{"meshctl gateway serve -c edge.yaml", "serve a configuration"},
                       {"meshctl gateway serve --from :8080 --to http://127.0.0.1:9000", "one upstream, no file"}},
          .exits = {{Exit::input, "the configuration is missing or has errors"},
                    {Exit::refused, "an address needs more rights"},
                    {Exit::local, "an address is in use, or descriptors ran out"}},
          .group = "run",
          .run = run_gateway_serve};
}
