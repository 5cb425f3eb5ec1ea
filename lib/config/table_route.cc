// Routes, their conditions and their targets.
#include "config/object.h"

namespace mesh::config {

namespace {

using document::Json;
using document::Node;

// '/orders/*' is a prefix, '/items/{id}' a pattern, anything else exact.
void read_path_text(Reader& reader, const Node& node, PathMatch& path) {
  std::string text = node.text;
  if (text == "*" || text == "/*") {
    path.kind = PathMatch::Kind::prefix;
    path.text = "/";
    return;
  }
  Rule rule = path_rule;
  path.kind = PathMatch::Kind::exact;
  if (text.ends_with("/*")) {
    path.kind = PathMatch::Kind::prefix;
    text.resize(text.size() - 2);
    rule = prefix_rule;
  } else if (text.find_first_of("{}") != std::string::npos) {
    path.kind = PathMatch::Kind::pattern;
    rule = pattern_rule;
  }
  std::string problem = rule(text);
  if (problem.empty() && path.kind != PathMatch::Kind::pattern && text.find_first_of("{}") != std::string::npos)
    problem = "is a prefix with '{name}' segments, which is not offered";
  if (problem.empty() && text.find('*') != std::string::npos)
    problem = "has '*' elsewhere than as its last segment; write '{ exact: ... }' to mean the character";
  if (!problem.empty()) {
    reader.error(code::kBadPattern, node, "'" + node.shown() + "' " + problem);
    return;
  }
  path.text = std::move(text);
}

Json write_path_text(const PathMatch& path) {
  bool plain = path.text.find_first_of("{}*") == std::string::npos;
  switch (path.kind) {
    case PathMatch::Kind::exact:
      return plain ? Json(path.text) : Json();
    case PathMatch::Kind::prefix:
      return plain ? Json(path.text == "/" ? "/*" : path.text + "/*") : Json();
    case PathMatch::Kind::pattern:
      return path.text.find_first_of("{}") != std::string::npos && path.text.find('*') == std::string::npos
                 ? Json(path.text)
                 : Json();
    case PathMatch::Kind::regex:
      return {};
  }
  return {};
}

// A field of an object that holds one kind of a condition and its text.
template <class T>
void kind_field(ObjectBuilder<T>& b, const char* name, typename T::Kind kind, Rule rule, const char* doc,
                const char* example) {
  b.custom(
       name, {.kind = Kind::text, .what = "text"}, doc,
       [kind, rule](Reader& reader, const Node& node, T& value) {
         value.kind = kind;
         read_text(reader, node, {.rule = rule}, value.text);
       },
       [kind](const T& value) { return value.kind == kind ? Json(value.text) : Json(); })
      .example(example);
}

void check_route(Reader& reader, const Node& node, Route& route) {
  if (route.matches.empty()) {
    Match& any = route.matches.emplace_back();
    any.pos = route.pos;
  }
  const Node* to = node.find("to");
  if (!to || route.to.empty()) return;
  for (const Target& target : route.to)
    if (target.weight > 0) return;
  reader.error(code::kBadValue, *to, "every weight is 0, so that the route goes nowhere");
}

}  // namespace

void describe(ObjectBuilder<Route>& b) {
  b.named("route", "Which requests go where. Without `match` it takes every request.");
  b.field("name", &Route::name, "what logs, metrics and messages call it", {.rule = name_rule})
      .required()
      .example("orders");
  b.field("match", &Route::matches, "the conditions, which must all hold; of a list, one must hold",
          {.one_or_many = true, .non_empty = true})
      .otherwise("every request")
      .example("{ host: shop.example, path: /orders/* }");
  b.field("listeners", &Route::listeners, "the listeners that it serves",
          {.rule = name_rule, .one_or_many = true, .non_empty = true})
      .otherwise("every http listener whose hosts overlap its own")
      .example("[edge]");
  b.field("priority", &Route::priority, "the higher one wins where two routes are equally specific",
          {.min = -1'000'000, .max = 1'000'000});
  b.field("filters", &Route::filters, "what is done to request and response, in this order", {.one_or_many = true})
      .otherwise("none")
      .example("[{ rewrite: { prefix: / } }]");
  b.field("to", &Route::to, "the service; of a list, each gets its weight's share", {.one_or_many = true})
      .otherwise("required unless a filter answers (redirect, respond)")
      .example("[{ service: orders, weight: 90 }, { service: orders-v2, weight: 10 }]");
  b.field("timeouts", &Route::timeouts, "other times than the service's");
  b.field("retry", &Route::retry, "other retry rules than the service's; replaces them as a whole");
  b.check(check_route);
}

void describe(ObjectBuilder<Match>& b) {
  b.named("match", "Conditions on a request. All that are given must hold.");
  b.field("host", &Match::hosts, "the host without its port, exact or as *.domain; of a list, any",
          {.rule = host_rule, .one_or_many = true, .non_empty = true})
      .otherwise("every host")
      .example("shop.example");
  b.field("path", &Match::path, "the path after normalisation, without the query")
      .otherwise("every path")
      .example("/orders/*");
  b.field("method", &Match::methods, "the method; of a list, any",
          {.rule = method_rule, .one_or_many = true, .non_empty = true})
      .otherwise("every method")
      .example("[GET, POST]");
  b.field("headers", &Match::headers, "conditions on headers, by name", {.key_rule = header_name_rule})
      .example("{ x-team: a }");
  b.field("query", &Match::query, "conditions on query parameters, by name", {.key_rule = query_name_rule})
      .example("{ debug: { present: true } }");
}

void describe(ObjectBuilder<PathMatch>& b) {
  b.named("path",
          "A condition on the path. As text: '/orders' is exact, '/orders/*' a prefix, '/items/{id}' a template.");
  b.exactly_one();
  kind_field(b, "exact", PathMatch::Kind::exact, path_rule, "this path and no other", "/orders");
  kind_field(b, "prefix", PathMatch::Kind::prefix, prefix_rule,
             "this path and what is below it: /v1 takes /v1 and /v1/x, never /v10", "/v1");
  kind_field(b, "template", PathMatch::Kind::pattern, pattern_rule, "as many segments, each {name} any one segment",
             "/items/{id}");
  kind_field(b, "regex", PathMatch::Kind::regex, regex_rule, "an RE2 regex for the whole path", "/v[0-9]+/.*");
  b.short_form("a path", read_path_text, write_path_text);
}

void describe(ObjectBuilder<ValueMatch>& b) {
  b.named("condition", "A condition on a header or a query parameter. As text: exactly this value.");
  b.exactly_one();
  kind_field(b, "exact", ValueMatch::Kind::exact, nullptr, "exactly this value", "a");
  kind_field(b, "prefix", ValueMatch::Kind::prefix, not_empty_rule, "begins so", "Bearer");
  kind_field(b, "suffix", ValueMatch::Kind::suffix, not_empty_rule, "ends so", ".example");
  kind_field(b, "contains", ValueMatch::Kind::contains, not_empty_rule, "has this in it", "Mobile");
  kind_field(b, "regex", ValueMatch::Kind::regex, regex_rule, "an RE2 regex for the whole value", "a|b");
  b.custom(
       "present", {.kind = Kind::boolean, .what = "true or false"}, "true: it is there; false: it is not",
       [](Reader& reader, const Node& node, ValueMatch& value) {
         bool present = true;
         read_bool(reader, node, present);
         value.kind = present ? ValueMatch::Kind::present : ValueMatch::Kind::absent;
       },
       [](const ValueMatch& value) {
         if (value.kind == ValueMatch::Kind::present) return Json(true);
         return value.kind == ValueMatch::Kind::absent ? Json(false) : Json();
       })
      .example("true");
  b.short_form(
      "text",
      [](Reader&, const Node& node, ValueMatch& value) {
        value.kind = ValueMatch::Kind::exact;
        value.text = node.text;
      },
      [](const ValueMatch& value) { return value.kind == ValueMatch::Kind::exact ? Json(value.text) : Json(); });
}

void describe(ObjectBuilder<Target>& b) {
  b.named("target", "A service that a route goes to.");
  b.field("service", &Target::service, "its name", {.rule = not_empty_rule}).required().example("orders");
  b.field("weight", &Target::weight, "its share beside the others; 0 gets nothing", {.min = 0, .max = 1'000'000});
  b.short_form(
      "the name of a service",
      [](Reader& reader, const Node& node, Target& target) {
        read_text(reader, node, {.rule = not_empty_rule}, target.service);
      },
      [](const Target& target) { return target.weight == 1 ? Json(target.service) : Json(); });
}

void describe(ObjectBuilder<RouteTimeouts>& b) {
  b.named("route timeouts", "Times of one route instead of its service's.");
  b.field("header", &RouteTimeouts::header, "from the end of the request to the head of the response; 504")
      .otherwise("the service's")
      .example("5s");
  b.field("idle", &RouteTimeouts::idle, "while no byte moves either way").otherwise("the service's").example("10m");
  b.field("total", &RouteTimeouts::total, "from the head of the request to the end of the response")
      .otherwise("the service's")
      .example("30s");
}

}  // namespace mesh::config
