#include "net/resolver.h"

#include <ares.h>
#include <poll.h>

#include <algorithm>
#include <unordered_map>

#include "async/wait.h"

namespace mesh::net {

// Lives until both the asking coroutine and c-ares have let go of it.
struct Resolver::Query {
  explicit Query(async::Loop& loop) : done(loop) {}
  async::Event done;
  int status = ARES_ECANCELLED;
  std::vector<Address> addresses;
  int ttl_seconds = INT_MAX;
};

struct Resolver::Impl {
  explicit Impl(async::Loop& l) : loop(l) { tick.impl = this; }
  ~Impl();

  // One of c-ares' sockets. c-ares expects level-triggered events and reads TCP once per call; our loop tells of edges.
  struct Socket {
    struct Wake : async::Waiter {
      Impl* impl = nullptr;
      int fd = -1;
    };
    async::Readiness readiness;
    Wake reader;
    Wake writer;
    short wanted = 0;  // POLLIN, POLLOUT
  };
  struct Tick : async::Timer {
    Impl* impl = nullptr;
  };

  static void on_socket(void* self, ares_socket_t fd, int readable, int writable);
  static void on_answer(void* query, int status, int timeouts, ares_addrinfo* info);
  void process(int fd);
  void arm();

  async::Loop& loop;
  Options options;
  ares_channel channel = nullptr;
  std::unordered_map<int, std::unique_ptr<Socket>> sockets;
  Tick tick;
};

namespace {

Error to_error(int status, const std::string& name) {
  std::string what = "cannot resolve '" + name + "': ";
  switch (status) {
    case ARES_ENOTFOUND:
      return {Errc::not_found, 0, what + "no such name"};
    case ARES_ENODATA:
      return {Errc::not_found, 0, what + "no address"};
    case ARES_EBADNAME:
      return {Errc::invalid, 0, what + "not a name"};
    case ARES_ETIMEOUT:
      return {Errc::timeout, 0, what + "no answer"};
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
      return {Errc::cancelled, 0, what + "given up"};
    case ARES_ENOMEM:
      return {Errc::exhausted, 0, what + "out of memory"};
    default:
      break;
  }
  std::string reason = ares_strerror(status);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') reason[0] = static_cast<char>(reason[0] + 32);
  return {Errc::unreachable, 0, what + reason};
}

}  // namespace

Resolver::Impl::~Impl() {
  tick.cancel();
  // Answers every open question with EDESTRUCTION and closes every socket through on_socket.
  if (channel != nullptr) ares_destroy(channel);
}

void Resolver::Impl::on_socket(void* self, ares_socket_t fd, int readable, int writable) {
  auto& impl = *static_cast<Impl*>(self);
  auto it = impl.sockets.find(fd);
  if (readable == 0 && writable == 0) {
    if (it == impl.sockets.end()) return;
    if (it->second->readiness.loop != nullptr) impl.loop.unwatch(fd, it->second->readiness);
    impl.sockets.erase(it);
    return;
  }
  if (it == impl.sockets.end()) {
    it = impl.sockets.emplace(fd, std::make_unique<Socket>()).first;
    Socket& socket = *it->second;
    for (Socket::Wake* wake : {&socket.reader, &socket.writer}) {
      wake->impl = &impl;
      wake->fd = fd;
      wake->set_fire([](async::Waiter& w) {
        auto& woken = static_cast<Socket::Wake&>(w);
        woken.impl->process(woken.fd);
      });
    }
    socket.readiness.reader = &socket.reader;
    socket.readiness.writer = &socket.writer;
    // A socket that cannot be watched is a server that does not answer: the try times out.
    (void)impl.loop.watch(fd, socket.readiness);
  }
  it->second->wanted = static_cast<short>((readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0));
}

// Until the socket has nothing more, is gone, or has had its turn.
void Resolver::Impl::process(int fd) {
  constexpr int kRounds = 64;
  for (int round = 0;; ++round) {
    auto it = sockets.find(fd);
    if (it == sockets.end()) break;
    Socket& socket = *it->second;
    socket.readiness.reader = &socket.reader;
    socket.readiness.writer = &socket.writer;
    pollfd state{fd, socket.wanted, 0};
    if (poll(&state, 1, 0) <= 0) break;
    if (round == kRounds) {
      loop.schedule(socket.reader);
      break;
    }
    bool readable = (state.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
    bool writable = (state.revents & POLLOUT) != 0;
    ares_process_fd(channel, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
  }
  arm();
}

void Resolver::Impl::arm() {
  timeval left{};
  if (ares_timeout(channel, nullptr, &left) == nullptr) {
    tick.cancel();
    return;
  }
  Duration wait = Duration::seconds(left.tv_sec) + Duration::microseconds(left.tv_usec) + Duration::milliseconds(1);
  tick.set_fire([](async::Timer& t) {
    Impl& impl = *static_cast<Tick&>(t).impl;
    ares_process_fd(impl.channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    impl.arm();
  });
  loop.arm(tick, loop.now() + wait);
}

void Resolver::Impl::on_answer(void* held, int status, int, ares_addrinfo* info) {
  std::unique_ptr<std::shared_ptr<Query>> owner(static_cast<std::shared_ptr<Query>*>(held));
  Query& query = **owner;
  query.status = status;
  if (info != nullptr) {
    for (const ares_addrinfo_node* node = info->nodes; node != nullptr; node = node->ai_next) {
      query.ttl_seconds = std::min(query.ttl_seconds, node->ai_ttl);
      Address address = Address::from_sockaddr(node->ai_addr, node->ai_addrlen);
      if (std::find(query.addresses.begin(), query.addresses.end(), address) == query.addresses.end())
        query.addresses.push_back(address);
    }
    for (const ares_addrinfo_cname* alias = info->cnames; alias != nullptr; alias = alias->next)
      query.ttl_seconds = std::min(query.ttl_seconds, alias->ttl);
    ares_freeaddrinfo(info);
  }
  if (query.status == ARES_SUCCESS && query.addresses.empty()) query.status = ARES_ENODATA;
  query.done.set();
}

Resolver::Resolver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Resolver::~Resolver() = default;

Result<std::unique_ptr<Resolver>> Resolver::create(async::Loop& loop, const Options& options) {
  auto impl = std::make_unique<Impl>(loop);
  impl->options = options;
  ares_options native{};
  char files_and_dns[] = "fb";
  char dns[] = "b";
  native.timeout = static_cast<int>(options.try_timeout.to_ms());
  native.tries = options.tries;
  native.lookups = options.hosts_file ? files_and_dns : dns;
  native.sock_state_cb = Impl::on_socket;
  native.sock_state_cb_data = impl.get();
  int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  if (!options.servers.empty()) mask |= ARES_OPT_DOMAINS;  // none
  int status = ares_init_options(&impl->channel, &native, mask);
  if (status != ARES_SUCCESS)
    return fail(Errc::io, std::string("cannot set up name resolution: ") + ares_strerror(status));
  std::string servers;
  for (const Address& server : options.servers) servers += (servers.empty() ? "" : ",") + server.to_string();
  if (!servers.empty() && ares_set_servers_ports_csv(impl->channel, servers.c_str()) != ARES_SUCCESS)
    return fail(Errc::invalid, "bad name servers '" + servers + "'");
  return std::unique_ptr<Resolver>(new Resolver(std::move(impl)));
}

async::Task<Result<Resolved>> Resolver::resolve(std::string name, uint16_t port, async::Deadline deadline) {
  const Duration min_ttl = impl_->options.min_ttl, max_ttl = impl_->options.max_ttl;
  if (auto literal = Address::from_ip(name, port)) co_return Resolved{{*literal}, max_ttl};
  auto query = std::make_shared<Query>(impl_->loop);
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  // Sorting by RFC 6724 would open a socket per address; the balancer spreads over all of them anyway.
  hints.ai_flags = ARES_AI_NOSORT;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(impl_->channel, name.c_str(), nullptr, &hints, Impl::on_answer, new std::shared_ptr<Query>(query));
  impl_->arm();
  // From here on the resolver may be destroyed before we are.
  if (!co_await query->done.wait(deadline)) co_return fail(to_error(ARES_ETIMEOUT, name));
  if (query->status != ARES_SUCCESS) co_return fail(to_error(query->status, name));
  Resolved out;
  for (const Address& address : query->addresses) out.addresses.push_back(address.with_port(port));
  out.ttl = std::clamp(Duration::seconds(query->ttl_seconds), min_ttl, max_ttl);
  co_return out;
}

}  // namespace mesh::net
