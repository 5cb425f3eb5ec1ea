#include <algorithm>

#include "config/check.h"
#include "config/codes.h"
#include "config/load.h"

namespace mesh::config {

namespace {

struct Taken {
  std::string what;  // "listener 'web'"
  const Address* address;
  SourcePos pos;
};

bool is_any(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

// Port 0 is a fresh port each time.
bool conflict(const Address& a, const Address& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == Address::Kind::unix_path) return a.host == b.host;
  if (a.port != b.port || a.port == 0) return false;
  bool a6 = a.host.find(':') != std::string::npos, b6 = b.host.find(':') != std::string::npos;
  return a.host == b.host || (a6 == b6 && (is_any(a.host) || is_any(b.host)));
}

class KeyFiles {
 public:
  KeyFiles(Reader& reader, const Environment& environment, const std::function<void(const std::string&)>& used)
      : reader_(reader), environment_(environment), used_(used) {}

  void pair(const std::string& cert, const std::string& key, const SourcePos& pos) {
    auto certificate = read(cert, pos, "-----BEGIN CERTIFICATE-----", "a certificate");
    auto secret = read(key, pos, "PRIVATE KEY-----", "a private key");
    if (!certificate || !secret || !environment_.check_key_pair) return;
    if (Status status = environment_.check_key_pair(*certificate, *secret); !status)
      reader_.report(code::kKeyMismatch, Severity::error, pos, 1,
                     "key '" + key + "' does not belong to certificate '" + cert + "': " + status.error().message);
  }

  void authority(const std::string& ca, const SourcePos& pos) {
    read(ca, pos, "-----BEGIN CERTIFICATE-----", "a certificate");
  }

 private:
  std::optional<std::string> read(const std::string& path, const SourcePos& pos, std::string_view mark,
                                  const std::string& what) {
    if (path.empty()) return std::nullopt;
    used_(path);
    auto text = environment_.read_file(path);
    std::string problem = !text                                   ? text.error().message
                          : text->find(mark) == std::string::npos ? "'" + path + "' has no PEM block of " + what
                                                                  : std::string();
    if (problem.empty()) return std::move(*text);
    reader_.report(code::kUnreadableKey, Severity::error, pos, 1, std::move(problem));
    return std::nullopt;
  }

  Reader& reader_;
  const Environment& environment_;
  const std::function<void(const std::string&)>& used_;
};

}  // namespace

void check_listeners(const Model& model, Reader& reader) {
  std::vector<Taken> taken;
  auto take = [&](Taken next) {
    if (!next.address->host.empty()) {
      for (const Taken& before : taken)
        if (conflict(*before.address, *next.address)) {
          reader.report(code::kAddressConflict, Severity::error, next.pos, 1,
                        next.what + " wants " + next.address->to_string() + ", which " + before.what + " at " +
                            before.pos.to_string() + " has",
                        "choose another port");
          break;
        }
    }
    taken.push_back(std::move(next));
  };
  auto place = [&](const std::string& path, const SourcePos& fallback) {
    const SourcePos* origin = reader.origin(path);
    return origin ? *origin : fallback;
  };
  for (const Listener& listener : model.listeners)
    take({"listener '" + listener.name + "'", &listener.address,
          place("listeners." + listener.name + ".address", listener.pos)});
  if (model.telemetry.metrics)
    take({"telemetry.metrics", &model.telemetry.metrics->address,
          place("telemetry.metrics.address", model.telemetry.metrics->pos)});
  if (model.admin.socket.empty()) return;
  Address admin{Address::Kind::unix_path, model.admin.socket, 0};
  take({"admin.socket", &admin, place("admin.socket", {})});
}

void check_key_files(const Model& model, Reader& reader, const Environment& environment,
                     const std::function<void(const std::string&)>& used) {
  KeyFiles files(reader, environment, used);
  for (const Listener& listener : model.listeners) {
    if (!listener.tls) continue;
    for (const Certificate& certificate : listener.tls->certificates)
      files.pair(certificate.cert, certificate.key, certificate.pos);
    if (listener.tls->client_auth) files.authority(listener.tls->client_auth->ca, listener.tls->client_auth->pos);
  }
  for (const Service& service : model.services) {
    if (!service.tls) continue;
    files.authority(service.tls->ca, service.tls->pos);
    if (!service.tls->cert.empty() && !service.tls->key.empty())
      files.pair(service.tls->cert, service.tls->key, service.tls->pos);
  }
}

}  // namespace mesh::config
