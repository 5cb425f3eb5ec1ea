// One request and its response on the way through the proxy: the canonical request that routing, logs and the upstream
// writer share, what filters change on the way up, and the record of what happened.
#pragma once

#include <cstdint>
#include <new>
#include <string>
#include <string_view>

#include "async/loop.h"
#include "base/arena.h"
#include "base/random.h"
#include "codec/client.h"
#include "exchange/record.h"
#include "http/head.h"
#include "net/address.h"
#include "route/table.h"

namespace mesh::exchange {

// What is known about the connection a request came on. Lives as long as the connection.
struct ConnectionFacts {
  std::string client_ip;  // of the peer, or what a trusted proxy says (per exchange, see Exchange::client_ip)
  net::Address peer;
  http::Scheme scheme = http::Scheme::http;
  uint16_t local_port = 0;
  bool peer_is_trusted_proxy = false;
  std::string sni;          // lower case; empty without TLS
  std::string tls_version;  // "TLSv1.3"; empty without TLS
  std::string tls_cipher;
  std::string peer_identity;  // URI SAN of a verified client certificate, else its subject
};

struct Exchange {
  Exchange(async::Loop& the_loop, Arena& the_arena, Random& the_random, http::RequestHead& head,
           const ConnectionFacts& the_facts)
      : loop(the_loop), arena(the_arena), random(the_random), request(head), facts(the_facts) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  async::Loop& loop;
  Arena& arena;
  Random& random;
  // As parsed; its headers are edited by the planner and by filters and are what the upstream gets.
  http::RequestHead& request;
  const ConnectionFacts& facts;

  // The canonical request (http/target.h, http/host.h): what was matched is what is forwarded.
  std::string_view host;   // lower case, no port
  uint16_t port = 0;       // as given, or the scheme's
  std::string_view path;   // normalised; "*" for OPTIONS *
  std::string_view query;  // without '?'
  bool has_query = false;
  std::string_view client_ip;

  // What the route's conditions bound.
  route::Captures captures;
  std::string_view matched_prefix;  // of a prefix route, without trailing slash; empty otherwise

  // Towards the upstream; the planner sets them from the canonical request, filters may rewrite them.
  std::string_view upstream_path;
  std::string_view upstream_query;
  bool upstream_has_query = false;
  std::string_view upstream_authority;

  Record record;

  // What a filter, the owner, keeps from the way up for the way back: by then the request's headers are what later
  // filters made of them. At most one value an owner; the view must live as long as the exchange.
  void keep(const void* owner, std::string_view value) {
    notes_ = new (arena.allocate_array<Note>(1)) Note{owner, value, notes_};
  }
  // Empty when nothing was kept.
  std::string_view kept(const void* owner) const {
    for (const Note* note = notes_; note != nullptr; note = note->next)
      if (note->owner == owner) return note->value;
    return {};
  }

 private:
  struct Note {
    const void* owner;
    std::string_view value;
    const Note* next;
  };
  const Note* notes_ = nullptr;
};

}  // namespace mesh::exchange
