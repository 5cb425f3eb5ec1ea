#include <openssl/err.h>
#include <time.h>

#include "tls/context_impl.h"
#include "tls/stream_callbacks.h"

namespace mesh::tls {

namespace {

// The authorities into the context; answers what tells them apart from others.
Result<std::string> trust(SSL_CTX* context, const ClientConfig& config) {
  if (config.insecure) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return "insecure";
  }
  verify_strictly(context, SSL_VERIFY_PEER);
  if (config.ca_file.empty() && config.ca.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1)
      return fail(Errc::io, "cannot read the system's authorities: " + take_openssl_error("unknown"));
    return "system";
  }
  auto certificates = load_certificates(config.ca_file, config.ca);
  if (!certificates) return fail(certificates.error());
  auto store = make_store(*certificates);
  if (!store) return fail(store.error());
  SSL_CTX_set1_cert_store(context, store->get());
  return digest_text(*certificates);
}

// Our own certificate into the context; answers its DER.
Result<std::string> present(SSL_CTX* context, const ClientConfig& config, std::vector<std::string>& warnings) {
  if (config.cert_file.empty() && config.cert.empty()) return std::string();
  auto identity = load_identity({config.cert_file, config.key_file, config.cert, config.key});
  if (!identity) return fail(identity.error());
  if (auto ok = use_identity(context, *identity, config.cert_file); !ok) return fail(ok.error());
  if (auto text = expiry_warning(*identity, config.cert_file, time(nullptr)); !text.empty())
    warnings.push_back(std::move(text));
  return to_der(identity->leaf.get());
}

}  // namespace

ClientContext::ClientContext() : impl_(std::make_unique<Impl>()) {}
ClientContext::~ClientContext() = default;
const std::vector<std::string>& ClientContext::warnings() const { return impl_->warnings; }
Duration ClientContext::handshake_timeout() const { return impl_->handshake_timeout; }

Result<std::shared_ptr<const ClientContext>> ClientContext::create(const ClientConfig& config) {
  std::shared_ptr<ClientContext> out(new ClientContext);
  Impl& impl = *out->impl_;
  impl.bio = StreamCallbacks::make_bio();
  impl.insecure = config.insecure;
  impl.handshake_timeout = config.handshake_timeout;
  auto context = make_context(false, config.min_version);
  if (!context) return fail(context.error());
  SSL_CTX* c = context->get();
  auto authorities = trust(c, config);
  if (!authorities) return fail(authorities.error());
  auto ours = present(c, config, impl.warnings);
  if (!ours) return fail(ours.error());
  auto alpn = encode_alpn(config.alpn);
  if (!alpn) return fail(alpn.error());
  // Zero is success here.
  if (!alpn->empty() && SSL_CTX_set_alpn_protos(c, reinterpret_cast<const unsigned char*>(alpn->data()),
                                                static_cast<unsigned>(alpn->size())) != 0)
    return fail(Errc::invalid, "bad ALPN names");
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(c, StreamCallbacks::new_session);
  auto policy =
      PartsDigest().add(*authorities).add(*ours).add(*alpn).add(static_cast<uint64_t>(config.min_version)).finish();
  impl.policy.assign(reinterpret_cast<const char*>(policy.data()), policy.size());
  impl.context = std::move(*context);
  return out;
}

ClientSessions::~ClientSessions() {
  for (auto& [key, session] : sessions_) SSL_SESSION_free(session);
}

void ClientSessions::put(const std::string& key, SSL_SESSION* session) {
  if (auto it = sessions_.find(key); it != sessions_.end()) {
    SSL_SESSION_free(std::exchange(it->second, session));
    return;
  }
  // Which one goes does not matter: a lost session costs one full handshake.
  if (sessions_.size() >= capacity_) {
    SSL_SESSION_free(sessions_.begin()->second);
    sessions_.erase(sessions_.begin());
  }
  sessions_.emplace(key, session);
}

SSL_SESSION* ClientSessions::find(const std::string& key) const {
  auto it = sessions_.find(key);
  return it == sessions_.end() ? nullptr : it->second;
}

}  // namespace mesh::tls
