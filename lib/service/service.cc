#include "service/service.h"

#include <algorithm>

#include "async/wait.h"
#include "http/method.h"
#include "service/replay_body.h"
#include "service/timed_body.h"

namespace mesh::service {

namespace {

using exchange::EndReason;

EndReason reason_of(AcquireFailure failure) {
  switch (failure) {
    case AcquireFailure::connect:
      return EndReason::upstream_connect_failed;
    case AcquireFailure::timeout:
      return EndReason::upstream_connect_timeout;
    case AcquireFailure::tls:
      return EndReason::upstream_tls;
    case AcquireFailure::overload_connections:
      return EndReason::overload_connections;
    case AcquireFailure::overload_pending:
      return EndReason::overload_pending;
    case AcquireFailure::exhausted:
      return EndReason::local_exhausted;
  }
  return EndReason::internal;
}

EndReason reason_of(const Error& error) {
  switch (error.code) {
    case Errc::timeout:
      return EndReason::upstream_timeout;
    case Errc::protocol:
    case Errc::invalid:
    case Errc::limit:
      return EndReason::upstream_protocol;
    case Errc::tls:
      return EndReason::upstream_tls;
    default:
      return EndReason::upstream_reset;
  }
}

// Contexts are made anew with every snapshot, also where nothing has changed.
bool same_trust(const Spec& a, const Spec& b) {
  if (a.tls == b.tls) return true;
  return a.tls && b.tls && !a.tls_identity.empty() && a.tls_identity == b.tls_identity;
}

}  // namespace

// One exchange on its way through attempts.
struct Service::Attempt {
  Attempt(exchange::Exchange& x, const Policy& p, codec::BodyPtr content, uint64_t keep, codec::InterimSink* sink)
      : exchange(x),
        policy(p),
        body(content ? ReplayBody::create(std::move(content), keep) : ReplayBody::none()),
        interim(sink) {}
  exchange::Exchange& exchange;
  const Policy& policy;
  std::unique_ptr<ReplayBody, void (*)(ReplayBody*)> body;
  codec::InterimSink* interim;
  async::Deadline deadline;
  codec::SendProgress progress;
  EndReason reason = EndReason::ok;
  bool connected = false;
  bool reused = false;  // the connection had served before
  bool fresh = false;   // take no kept connection
};

Service::Service(async::Loop& loop, Random& random, std::string name, std::shared_ptr<Usage> usage)
    : loop_(loop), random_(random), name_(std::move(name)), usage_(std::move(usage)) {}

Service::~Service() = default;

void Service::apply(std::shared_ptr<const Spec> spec) {
  bool moved = spec_ == nullptr || spec_->config.protocol != spec->config.protocol || !same_trust(*spec_, *spec);
  spec_ = std::move(spec);
  // Another protocol or other trust: no kept connection may serve on.
  if (moved) {
    for (auto& endpoint : endpoints_) {
      endpoint->drain();
      retired_.push_back(std::move(endpoint));
    }
    endpoints_.clear();
  }
  picker_ = balance::make_picker(static_cast<balance::Kind>(spec_->config.balance));
  rebuild();
}

void Service::resolved(const Resolved& resolved) {
  auto& known = names_[resolved.name];
  if (known == resolved.addresses) return;
  known = resolved.addresses;
  if (spec_) rebuild();
}

// Makes endpoints_ what configuration and names say, keeping those that stay.
void Service::rebuild() {
  std::vector<std::unique_ptr<Endpoint>> next;
  std::vector<std::string> names;
  auto place = [&](const net::Address& address, uint32_t weight, const std::string& server_name) {
    for (auto& endpoint : next)
      if (endpoint->address() == address) return;
    for (auto& endpoint : endpoints_) {
      if (!endpoint || !(endpoint->address() == address)) continue;
      endpoint->set_weight(weight);
      endpoint->resume();
      next.push_back(std::move(endpoint));
      names.push_back(server_name);
      return;
    }
    next.push_back(std::make_unique<Endpoint>(loop_, address, weight, usage_));
    names.push_back(server_name);
  };
  for (const config::Endpoint& endpoint : spec_->config.endpoints) {
    if (endpoint.address.kind == config::Address::Kind::name) {
      for (const net::Address& address : names_[endpoint.address.to_string()])
        place(address, endpoint.weight, endpoint.address.host);
    } else if (auto address = net::Address::parse(endpoint.address.to_string())) {
      place(*address, endpoint.weight, {});
    }
  }
  for (auto& endpoint : endpoints_) {
    if (!endpoint) continue;
    endpoint->drain();
    retired_.push_back(std::move(endpoint));
  }
  endpoints_ = std::move(next);
  server_names_ = std::move(names);
  sweep_retired();
}

void Service::sweep_retired() {
  std::erase_if(retired_, [](const auto& endpoint) { return endpoint->unused(); });
}

void Service::drain() {
  for (auto& endpoint : endpoints_) endpoint->drain();
}

Endpoint* Service::pick(const std::vector<Endpoint*>& tried) {
  if (endpoints_.empty()) return nullptr;
  Instant now = loop_.now();
  auto skip_tried = [&](size_t i) { return std::find(tried.begin(), tried.end(), endpoints_[i].get()) != tried.end(); };
  auto load = [&](size_t i) { return balance::Load{endpoints_[i]->weight(), endpoints_[i]->active()}; };
  size_t count = endpoints_.size();
  size_t chosen =
      picker_->pick(count, load, [&](size_t i) { return !endpoints_[i]->avoided(now) && !skip_tried(i); }, random_);
  // All that is left failed lately: better one of those than none, and better the same again than nothing.
  if (chosen == balance::kNone) chosen = picker_->pick(count, load, [&](size_t i) { return !skip_tried(i); }, random_);
  if (chosen == balance::kNone) chosen = picker_->pick(count, load, [](size_t) { return true; }, random_);
  return chosen == balance::kNone ? nullptr : endpoints_[chosen].get();
}

ConnectRules Service::rules_for(const Endpoint& endpoint, const config::Timeouts& timeouts) const {
  ConnectRules rules;
  rules.protocol = spec_->config.protocol;
  rules.tls = spec_->tls;
  if (spec_->tls) {
    rules.server_name = spec_->config.tls->server_name;
    for (size_t i = 0; rules.server_name.empty() && i < endpoints_.size(); ++i)
      if (endpoints_[i].get() == &endpoint) rules.server_name = server_names_[i];
    if (rules.server_name.empty()) rules.server_name = endpoint.address().ip();
  }
  rules.connect_timeout = timeouts.connect;
  rules.idle_timeout = timeouts.idle;
  rules.max_connections = spec_->config.limits.connections;
  rules.max_pending = spec_->config.limits.pending;
  return rules;
}

async::Task<Result<codec::Response>> Service::send(exchange::Exchange& exchange, const Policy& policy,
                                                   codec::BodyPtr body, codec::InterimSink* interim) {
  // The configuration of this exchange, whatever a reload brings meanwhile.
  std::shared_ptr<const Spec> spec = spec_;
  exchange::Record& record = exchange.record;
  if (usage_->requests.load(std::memory_order_relaxed) >= spec->config.limits.requests) {
    record.reason = EndReason::overload_requests;
    co_return fail(Errc::limit, "too many requests to service '" + name_ + "'");
  }
  bool tunnel = !exchange.request.upgrade.empty();
  uint64_t keep = tunnel || policy.retry.attempts <= 1 ? 0 : policy.retry.body;
  Attempt state(exchange, policy, std::move(body), keep, interim);
  if (policy.timeouts.total && !tunnel) state.deadline = async::Deadline::in(loop_.now(), *policy.timeouts.total);
  budget_.request(loop_.now());
  std::vector<Endpoint*> tried;
  Hold retry;
  for (uint32_t number = 1;; ++number) {
    Endpoint* endpoint = pick(tried);
    if (endpoint == nullptr) {
      record.reason = EndReason::no_endpoint;
      co_return fail(Errc::unreachable, "service '" + name_ + "' has no endpoint");
    }
    record.attempts = number;
    record.endpoint = exchange.arena.copy(endpoint->text());
    auto result = co_await attempt(state, *endpoint);
    record.reason = state.reason;
    if (number >= policy.retry.attempts || !may_retry(state, result)) co_return result;
    if (state.deadline.at <= loop_.now()) co_return result;
    bool rerouted = !state.connected;
    // Going elsewhere after a failed connect costs the service nothing; all else is bounded.
    if (!rerouted) {
      if (!budget_.take(loop_.now(), policy.retry.budget, policy.retry.min_per_second)) co_return result;
      retry.release();
      if (!Hold::take(usage_->retries, spec->config.limits.retries, retry)) co_return result;
    }
    bool stale = state.connected && state.reused && !result;
    if (result) result->body = nullptr;
    if (!stale) tried.push_back(endpoint);
    state.fresh = stale;
    if (!rerouted && !stale) {
      int64_t span = policy.retry.backoff_max.ns;
      int64_t ceiling = std::min(span, policy.retry.backoff_min.ns << std::min<uint32_t>(number - 1, 20));
      if (ceiling > 0)
        co_await async::sleep_for(loop_,
                                  Duration{static_cast<int64_t>(random_.below(static_cast<uint64_t>(ceiling) + 1))});
    }
  }
}

void Service::make_room(const Endpoint& wanting, uint32_t most) {
  if (wanting.idle() > 0 || usage_->connections.load(std::memory_order_relaxed) < most) return;
  for (auto& endpoint : endpoints_)
    if (endpoint.get() != &wanting && endpoint->close_idle()) return;
}

async::Task<Result<codec::Response>> Service::attempt(Attempt& state, Endpoint& endpoint) {
  exchange::Exchange& exchange = state.exchange;
  state.connected = false;
  state.progress = {};
  ConnectRules rules = rules_for(endpoint, state.policy.timeouts);
  Endpoint::Acquired acquired;
  for (;;) {
    make_room(endpoint, rules.max_connections);
    acquired = co_await endpoint.acquire(rules, state.fresh, state.deadline);
    // A request that must not be sent twice is not entrusted to a connection that may be gone already.
    if (acquired.connection == nullptr || !acquired.reused || http::is_idempotent(exchange.request.method)) break;
    if (!acquired.connection->stale()) break;
    acquired.connection->discard();
  }
  if (acquired.connection == nullptr) {
    state.reason = reason_of(acquired.failure);
    co_return fail(std::move(acquired.error));
  }
  state.connected = true;
  state.reused = acquired.reused;
  codec::SendArgs args;
  args.head = &exchange.request;
  args.arena = &exchange.arena;
  if (state.body) args.body = state.body->begin();
  args.interim = state.interim;
  args.progress = &state.progress;
  args.head_timeout = state.policy.retry.per_try ? std::min(*state.policy.retry.per_try, state.policy.timeouts.header)
                                                 : state.policy.timeouts.header;
  args.idle = state.policy.timeouts.idle;
  args.deadline = state.deadline;
  exchange.record.upstream_started = loop_.now();
  auto result = co_await acquired.connection->send(std::move(args));
  exchange.record.upstream_responded = loop_.now();
  exchange.record.upstream_version = acquired.http2 ? http::Version::http2 : http::Version::http11;
  state.reason = result ? EndReason::ok : reason_of(result.error());
  if (result) result->body = timed_body(loop_, exchange.arena, std::move(result->body), state.deadline);
  co_return result;
}

bool Service::may_retry(const Attempt& state, const Result<codec::Response>& result) const {
  const exchange::Exchange& exchange = state.exchange;
  bool idempotent = http::is_idempotent(exchange.request.method);
  bool tunnel = !exchange.request.upgrade.empty();
  if (state.body && !state.body->replayable()) return false;
  using Kind = config::RetryOn::Kind;
  for (const config::RetryOn& on : state.policy.retry.on) {
    switch (on.kind) {
      case Kind::connect_failure:
        if (!state.connected &&
            (state.reason == EndReason::upstream_connect_failed || state.reason == EndReason::upstream_connect_timeout))
          return true;
        break;
      case Kind::refused_stream:
        if (!result && state.progress.refused) return true;
        break;
      case Kind::reset_before_request:
        if (!result && state.connected && !state.progress.sent && state.reason == EndReason::upstream_reset)
          return true;
        break;
      case Kind::reset:
        if (!result && state.connected && idempotent && !tunnel && state.reason == EndReason::upstream_reset)
          return true;
        break;
      case Kind::status:
        if (result && idempotent && result->head.status == on.status) return true;
        break;
    }
  }
  return false;
}

async::Task<Result<std::unique_ptr<net::Stream>>> Service::open_stream(exchange::EndReason& reason,
                                                                       std::string& endpoint_text) {
  std::vector<Endpoint*> tried;
  config::Timeouts timeouts = spec_->config.timeouts;
  Error last{Errc::unreachable, 0, "service '" + name_ + "' has no endpoint"};
  reason = EndReason::no_endpoint;
  for (uint32_t number = 0; number < spec_->config.retry.attempts; ++number) {
    Endpoint* endpoint = pick(tried);
    if (endpoint == nullptr || std::find(tried.begin(), tried.end(), endpoint) != tried.end()) break;
    tried.push_back(endpoint);
    endpoint_text = endpoint->text();
    auto opened = co_await endpoint->open_stream(rules_for(*endpoint, timeouts), {});
    if (opened.stream) {
      reason = EndReason::ok;
      co_return std::move(opened.stream);
    }
    reason = reason_of(opened.failure);
    last = std::move(opened.error);
  }
  co_return fail(std::move(last));
}

}  // namespace mesh::service
