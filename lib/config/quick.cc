// The model of `gateway serve --from :8080 --to http://127.0.0.1:9000`.
#include "base/text.h"
#include "config/model.h"

namespace mesh::config {

namespace {

struct Origin {
  std::string scheme;
  Address address;
};

Result<Origin> parse_origin(std::string_view url) {
  Origin out{.scheme = "http", .address = {}};
  std::string whole = "'" + std::string(url) + "'";
  std::string_view rest = url;
  if (size_t mark = rest.find("://"); mark != std::string_view::npos) {
    out.scheme = to_lower(rest.substr(0, mark));
    rest.remove_prefix(mark + 3);
    if (out.scheme != "http" && out.scheme != "https" && out.scheme != "h2c")
      return fail(Errc::invalid, whole + " is not an http, https or h2c URL");
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.find_first_of("/?#@") != std::string_view::npos)
      return fail(Errc::invalid, whole + " has more than a host and a port; use a configuration file to rewrite paths");
    bool has_port = rest.rfind(':') != std::string_view::npos && !rest.ends_with(']') && rest.rfind(':') > 0;
    std::string text(rest);
    if (!has_port) text += out.scheme == "https" ? ":443" : ":80";
    auto address = Address::parse(text);
    if (!address) return fail(Errc::invalid, whole + " is not a URL of a server: " + address.error().message);
    out.address = *address;
  } else {
    auto address = Address::parse(rest);
    if (!address) return fail(Errc::invalid, whole + " is not a URL or an address: " + address.error().message);
    out.address = *address;
  }
  if (out.address.kind != Address::Kind::unix_path && out.address.port == 0)
    return fail(Errc::invalid, whole + " has port 0, where nothing can listen");
  return out;
}

}  // namespace

Result<Model> Model::from_quick(std::string_view from, std::span<const std::string> to) {
  auto address = Address::parse(from);
  if (!address) return fail(Errc::invalid, "'" + std::string(from) + "' is not an address: " + address.error().message);
  if (address->kind == Address::Kind::name)
    return fail(Errc::invalid, "'" + std::string(from) + "' is a name; listening needs an IP address, like 127.0.0.1");
  if (to.empty()) return fail(Errc::invalid, "there is nowhere to send requests to");

  Model model;
  Service service;
  service.name = "upstream";
  std::string scheme;
  for (const std::string& url : to) {
    auto origin = parse_origin(url);
    if (!origin) return fail(origin.error());
    if (!scheme.empty() && scheme != origin->scheme)
      return fail(Errc::invalid, "'" + url + "' has another scheme than '" + to.front() + "'");
    scheme = origin->scheme;
    Endpoint endpoint;
    endpoint.address = std::move(origin->address);
    service.endpoints.push_back(std::move(endpoint));
  }
  if (scheme == "h2c") service.protocol = UpstreamProtocol::h2;
  if (scheme == "https") {
    service.protocol = UpstreamProtocol::automatic;
    service.tls.emplace();
  }
  model.services.push_back(std::move(service));

  Listener listener;
  listener.name = "web";
  listener.address = std::move(*address);
  model.listeners.push_back(std::move(listener));

  Route route;
  route.name = "all";
  route.matches.emplace_back();
  Target target;
  target.service = "upstream";
  route.to.push_back(std::move(target));
  model.routes.push_back(std::move(route));
  return model;
}

}  // namespace mesh::config
