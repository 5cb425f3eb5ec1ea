// Where OpenSSL calls back into a stream.
#pragma once

#include <openssl/ssl.h>

#include "tls/openssl.h"
#include "tls/stream.h"

namespace mesh::tls {

struct StreamCallbacks {
  static BioMethodPtr make_bio();
  static int bio_read(BIO* bio, char* into, int size);
  static int bio_write(BIO* bio, const char* bytes, int size);
  static long bio_control(BIO* bio, int command, long number, void* pointer);
  static void message(int outgoing, int version, int content_type, const void* bytes, size_t size, SSL* ssl, void* arg);
  // Keeps a session for the next connection to the same endpoint.
  static int new_session(SSL* ssl, SSL_SESSION* session);
  static void set_sni(SSL* ssl, std::string name);
};

}  // namespace mesh::tls
