#include "service/dns_endpoints.h"

#include <algorithm>

#include "async/wait.h"

namespace mesh::service {

struct DnsEndpoints::Watch {
  Watch(async::Loop& loop, Name n) : name(std::move(n)), scope(loop) {}
  Name name;
  std::vector<net::Address> addresses;
  Instant good_at;
  Duration pause;  // until the next question
  Duration backoff;
  bool answered = false;
  async::Scope scope;  // last: its task uses the rest
};

DnsEndpoints::DnsEndpoints(async::Loop& loop, const Options& options, Lookup lookup, Changed changed, Failed failed)
    : loop_(loop),
      options_(options),
      lookup_(std::move(lookup)),
      changed_(std::move(changed)),
      failed_(std::move(failed)) {}

DnsEndpoints::~DnsEndpoints() = default;

void DnsEndpoints::set_names(const std::vector<Name>& names) {
  std::erase_if(watches_,
                [&](const auto& entry) { return std::find(names.begin(), names.end(), entry.first) == names.end(); });
  for (const Name& name : names) {
    auto [it, added] = watches_.try_emplace(name);
    if (!added) continue;
    it->second = std::make_unique<Watch>(loop_, name);
    it->second->backoff = options_.retry;
    it->second->scope.spawn(keep(*it->second));
  }
}

bool DnsEndpoints::settled() const {
  return std::all_of(watches_.begin(), watches_.end(), [](const auto& entry) { return entry.second->answered; });
}

std::vector<Resolved> DnsEndpoints::current() const {
  std::vector<Resolved> out;
  for (const auto& [name, watch] : watches_)
    if (!watch->addresses.empty()) out.push_back({name.to_string(), watch->addresses});
  return out;
}

async::Task<void> DnsEndpoints::keep(Watch& watch) {
  for (;;) {
    auto answer =
        co_await lookup_(watch.name.host, watch.name.port, async::Deadline::in(loop_.now(), options_.timeout));
    if (answer) {
      succeeded(watch, std::move(*answer));
    } else {
      failed(watch, answer.error());
    }
    watch.answered = true;
    co_await async::sleep_for(loop_, watch.pause);
  }
}

void DnsEndpoints::succeeded(Watch& watch, net::Resolved answer) {
  watch.good_at = loop_.now();
  watch.pause = std::max(answer.ttl, Duration::milliseconds(1));
  watch.backoff = options_.retry;
  // Servers rotate their answers: the order says nothing.
  std::sort(answer.addresses.begin(), answer.addresses.end(),
            [](const net::Address& a, const net::Address& b) { return a.to_string() < b.to_string(); });
  if (answer.addresses == watch.addresses) return;
  watch.addresses = std::move(answer.addresses);
  changed_({watch.name.to_string(), watch.addresses});
}

void DnsEndpoints::failed(Watch& watch, const Error& error) {
  watch.pause = watch.backoff;
  watch.backoff = std::min(watch.backoff * 2, options_.retry_most);
  bool outdated = !watch.addresses.empty() && loop_.now() - watch.good_at >= options_.max_stale;
  if (outdated) {
    watch.addresses.clear();
    changed_({watch.name.to_string(), {}});
  }
  failed_(watch.name, error, watch.addresses.size());
}

}  // namespace mesh::service
