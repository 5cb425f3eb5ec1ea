#include <algorithm>
#include <set>

#include "base/text.h"
#include "config/check.h"
#include "config/codes.h"

namespace mesh::config {

namespace {

uint32_t span_of(std::string_view text) { return static_cast<uint32_t>(std::min<size_t>(text.size(), 200)); }

// "did you mean 'users' (line 20)?", with the file if it is another one.
template <class T>
std::string suggestion(std::string_view word, const std::vector<T>& defined, const SourcePos& at) {
  std::vector<std::string_view> names;
  for (const T& entry : defined) names.push_back(entry.name);
  std::string_view near = closest(word, names);
  if (near.empty()) return {};
  auto found = std::find_if(defined.begin(), defined.end(), [&](const T& entry) { return entry.name == near; });
  const SourcePos& pos = found->pos;
  bool same_file = pos.file && at.file && *pos.file == *at.file;
  std::string place = same_file ? "line " + std::to_string(pos.line) : pos.to_string();
  return "did you mean '" + std::string(near) + "' (" + place + ")?";
}

class NameChecker {
 public:
  NameChecker(const Model& model, Reader& reader) : model_(model), reader_(reader) {
    for (const Service& service : model.services) services_.insert(service.name);
    for (const Listener& listener : model.listeners) listeners_.insert(listener.name);
  }

  void run() {
    for (const Listener& listener : model_.listeners)
      if (listener.is_tcp()) use_service(listener.tcp, listener.tcp_pos);
    for (const Route& route : model_.routes) check_route(route);
    for (const Service& service : model_.services)
      if (!misspelt_ && !used_.contains(service.name))
        reader_.report(code::kUnusedService, Severity::note, service.pos, span_of(service.name),
                       "service '" + service.name + "' is not used by any route or listener");
    check_reach();
  }

 private:
  void use_service(const std::string& name, const SourcePos& pos) {
    used_.insert(name);
    if (name.empty() || services_.contains(name)) return;
    misspelt_ = true;
    reader_.report(code::kUndefinedService, Severity::error, pos, span_of(name),
                   "service '" + name + "' is not defined", suggestion(name, model_.services, pos));
  }

  void check_route(const Route& route) {
    for (const Target& target : route.to) use_service(target.service, target.pos);
    for (size_t i = 0; i < route.listeners.size(); ++i) check_listener(route, i);
  }

  void check_listener(const Route& route, size_t index) {
    const std::string& name = route.listeners[index];
    if (name.empty()) return;
    SourcePos pos = route.pos;
    size_t at = static_cast<size_t>(&route - model_.routes.data());
    std::string path = "routes[" + std::to_string(at) + "].listeners[" + std::to_string(index) + "]";
    if (const SourcePos* origin = reader_.origin(path)) pos = *origin;
    const Listener* listener = listeners_.contains(name) ? model_.find_listener(name) : nullptr;
    if (!listener) {
      reader_.report(code::kUndefinedListener, Severity::error, pos, span_of(name),
                     "listener '" + name + "' is not defined", suggestion(name, model_.listeners, pos));
    } else if (listener->is_tcp()) {
      reader_.report(code::kExclusive, Severity::error, pos, span_of(name),
                     "listener '" + name + "' is a tcp listener, which has no routes");
    }
  }

  static bool hosts_meet(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    if (a.empty() || b.empty()) return true;
    for (const std::string& x : a)
      for (const std::string& y : b)
        if (hosts_overlap(x, y)) return true;
    return false;
  }

  static bool serves(const Route& route, const Listener& listener) {
    if (listener.is_tcp()) return false;
    if (!route.listeners.empty() &&
        std::find(route.listeners.begin(), route.listeners.end(), listener.name) == route.listeners.end())
      return false;
    return std::any_of(route.matches.begin(), route.matches.end(),
                       [&](const Match& match) { return hosts_meet(match.hosts, listener.hosts); });
  }

  void check_reach() {
    for (const Listener& listener : model_.listeners) {
      if (listener.is_tcp()) continue;
      if (std::any_of(model_.routes.begin(), model_.routes.end(), [&](const Route& r) { return serves(r, listener); }))
        continue;
      reader_.report(code::kIdleListener, Severity::warning, listener.pos, span_of(listener.name),
                     "no route serves listener '" + listener.name + "': every request is answered with 404");
    }
    for (const Route& route : model_.routes) {
      if (std::any_of(model_.listeners.begin(), model_.listeners.end(),
                      [&](const Listener& l) { return serves(route, l); }))
        continue;
      reader_.report(code::kUnservedRoute, Severity::warning, route.pos, 1,
                     "route '" + route.name + "' is not served by any listener",
                     model_.listeners.empty() ? "define a listener" : "compare its hosts with those of the listeners");
    }
  }

  const Model& model_;
  Reader& reader_;
  bool misspelt_ = false;  // what looks unused may be what was meant
  std::set<std::string_view> services_, listeners_, used_;
};

}  // namespace

bool hosts_overlap(std::string_view pattern, std::string_view other) {
  bool a = pattern.starts_with("*."), b = other.starts_with("*.");
  if (!a && !b) return pattern == other;
  if (a && b) return pattern.ends_with(other.substr(1)) || other.ends_with(pattern.substr(1));
  std::string_view wildcard = a ? pattern : other, exact = a ? other : pattern;
  return exact.size() > wildcard.size() - 1 && exact.ends_with(wildcard.substr(1));
}

void check_names(const Model& model, Reader& reader) { NameChecker(model, reader).run(); }

}  // namespace mesh::config
