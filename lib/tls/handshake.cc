// How a stream begins, and what is known about the peer afterwards.
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <cassert>

#include "tls/context_impl.h"
#include "tls/stream.h"
#include "tls/stream_callbacks.h"

namespace mesh::tls {

using net::Io;

namespace {

bool is_ip(const std::string& name) {
  ASN1_OCTET_STRING* address = a2i_IPADDRESS(name.c_str());
  ASN1_OCTET_STRING_free(address);
  return address != nullptr;
}

// What the certificate must be for; type-exact: a DNS name never matches an IP address or the subject (threats TL-07).
Status expect_name(SSL* ssl, const std::string& name, bool insecure) {
  bool ip = is_ip(name);
  if (!ip && !name.empty() && SSL_set_tlsext_host_name(ssl, name.c_str()) != 1)
    return fail(Errc::invalid, "bad server name '" + name + "'");
  if (insecure) return {};
  if (name.empty()) return fail(Errc::invalid, "no server name to verify the certificate with");
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  int ok = ip ? X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str())
              : X509_VERIFY_PARAM_set1_host(param, name.data(), name.size());
  if (ok != 1) return fail(Errc::invalid, "bad server name '" + name + "'");
  return {};
}

std::string lower_hex(const ASN1_INTEGER* number) {
  BIGNUM* value = ASN1_INTEGER_to_BN(number, nullptr);
  char* text = BN_bn2hex(value);
  BN_free(value);
  std::string out = text == nullptr ? "" : text;
  OPENSSL_free(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c + 32);
  return out;
}

std::string subject_text(const X509* certificate) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  long size = BIO_get_mem_data(bio.get(), &text);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : std::string();
}

std::vector<std::string> uri_names(const X509* certificate) {
  std::vector<std::string> out;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* value = name->d.uniformResourceIdentifier;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<size_t>(ASN1_STRING_length(value)));
  }
  GENERAL_NAMES_free(names);
  return out;
}

// Leaf first. OpenSSL leaves the leaf out of a server's list of its client's certificates.
std::vector<const X509*> peer_certificates(const SSL* ssl) {
  std::vector<const X509*> out;
  const X509* leaf = SSL_get0_peer_certificate(ssl);
  if (leaf == nullptr) return out;
  out.push_back(leaf);
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
  for (int i = SSL_is_server(ssl) == 1 ? 0 : 1; i < sk_X509_num(chain); ++i) out.push_back(sk_X509_value(chain, i));
  return out;
}

PeerCertificate describe(const std::vector<const X509*>& chain) {
  PeerCertificate out;
  const X509* leaf = chain.front();
  DigestPtr digest(EVP_MD_CTX_new());
  EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
  for (const X509* certificate : chain) {
    std::string der = to_der(certificate);
    EVP_DigestUpdate(digest.get(), der.data(), der.size());
    if (certificate == leaf) EVP_Digest(der.data(), der.size(), out.leaf_sha256.data(), nullptr, EVP_sha256(), nullptr);
  }
  EVP_DigestFinal_ex(digest.get(), out.chain_sha256.data(), nullptr);
  out.subject = subject_text(leaf);
  out.serial = lower_hex(X509_get0_serialNumber(leaf));
  out.dns = dns_names(leaf);
  out.uris = uri_names(leaf);
  out.not_before = to_seconds(X509_get0_notBefore(leaf));
  out.not_after = to_seconds(X509_get0_notAfter(leaf));
  return out;
}

}  // namespace

// Takes the session object over and puts our stream under it.
Status TlsStream::attach(SSL* ssl, void* bio_method) {
  ssl_ = ssl;
  BIO* bio = ssl == nullptr ? nullptr : BIO_new(static_cast<BIO_METHOD*>(bio_method));
  if (bio == nullptr) return fail(Errc::exhausted, "cannot make a tls session: " + take_openssl_error("out of memory"));
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, this);
  SSL_set_msg_callback(ssl, StreamCallbacks::message);
  SSL_set_msg_callback_arg(ssl, this);
  return {};
}

Result<std::unique_ptr<TlsStream>> TlsStream::accept(std::shared_ptr<const ServerContext> context,
                                                     std::unique_ptr<net::Stream> transport,
                                                     std::string_view received) {
  const ServerContext::Impl& impl = context->impl();
  std::unique_ptr<TlsStream> stream(new TlsStream(context, std::move(transport), impl.handshake_timeout));
  if (auto ok = stream->attach(SSL_new(impl.contexts.front().get()), impl.bio.get()); !ok) return fail(ok.error());
  stream->received_ = received;
  SSL_set_accept_state(stream->ssl_);
  return stream;
}

Result<std::unique_ptr<TlsStream>> TlsStream::connect(std::shared_ptr<const ClientContext> context,
                                                      std::unique_ptr<net::Stream> transport, const Target& target) {
  const ClientContext::Impl& impl = context->impl();
  std::unique_ptr<TlsStream> stream(new TlsStream(context, std::move(transport), impl.handshake_timeout));
  if (auto ok = stream->attach(SSL_new(impl.context.get()), impl.bio.get()); !ok) return fail(ok.error());
  if (auto ok = expect_name(stream->ssl_, target.name, impl.insecure); !ok) return fail(ok.error());
  if (target.sessions && !target.session_key.empty()) {
    stream->sessions_ = target.sessions;
    stream->session_key_ = impl.policy + target.name + '\0' + target.session_key;
    if (SSL_SESSION* session = target.sessions->find(stream->session_key_)) SSL_set_session(stream->ssl_, session);
  }
  SSL_set_connect_state(stream->ssl_);
  return stream;
}

async::Task<Status> TlsStream::handshake(async::Deadline deadline) {
  assert(!established_);
  deadline = deadline.sooner(async::Deadline::in(loop().now(), handshake_timeout_));
  for (;;) {
    ERR_clear_error();
    int ok = SSL_do_handshake(ssl_);
    int code = SSL_get_error(ssl_, ok);
    if (ok != 1 && code != SSL_ERROR_WANT_READ) {
      Status failure = handshake_failure(code);
      flush();  // the alert
      co_return failure;
    }
    if (Io io = flush(); io.kind == Io::Kind::error) co_return fail_errno(io.err, "tls handshake");
    if (ok == 1) break;
    readiness_.readable = false;
    if (!co_await readable(deadline)) {
      fatal(ETIMEDOUT, {});
      co_return fail(Errc::timeout, "tls handshake timed out");
    }
  }
  if (auto ok = check_resumed_peer(); !ok) {
    fatal(0, ok.error().message);
    co_return ok;
  }
  established_ = true;
  readiness_.readable = true;  // a request may have come with the last message of the handshake
  co_return Status{};
}

Status TlsStream::handshake_failure(int code) {
  std::string what = "tls handshake failed: ";
  if (code == SSL_ERROR_SYSCALL && transport_end_.kind == Io::Kind::eof) {
    fatal(ECONNRESET, {});
    return fail(Errc::reset, "connection closed during the tls handshake");
  }
  if (code == SSL_ERROR_SYSCALL && transport_end_.kind == Io::Kind::error) {
    fatal(transport_end_.err, {});
    return fail_errno(transport_end_.err, "tls handshake");
  }
  long verified = SSL_get_verify_result(ssl_);
  bool about_certificate = ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED;
  std::string text = take_openssl_error("protocol error");
  if (about_certificate && verified != X509_V_OK) text += std::string(": ") + X509_verify_cert_error_string(verified);
  for (char& c : text)
    if (c == '\n') c = ' ';
  fatal(0, text);
  return fail(Errc::tls, what + text);
}

// A session may outlive the certificates it was made with: they are looked at on every connection.
Status TlsStream::check_resumed_peer() const {
  if (SSL_session_reused(ssl_) != 1 || SSL_get_verify_mode(ssl_) == SSL_VERIFY_NONE) return {};
  for (const X509* certificate : peer_certificates(ssl_)) {
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0)
      return fail(Errc::tls, "tls handshake failed: certificate of the resumed session has expired");
  }
  return {};
}

std::string_view TlsStream::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

bool TlsStream::resumed() const { return SSL_session_reused(ssl_) == 1; }

TlsFacts TlsStream::facts() const {
  TlsFacts out;
  out.sni = sni_;
  out.alpn = alpn();
  out.version = SSL_get_version(ssl_);
  const char* cipher = SSL_get_cipher_name(ssl_);
  out.cipher = cipher == nullptr ? "" : cipher;
  out.resumed = resumed();
  auto chain = peer_certificates(ssl_);
  if (!chain.empty()) out.peer = describe(chain);
  return out;
}

std::vector<std::string> TlsStream::peer_chain() const {
  std::vector<std::string> out;
  for (const X509* certificate : peer_certificates(ssl_)) out.push_back(to_der(certificate));
  return out;
}

}  // namespace mesh::tls
