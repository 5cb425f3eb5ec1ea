#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cassert>
#include <cstring>

#include "tls/context.h"

namespace mesh::tls {

TicketKeys::TicketKeys() { keys_[0] = make(); }

TicketKeys::~TicketKeys() { OPENSSL_cleanse(keys_, sizeof keys_); }

TicketKeys::Key TicketKeys::make() {
  Key key;
  static_assert(sizeof key == 80);
  int ok = RAND_priv_bytes(reinterpret_cast<unsigned char*>(&key), sizeof key);
  if (ok != 1) std::abort();  // predictable ticket keys would open every session
  return key;
}

void TicketKeys::rotate() {
  Key fresh = make();
  std::lock_guard lock(mutex_);
  keys_[1] = keys_[0];
  keys_[0] = fresh;
  count_ = 2;
}

TicketKeys::Key TicketKeys::sealing() const {
  std::lock_guard lock(mutex_);
  return keys_[0];
}

bool TicketKeys::find(const unsigned char* name, Key& key, bool& current) const {
  std::lock_guard lock(mutex_);
  for (int i = 0; i < count_; ++i) {
    if (std::memcmp(keys_[i].name.data(), name, keys_[i].name.size()) != 0) continue;
    key = keys_[i];
    current = i == 0;
    return true;
  }
  return false;
}

}  // namespace mesh::tls
