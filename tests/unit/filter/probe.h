// An exchange made by hand, for tests of filters.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "async/loop.h"
#include "async/wait.h"
#include "codec/text_body.h"
#include "exchange/exchange.h"
#include "filter/make.h"

namespace mesh::filter {

struct Probe {
  Probe()
      : loop(std::move(async::Loop::create()).value()),
        arena(pool),
        request(arena),
        exchange(*loop, arena, random, request, facts) {
    request.method_text = "GET";
    exchange.host = "shop.example";
    exchange.port = 80;
    at("/");
    exchange.upstream_authority = "shop.example";
  }

  // The canonical path, as the planner leaves it.
  void at(std::string_view path, std::string_view query = {}) {
    exchange.path = exchange.upstream_path = arena.copy(path);
    exchange.query = exchange.upstream_query = arena.copy(query);
    exchange.has_query = exchange.upstream_has_query = !query.empty();
  }
  void method(http::Method method) {
    request.method = method;
    request.method_text = http::to_string(method);
  }
  void header(std::string_view name, std::string_view value) {
    request.headers.add(arena.copy(name), arena.copy(value));
  }

  template <class Config>
  FilterPtr make(Config config) {
    config::Filter filter{{std::make_shared<const std::string>("m.yaml"), 5, 9}, std::move(config)};
    auto made = make_filter(filter);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return made ? std::move(*made) : nullptr;
  }
  template <class Config>
  std::optional<codec::Response> up(Config config) {
    kept.push_back(make(std::move(config)));
    return kept.back()->on_request(exchange);
  }
  // Up and back through the same filter; an answer on the way up does not count.
  template <class Config>
  void back(Config config, codec::Response& response) {
    kept.push_back(make(std::move(config)));
    kept.back()->on_request(exchange);
    kept.back()->on_response(exchange, response);
  }

  codec::Response response(int status, std::string_view type = {}, std::string_view body = {}) {
    codec::Response out(arena);
    out.head.status = status;
    out.head.framing = http::Framing::of_length(body.size());
    if (!type.empty()) out.head.headers.add(http::HeaderId::content_type, type);
    if (!body.empty()) out.body = codec::text_body(arena, body);
    return out;
  }
  // Pulls to the end.
  std::string content(codec::Response& response) {
    if (!response.body) return {};
    std::string out;
    async::Scope scope(*loop);
    scope.spawn(drain(*response.body, out));
    EXPECT_EQ(scope.size(), 0u) << "the body waits for something";
    return out;
  }
  static async::Task<void> drain(codec::Body& body, std::string& out) {
    for (;;) {
      auto chunk = co_await body.pull();
      if (!chunk) {
        out += "<" + std::string(to_string(chunk.error().code)) + ">";
        co_return;
      }
      out += chunk->data;
      if (chunk->last) co_return;
    }
  }

  std::unique_ptr<async::Loop> loop;
  BlockPool pool;
  Arena arena;
  Random random{1};
  http::RequestHead request;
  exchange::ConnectionFacts facts;
  exchange::Exchange exchange;
  std::vector<FilterPtr> kept;
};

// All values of a name, joined by " | ".
inline std::string values(const http::Headers& headers, std::string_view name) {
  std::string out;
  for (const http::Field& field : headers)
    if (http::has_name(field, name)) out += (out.empty() ? "" : " | ") + std::string(field.value);
  return out;
}

}  // namespace mesh::filter
