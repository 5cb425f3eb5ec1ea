#include "gateway/compile.h"

#include <algorithm>

#include "base/crypto_digest.h"
#include "config/load.h"
#include "filter/make.h"

namespace mesh::gateway {

namespace {

using proxy::Snapshot;

codec::ServerLimits limits_of(const config::Listener& listener) {
  const config::ListenerLimits& from = listener.limits;
  codec::ServerLimits to;
  to.head_bytes = static_cast<uint32_t>(from.head_bytes);
  to.head_fields = from.head_fields;
  to.target_bytes = static_cast<uint32_t>(from.target_bytes);
  to.head_timeout = from.header_timeout;
  to.body_idle = from.body_idle;
  to.write_idle = from.body_idle;
  to.keep_alive_idle = from.keepalive_idle;
  to.requests_per_connection = from.requests_per_connection;
  to.underscores = static_cast<codec::ServerLimits::Underscores>(listener.underscores);
  to.h2_streams = from.h2_streams;
  to.h2_stream_window = static_cast<uint32_t>(from.h2_stream_window);
  to.h2_connection_window = static_cast<uint32_t>(from.h2_connection_window);
  return to;
}

Result<std::shared_ptr<const tls::ServerContext>> server_context(const config::Listener& listener,
                                                                 const std::shared_ptr<tls::TicketKeys>& tickets) {
  tls::ServerConfig config;
  config.listener = listener.name;
  for (const config::Certificate& certificate : listener.tls->certificates)
    config.certificates.push_back({certificate.cert, certificate.key, {}, {}});
  config.min_version = static_cast<tls::Version>(listener.tls->min_version);
  if (!listener.is_tcp())
    for (config::ListenerProtocol protocol : listener.protocols)
      config.alpn.push_back(protocol == config::ListenerProtocol::h2 ? "h2" : "http/1.1");
  if (listener.tls->client_auth) {
    config.client_auth = static_cast<tls::ClientAuth>(listener.tls->client_auth->mode);
    config.client_ca_file = listener.tls->client_auth->ca;
  }
  config.handshake_timeout = listener.limits.handshake_timeout;
  config.ticket_keys = tickets;
  auto context = tls::ServerContext::create(config);
  if (!context) return fail(context.error().code, listener.tls->pos.to_string() + ": " + context.error().message);
  return context;
}

Result<std::shared_ptr<const tls::ClientContext>> client_context(const config::Service& service) {
  tls::ClientConfig config;
  config.ca_file = service.tls->ca;
  config.insecure = service.tls->unsafe_skip_verify;
  config.cert_file = service.tls->cert;
  config.key_file = service.tls->key;
  config.min_version = static_cast<tls::Version>(service.tls->min_version);
  if (service.protocol != config::UpstreamProtocol::http1) config.alpn.push_back("h2");
  if (service.protocol != config::UpstreamProtocol::h2) config.alpn.push_back("http/1.1");
  auto context = tls::ClientContext::create(config);
  if (!context) return fail(context.error().code, service.tls->pos.to_string() + ": " + context.error().message);
  return context;
}

route::ValueSpec value_spec(const config::ValueMatch& match) {
  return {match.name, static_cast<route::ValueSpec::Kind>(match.kind), match.text, match.pos};
}

// What our side of TLS to a service is made from.
std::string identity_of(const config::ServiceTls& tls) {
  config::Environment system = config::Environment::system();
  std::string text = tls.server_name + "\n" + std::to_string(static_cast<int>(tls.min_version)) +
                     (tls.unsafe_skip_verify ? "\nunverified" : "\nverified");
  for (const std::string& path : {tls.ca, tls.cert, tls.key}) {
    auto bytes = path.empty() ? Result<std::string>() : system.read_file(path);
    text += "\n" + path + "\n" + sha256_hex(bytes ? *bytes : std::string());
  }
  return sha256_hex(text);
}

service::Policy policy_for(const config::Route& route, const config::Service& service) {
  service::Policy policy{service.timeouts, route.retry ? *route.retry : service.retry};
  if (route.timeouts) {
    if (route.timeouts->header) policy.timeouts.header = *route.timeouts->header;
    if (route.timeouts->idle) policy.timeouts.idle = *route.timeouts->idle;
    if (route.timeouts->total) policy.timeouts.total = route.timeouts->total;
  }
  return policy;
}

uint32_t service_index(const config::Model& model, std::string_view name) {
  for (size_t i = 0; i < model.services.size(); ++i)
    if (model.services[i].name == name) return static_cast<uint32_t>(i);
  return UINT32_MAX;
}

Status add_routes(Snapshot& snapshot) {
  for (const config::Route& route : snapshot.model.routes) {
    proxy::RoutePlan plan;
    plan.config = route;
    for (const config::Filter& filter : route.filters) {
      auto made = filter::make_filter(filter);
      if (!made) return fail(made.error());
      plan.filters.push_back(std::move(*made));
    }
    for (const config::Target& target : route.to) {
      uint32_t index = service_index(snapshot.model, target.service);
      if (index == UINT32_MAX) return fail(Errc::invalid, "service '" + target.service + "' is not defined");
      plan.to.push_back({index, target.weight, policy_for(route, snapshot.model.services[index])});
      plan.total_weight += target.weight;
    }
    snapshot.routes.push_back(std::move(plan));
  }
  auto table = route::Table::compile(table_spec(snapshot.model));
  if (!table) return fail(table.error());
  snapshot.table = std::move(*table);
  return {};
}

// Everything that has an effect: the model and the bytes of the files it names.
std::string hash_of(const config::Model& model, const std::vector<std::string>& certificates) {
  std::string text = model.content_hash();
  config::Environment system = config::Environment::system();
  for (const std::string& path : certificates) {
    auto bytes = system.read_file(path);
    text += "\n" + path + "\n" + (bytes ? *bytes : std::string());
  }
  return certificates.empty() ? text : sha256_hex(text);
}

std::vector<std::string> certificate_files(const config::Model& model) {
  std::vector<std::string> files;
  auto add = [&](const std::string& path) {
    if (!path.empty()) files.push_back(path);
  };
  for (const config::Listener& listener : model.listeners) {
    if (!listener.tls) continue;
    for (const config::Certificate& certificate : listener.tls->certificates)
      add(certificate.cert), add(certificate.key);
    if (listener.tls->client_auth) add(listener.tls->client_auth->ca);
  }
  for (const config::Service& service : model.services)
    if (service.tls) add(service.tls->ca), add(service.tls->cert), add(service.tls->key);
  return files;
}

Result<std::shared_ptr<const Snapshot>> compile(const config::Model& model,
                                                const std::vector<std::string>& certificates,
                                                const std::shared_ptr<tls::TicketKeys>& tickets) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->model = model;
  for (const config::Service& service : model.services) {
    auto spec = std::make_shared<service::Spec>();
    spec->config = service;
    if (service.tls) {
      auto context = client_context(service);
      if (!context) return fail(context.error());
      spec->tls = std::move(*context);
      spec->tls_identity = identity_of(*service.tls);
    }
    snapshot->services.push_back(std::move(spec));
  }
  for (const config::Listener& listener : model.listeners) {
    proxy::ListenerPlan plan;
    plan.config = listener;
    plan.limits = limits_of(listener);
    if (listener.is_tcp()) plan.tcp_service = service_index(model, listener.tcp);
    if (listener.tls) {
      auto context = server_context(listener, tickets);
      if (!context) return fail(context.error());
      plan.tls = std::move(*context);
    }
    snapshot->listeners.push_back(std::move(plan));
  }
  if (auto added = add_routes(*snapshot); !added) return fail(added.error());
  snapshot->hash = hash_of(model, certificates);
  return snapshot;
}

}  // namespace

route::TableSpec table_spec(const config::Model& model) {
  route::TableSpec spec;
  for (const config::Listener& listener : model.listeners)
    spec.listeners.push_back({listener.name, listener.hosts, listener.pos});
  for (const config::Route& route : model.routes) {
    route::RouteSpec out;
    out.name = route.name;
    out.listeners = route.listeners;
    out.priority = route.priority;
    out.pos = route.pos;
    for (const config::Match& match : route.matches) {
      route::AlternativeSpec alternative;
      alternative.hosts = match.hosts;
      if (match.path)
        alternative.path =
            route::PathSpec{static_cast<route::PathSpec::Kind>(match.path->kind), match.path->text, match.path->pos};
      alternative.methods = match.methods;
      for (const config::ValueMatch& value : match.headers) alternative.headers.push_back(value_spec(value));
      for (const config::ValueMatch& value : match.query) alternative.query.push_back(value_spec(value));
      alternative.pos = match.pos;
      out.alternatives.push_back(std::move(alternative));
    }
    spec.routes.push_back(std::move(out));
  }
  return spec;
}

proxy::LoadOutcome compile_model(const config::Model& model, std::shared_ptr<tls::TicketKeys> tickets) {
  proxy::LoadOutcome outcome;
  outcome.certificates = certificate_files(model);
  auto snapshot = compile(model, outcome.certificates, tickets);
  if (snapshot) {
    outcome.snapshot = std::move(*snapshot);
  } else {
    outcome.error = snapshot.error().message;
  }
  return outcome;
}

proxy::LoadOutcome load(std::span<const std::string> files, std::shared_ptr<tls::TicketKeys> tickets) {
  config::Loaded loaded = config::load(files);
  proxy::LoadOutcome outcome;
  if (loaded.ok) outcome = compile_model(loaded.model, std::move(tickets));
  outcome.findings = std::move(loaded.findings);
  outcome.files = std::move(loaded.files);
  return outcome;
}

}  // namespace mesh::gateway
