// `meshctl echo serve`.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "async/wait.h"
#include "cli/spec.h"
#include "cmd/echo/connection.h"
#include "document/json.h"
#include "net/fd.h"
#include "net/ready.h"
#include "net/tcp.h"

namespace {

using namespace mesh;
using cli::Exit;

async::Task<void> serve_connection(echo::Instance& instance, net::Listener::Accepted accepted) {
  auto stream = net::SocketStream::create(instance.loop, std::move(accepted.fd));
  if (!stream) co_return;
  echo::Connection connection(instance, accepted.peer);
  co_await connection.run(std::move(*stream));
}

async::Task<void> accept_all(async::Scope& scope, echo::Instance& instance, net::Listener& listener) {
  for (;;) {
    auto accepted = co_await listener.accept();
    if (accepted) {
      scope.spawn(serve_connection(instance, std::move(*accepted)));
    } else if (accepted.error().code == Errc::cancelled) {
      co_return;
    } else {
      co_await async::sleep_for(instance.loop, Duration::milliseconds(50));
    }
  }
}

async::Task<void> stop_on_signal(async::Loop& loop, int fd) {
  async::Readiness readiness;
  if (!loop.watch(fd, readiness)) co_return;
  struct Unwatch {
    async::Loop& loop;
    int fd;
    async::Readiness& readiness;
    ~Unwatch() { loop.unwatch(fd, readiness); }
  } unwatch{loop, fd, readiness};
  signalfd_siginfo info;
  while (read(fd, &info, sizeof info) < 0) {
    readiness.readable = false;
    co_await net::ReadyAwaiter(readiness, false, {});
  }
  loop.stop();
}

codec::ServerLimits generous_limits() {
  codec::ServerLimits limits;
  limits.body_idle = limits.write_idle = limits.keep_alive_idle = limits.tunnel_idle = Duration::seconds(3600);
  limits.requests_per_connection = UINT32_MAX;
  limits.underscores = codec::ServerLimits::Underscores::keep;
  return limits;
}

// From "CERT,KEY". Errors name the file, or say what is missing.
Result<std::shared_ptr<const tls::ServerContext>> make_tls(const std::string& pair) {
  size_t comma = pair.find(',');
  if (comma == std::string::npos) return fail(Errc::invalid, "--tls wants CERT,KEY: two files");
  tls::ServerConfig config;
  config.listener = "echo";
  config.certificates.push_back({pair.substr(0, comma), pair.substr(comma + 1), {}, {}});
  config.alpn = {"h2", "http/1.1"};
  return tls::ServerContext::create(config);
}

void announce(const cli::Args& args, cli::Io& io, const std::vector<std::string>& addresses,
              const std::string& scheme) {
  using document::Json;
  Json listeners = Json::array();
  io.out.line("meshctl echo is ready");
  for (size_t i = 0; i < addresses.size(); ++i) {
    std::string name = i == 0 ? "echo" : "echo-" + std::to_string(i + 1);
    io.out.line("  listener  " + name + "  " + scheme + "://" + addresses[i]);
    listeners.push(Json::object().set("name", name).set("address", addresses[i]));
  }
  io.out.flush();
  if (!args.given("ready-fd")) return;
  net::Fd fd(static_cast<int>(args.integer("ready-fd")));
  std::string text = Json::object().set("ready", true).set("listeners", std::move(listeners)).dump() + "\n";
  [[maybe_unused]] ssize_t n = write(fd.get(), text.data(), text.size());
}

// Errors: those of binding; the message names the address.
Status bind_all(const cli::Args& args, async::Loop& loop, std::vector<std::unique_ptr<net::Listener>>& listeners,
                std::vector<std::string>& addresses) {
  for (const std::string& text : args.all("listen")) {
    auto address = net::Address::parse(text);
    if (!address) return fail(address.error());
    auto fd = net::Listener::bind(*address, {.reuse_port = false, .unix_mode = 0600});
    if (!fd) return fail(fd.error());
    addresses.push_back(net::Listener::local_address(fd->get()).to_string());
    auto listener = net::Listener::create(loop, std::move(*fd));
    if (!listener) return fail(listener.error());
    listeners.push_back(std::move(*listener));
  }
  return {};
}

int run_echo_serve(const cli::Args& args, cli::Io& io) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  net::Fd signal_fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));

  auto loop = async::Loop::create();
  if (!loop) return io.fail(loop.error());
  echo::Instance instance{.loop = **loop, .random = Random::from_system()};
  instance.limits = generous_limits();
  instance.name = args.get("name");
  instance.tcp = args.flag("tcp");
  instance.wishes.delay = args.duration("delay");
  instance.wishes.error_rate = args.percent("error-rate") / 100;
  instance.wishes.status = static_cast<int>(args.integer("status"));
  if (instance.wishes.status < 200 || instance.wishes.status > 599)
    return io.fail(Exit::usage, "--status is from 200 to 599");
  if (args.given("bytes")) instance.wishes.bytes = args.size("bytes");
  if (args.given("tls")) {
    auto tls = make_tls(args.get("tls"));
    if (!tls) return io.fail(tls.error());
    instance.tls = std::move(*tls);
  }
  std::vector<std::unique_ptr<net::Listener>> listeners;
  std::vector<std::string> addresses;
  if (auto bound = bind_all(args, **loop, listeners, addresses); !bound) return io.fail(bound.error());

  async::Scope scope(**loop);
  for (auto& listener : listeners) scope.spawn(accept_all(scope, instance, *listener));
  scope.spawn(stop_on_signal(**loop, signal_fd.get()));
  std::string scheme = instance.tcp ? "tcp" : instance.tls ? "https" : "http";
  announce(args, io, addresses, scheme);
  (*loop)->run();
  scope.cancel();
  for (const std::string& address : args.all("listen"))
    if (address.starts_with("unix:")) unlink(address.c_str() + 5);
  return 0;
}

}  // namespace

mesh::cli::CommandSpec cmd_echo_serve() {
  using cli::Type;
  return {
      .noun = "echo",
      .verb = "serve",
      .summary = "run an upstream for tests that answers with what it got",
      .description = std::string("HTTP/1.1, HTTP/2 with prior knowledge, gRPC and WebSocket on one port. The answer "
                                 "to a plain request is JSON: its method, target, fields, and its content's size, "
                                 "SHA-256 and text.\n\n") +
                     echo::kFieldsHelp,
      .options =
          {{.name = "listen",
            .type = Type::address,
            .help = "where to listen; port 0 takes a free one",
            .fallback = "127.0.0.1:9000",
            .repeatable = true},
           {.name = "name", .help = "name of this instance, told in answers", .fallback = "echo"},
           {.name = "delay", .type = Type::duration, .help = "wait before each answer", .fallback = "0s"},
           {.name = "error-rate",
            .type = Type::percent,
            .help = "share of requests answered with 503",
            .fallback = "0%"},
           {.name = "status", .type = Type::integer, .metavar = "CODE", .help = "status of answers", .fallback = "200"},
           {.name = "bytes", .type = Type::size, .help = "answer with so many bytes of a pattern"},
           {.name = "tcp", .type = Type::flag, .help = "send every byte back, whatever it is"},
           {.name = "tls", .metavar = "CERT,KEY", .help = "serve TLS with this certificate and key"},
           {.name = "ready-fd",
            .type = Type::integer,
            .metavar = "FD",
            .help = "write a line of JSON there once ready"}},
      .examples = {{"meshctl echo serve --listen 127.0.0.1:9000", "then: curl http://127.0.0.1:9000/"},
                   {"meshctl echo serve --listen :9000 --delay 50ms --error-rate 5%",
                    "slow, and failing now and then"}},
      .exits = {{Exit::input, "a certificate or key cannot be read"}, {Exit::local, "an address is in use"}},
      .group = "run",
      .run = run_echo_serve};
}
