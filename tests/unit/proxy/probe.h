// A snapshot and an exchange made by hand, for tests of what the proxy decides without I/O.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "async/wait.h"
#include "base/text.h"
#include "filter/make.h"
#include "http/method.h"
#include "proxy/plan.h"
#include "proxy/reply.h"

namespace mesh::proxy {

// One listener "web" for every host, and what the test adds to it. Once planned, the snapshot stays as it is.
class PlanTest : public ::testing::Test {
 protected:
  PlanTest() : loop_(std::move(async::Loop::create()).value()) {
    config::Listener listener;
    listener.name = "web";
    listeners_.push_back(listener);
  }

  config::Route& route(std::string name, config::PathMatch::Kind kind, std::string path, std::vector<std::string> to) {
    config::Route route;
    route.name = std::move(name);
    route.pos = {file_, static_cast<uint32_t>(routes_.size() + 10), 3};
    route.matches.push_back({});
    route.matches[0].path = config::PathMatch{{}, kind, std::move(path)};
    for (std::string& service : to) route.to.push_back({{}, std::move(service), 1});
    routes_.push_back(std::move(route));
    return routes_.back();
  }

  // Compiles what was added, as a gateway would.
  void compile() {
    route::TableSpec spec;
    for (const config::Listener& listener : listeners_) {
      ListenerPlan plan;
      plan.config = listener;
      snapshot_.listeners.push_back(std::move(plan));
      spec.listeners.push_back({listener.name, listener.hosts, {}});
    }
    for (const config::Route& route : routes_) {
      RoutePlan plan;
      plan.config = route;
      for (const config::Filter& filter : route.filters) plan.filters.push_back(filter::make_filter(filter).value());
      for (const config::Target& target : route.to) {
        plan.to.push_back({index_of(target.service), target.weight, {}});
        plan.total_weight += target.weight;
      }
      snapshot_.routes.push_back(std::move(plan));
      spec.routes.push_back(spec_of(route));
    }
    auto table = route::Table::compile(spec);
    ASSERT_TRUE(table) << table.error().message;
    snapshot_.table = std::move(*table);
  }

  uint32_t index_of(const std::string& service) {
    for (size_t i = 0; i < snapshot_.services.size(); ++i)
      if (snapshot_.services[i]->config.name == service) return static_cast<uint32_t>(i);
    auto spec = std::make_shared<service::Spec>();
    spec->config.name = service;
    snapshot_.services.push_back(std::move(spec));
    return static_cast<uint32_t>(snapshot_.services.size() - 1);
  }

  static route::RouteSpec spec_of(const config::Route& route) {
    route::RouteSpec out;
    out.name = route.name;
    for (const config::Match& match : route.matches) {
      route::AlternativeSpec alternative;
      alternative.hosts = match.hosts;
      alternative.methods = match.methods;
      if (match.path) alternative.path = {static_cast<route::PathSpec::Kind>(match.path->kind), match.path->text, {}};
      for (const config::ValueMatch& value : match.headers)
        alternative.headers.push_back({value.name, static_cast<route::ValueSpec::Kind>(value.kind), value.text, {}});
      out.alternatives.push_back(std::move(alternative));
    }
    return out;
  }

  static config::Network network(const char* text) { return config::Network::parse(text).value(); }

  std::unique_ptr<async::Loop> loop_;
  std::shared_ptr<const std::string> file_ = std::make_shared<const std::string>("edge.yaml");
  std::vector<config::Listener> listeners_;
  std::vector<config::Route> routes_;
  Snapshot snapshot_;
};

// One request to the listener.
struct Request {
  explicit Request(async::Loop& loop, std::string_view target = "/", std::string_view authority = "shop.example",
                   uint64_t seed = 1)
      : arena(pool), random(seed), head(arena), exchange(loop, arena, random, head, facts) {
    head.method_text = "GET";
    head.target = arena.copy(target);
    head.authority = arena.copy(authority);
    from("192.0.2.7");
  }
  Request& method(std::string_view text) {
    head.method = http::parse_method(text);
    head.method_text = text;
    return *this;
  }
  Request& header(std::string_view name, std::string_view value) {
    head.headers.add(arena.copy(name), arena.copy(value));
    return *this;
  }
  Request& from(std::string_view ip) {
    facts.peer = net::Address::from_ip(ip, 4711).value();
    facts.client_ip = facts.peer.ip();
    return *this;
  }
  Plan plan(const Snapshot& snapshot, size_t listener = 0) {
    facts.peer_is_trusted_proxy = is_trusted_proxy(snapshot.listeners[listener].config, facts.peer);
    exchange.record.reason = exchange::EndReason::ok;
    return plan_request(snapshot, snapshot.listeners[listener], exchange);
  }
  // All values of a name, joined by " | ".
  std::string values(std::string_view name) const {
    std::string out;
    for (const http::Field& field : head.headers)
      if (http::has_name(field, name)) out += (out.empty() ? "" : " | ") + std::string(field.value);
    return out;
  }
  exchange::EndReason reason() const { return exchange.record.reason; }

  BlockPool pool;
  Arena arena;
  Random random;
  http::RequestHead head;
  exchange::ConnectionFacts facts;
  exchange::Exchange exchange;
};

}  // namespace mesh::proxy
