#include "tls/stream.h"

#include <errno.h>
#include <openssl/err.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "tls/openssl.h"
#include "tls/stream_callbacks.h"

namespace mesh::tls {

using net::Io;

namespace {

constexpr size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;
static_assert(kRecord == BlockPool::kBlockSize, "small parts of a write are gathered in a block");

}  // namespace

TlsStream::TlsStream(std::shared_ptr<const void> context, std::unique_ptr<net::Stream> transport,
                     Duration handshake_timeout)
    : context_(std::move(context)),
      transport_(std::move(transport)),
      output_(transport_->loop().blocks()),
      handshake_timeout_(handshake_timeout) {
  readiness_.loop = &transport_->loop();
  listen_to_transport();
}

TlsStream::~TlsStream() {
  async::Readiness& below = transport_->readiness();
  if (below.reader == static_cast<async::Waiter*>(&transport_reader_)) below.reader = nullptr;
  if (below.writer == static_cast<async::Waiter*>(&transport_writer_)) below.writer = nullptr;
  if (ssl_ == nullptr) return;
  if (established_ && !failed_ && !aborted_ && !write_ended_) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    flush();
  } else if (!failed_) {
    // Else OpenSSL takes the session for broken and forgets it.
    SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
  SSL_free(ssl_);
  ERR_clear_error();
}

// The transport's waiters are ours for good: they put themselves back before they pass the event on, because whoever
// is woken may destroy the stream.
void TlsStream::listen_to_transport() {
  transport_reader_.owner = transport_writer_.owner = this;
  transport_reader_.set_fire([](async::Waiter& w) {
    TlsStream& self = *static_cast<Forward&>(w).owner;
    self.transport_->readiness().reader = &w;
    self.readiness_.hangup = self.transport_->readiness().hangup;
    self.readiness_.wake_reader();
  });
  transport_writer_.set_fire([](async::Waiter& w) {
    TlsStream& self = *static_cast<Forward&>(w).owner;
    self.transport_->readiness().writer = &w;
    // Also what nobody waits for: alerts, answers to a key update, the end after the last record.
    if (self.flush().kind != Io::Kind::block) self.readiness_.wake_writer();
  });
  transport_->readiness().reader = &transport_reader_;
  transport_->readiness().writer = &transport_writer_;
}

Io TlsStream::fatal(int err, std::string text) {
  failed_ = true;
  error_errno_ = err;
  error_ = std::move(text);
  return Io::error(err);
}

Io TlsStream::try_read(std::span<char> into) {
  assert(established_ || failed_);
  if (failed_) return Io::error(error_errno_);
  if (truncated_) return allow_truncation_ ? Io::eof() : Io::error(ECONNRESET);
  if (!readiness_.readable) return Io::block();
  size_t total = 0;
  Io end;
  while (total < into.size()) {
    // Nothing inside the session and nothing below: not worth a call that would allocate a buffer to find that out.
    if (total > 0 && SSL_has_pending(ssl_) == 0 && !transport_->readiness().readable) {
      readiness_.readable = false;
      break;
    }
    ERR_clear_error();
    size_t n = 0;
    int ok = SSL_read_ex(ssl_, into.data() + total, into.size() - total, &n);
    if (ok != 1) {
      end = read_failure(SSL_get_error(ssl_, ok));
      break;
    }
    total += n;
  }
  if (!output_.empty() && !failed_) flush();
  if (flooded_ && !failed_) end = fatal(0, "too many post-handshake messages");
  return total > 0 && !flooded_ ? Io::ok(total) : end;
}

// What an SSL_read that gave nothing means. Half a record counts as nothing: only the transport can bring the rest.
Io TlsStream::read_failure(int code) {
  if (code == SSL_ERROR_WANT_READ) {
    readiness_.readable = false;
    return Io::block();
  }
  if (code == SSL_ERROR_ZERO_RETURN) return Io::eof();
  if (flooded_) return fatal(0, "too many post-handshake messages");
  if (code == SSL_ERROR_SYSCALL && transport_end_.kind == Io::Kind::eof) {
    truncated_ = true;
    error_ = "connection closed without close_notify";
    return allow_truncation_ ? Io::eof() : Io::error(ECONNRESET);
  }
  if (transport_end_.kind == Io::Kind::error) return fatal(transport_end_.err, {});
  return fatal(0, take_openssl_error("tls protocol error"));
}

Io TlsStream::try_write(std::span<const iovec> parts) {
  assert(established_ || failed_);
  if (failed_) return Io::error(error_errno_);
  if (!output_.empty()) {
    if (Io io = flush(); io.kind != Io::Kind::ok) return io;
  }
  if (parts.empty()) return Io::ok(0);
  if (write_ended_) return Io::error(EPIPE);
  if (!transport_->readiness().writable) {
    readiness_.writable = false;
    return Io::block();
  }
  size_t taken = 0;
  ERR_clear_error();
  if (!encrypt(parts, taken)) return fatal(0, take_openssl_error("cannot encrypt"));
  if (Io io = flush(); io.kind == Io::Kind::error) return io;
  return Io::ok(taken);
}

// Whole records straight from the caller's bytes; small parts together in one record.
bool TlsStream::encrypt(std::span<const iovec> parts, size_t& taken) {
  char* block = nullptr;
  size_t index = 0, offset = 0;
  size_t budget = kWriteBatch;
  auto put = [&](const char* bytes, size_t size) {
    size_t written = 0;
    taken += size;
    budget -= size;
    return SSL_write_ex(ssl_, bytes, size, &written) == 1 && written == size;
  };
  bool ok = true;
  while (ok && budget > 0 && index < parts.size()) {
    size_t rest = parts[index].iov_len - offset;
    const char* bytes = static_cast<const char*>(parts[index].iov_base) + offset;
    bool last = index + 1 == parts.size();
    if (rest > 0 && (rest >= kRecord || last)) {
      size_t size = std::min(last ? rest : rest - rest % kRecord, budget);
      ok = put(bytes, size);
      offset += size;
    } else {
      if (block == nullptr) block = loop().blocks().take();
      size_t filled = 0, room = std::min(kRecord, budget);
      while (index < parts.size() && filled < room) {
        size_t n = std::min(parts[index].iov_len - offset, room - filled);
        if (n > 0) std::memcpy(block + filled, static_cast<const char*>(parts[index].iov_base) + offset, n);
        filled += n;
        offset += n;
        if (offset == parts[index].iov_len) ++index, offset = 0;
      }
      if (filled > 0) ok = put(block, filled);
      continue;
    }
    if (offset == parts[index].iov_len) ++index, offset = 0;
  }
  if (block != nullptr) loop().blocks().give(block);
  return ok;
}

// Everything held to the transport; the end of the stream after it, if that was asked for.
Io TlsStream::flush() {
  while (!output_.empty()) {
    iovec parts[Output::kBlocks];
    Io io = transport_->try_write({parts, output_.view(parts)});
    if (io.kind == Io::Kind::ok) {
      output_.consume(io.size);
      continue;
    }
    if (io.kind == Io::Kind::block) {
      readiness_.writable = false;
      return io;
    }
    output_.clear();
    if (failed_) return Io::error(error_errno_);
    return fatal(io.err == 0 ? EPIPE : io.err, {});
  }
  if (write_ended_ && !fin_sent_) {
    fin_sent_ = true;
    transport_->shutdown_write();
  }
  return Io::ok(0);
}

void TlsStream::shutdown_write() {
  if (write_ended_) return;
  write_ended_ = true;
  if (established_ && !failed_) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  flush();
}

void TlsStream::abort_on_close() {
  aborted_ = true;
  transport_->abort_on_close();
}

// One receive below, or what was read before us. Answers the size; 0 or less is nothing, `retry` later if set.
int TlsStream::receive(char* into, int size, bool& retry) {
  retry = false;
  if (flooded_) return -1;
  if (!received_.empty()) {
    size_t n = std::min(static_cast<size_t>(size), received_.size());
    std::memcpy(into, received_.data(), n);
    received_.erase(0, n);
    if (received_.empty()) received_ = {};
    return static_cast<int>(n);
  }
  Io io = transport_->try_read({into, static_cast<size_t>(size)});
  if (io.kind == Io::Kind::ok) return static_cast<int>(io.size);
  if (io.kind == Io::Kind::block) {
    retry = true;
    return -1;
  }
  transport_end_ = io;
  return io.kind == Io::Kind::eof ? 0 : -1;
}

void TlsStream::count_message() {
  Instant now = loop().now();
  if (now - message_window_ >= Duration::seconds(1)) {
    message_window_ = now;
    messages_ = 0;
  }
  if (++messages_ > kMessagesPerSecond) flooded_ = true;
}

BioMethodPtr StreamCallbacks::make_bio() {
  BioMethodPtr method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stream"));
  BIO_meth_set_read(method.get(), bio_read);
  BIO_meth_set_write(method.get(), bio_write);
  BIO_meth_set_ctrl(method.get(), bio_control);
  return method;
}

int StreamCallbacks::bio_read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  bool retry = false;
  int n = static_cast<TlsStream*>(BIO_get_data(bio))->receive(into, size, retry);
  if (retry) BIO_set_retry_read(bio);
  return n;
}

// Never short: records gather here, and the stream takes no more plain bytes while it holds some.
int StreamCallbacks::bio_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  auto& stream = *static_cast<TlsStream*>(BIO_get_data(bio));
  return stream.output_.append({bytes, static_cast<size_t>(size)}) ? size : -1;
}

long StreamCallbacks::bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

void StreamCallbacks::message(int outgoing, int, int content_type, const void*, size_t, SSL*, void* arg) {
  auto& stream = *static_cast<TlsStream*>(arg);
  if (outgoing == 0 && content_type == SSL3_RT_HANDSHAKE && stream.established_) stream.count_message();
}

int StreamCallbacks::new_session(SSL* ssl, SSL_SESSION* session) {
  auto& stream = *static_cast<TlsStream*>(SSL_get_app_data(ssl));
  if (!stream.sessions_ || SSL_SESSION_is_resumable(session) != 1) return 0;
  stream.sessions_->put(stream.session_key_, session);
  return 1;
}

void StreamCallbacks::set_sni(SSL* ssl, std::string name) {
  static_cast<TlsStream*>(SSL_get_app_data(ssl))->sni_ = std::move(name);
}

}  // namespace mesh::tls
