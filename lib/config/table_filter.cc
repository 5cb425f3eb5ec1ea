// Filters of routes.
#include "config/object.h"

namespace mesh::config {

namespace {

using document::Json;
using document::Node;

template <class A>
void kind_of_filter(ObjectBuilder<Filter>& b, const char* name, const char* doc) {
  b.custom(
      name, Codec<A>::shape({}), doc,
      [](Reader& reader, const Node& node, Filter& filter) {
        Codec<A>::read(reader, node, filter.what.emplace<A>(), {});
      },
      [](const Filter& filter) {
        const A* value = std::get_if<A>(&filter.what);
        return value ? Codec<A>::write(*value) : Json();
      });
}

template <class T>
void describe_edits(ObjectBuilder<T>& b) {
  b.field("set", &T::set, "headers that get this one value, whatever they had",
          {.rule = header_value_rule, .key_rule = edited_header_rule})
      .example("{ x-frame-options: DENY }");
  b.field("add", &T::add, "headers that get one more value",
          {.rule = header_value_rule, .key_rule = edited_header_rule})
      .example("{ vary: accept }");
  b.field("remove", &T::remove, "headers that are taken away; this is done first",
          {.rule = edited_header_rule, .one_or_many = true})
      .example("[cookie]");
  b.check([](Reader& reader, const Node& node, T& edits) {
    if (edits.set.empty() && edits.add.empty() && edits.remove.empty())
      reader.error(code::kMissingKey, node, "the filter does nothing", "give it 'set', 'add' or 'remove'");
  });
}

void both(Reader& reader, const Node& node, const char* first, const char* second) {
  const document::Member* member = node.find_member(second);
  if (node.find(first) && member)
    reader.error(code::kExclusive, member->key, "'" + std::string(second) + "' and '" + first + "' exclude each other",
                 "keep one of them");
}

void check_redirect(Reader& reader, const Node& node, Redirect& redirect) {
  both(reader, node, "path", "prefix");
  if (!redirect.scheme && !redirect.host && !redirect.port && !redirect.path && !redirect.prefix)
    reader.error(code::kMissingKey, node, "the redirect leads to where the request already is",
                 "give it 'scheme', 'host', 'port', 'path' or 'prefix'");
  static constexpr uint32_t kStatuses[] = {301, 302, 303, 307, 308};
  for (uint32_t status : kStatuses)
    if (redirect.status == status) return;
  reader.error(code::kBadValue, *node.find("status"), "a redirect has status 301, 302, 303, 307 or 308");
}

void check_respond(Reader& reader, const Node& node, Respond& respond) {
  const document::Member* body = node.find_member("body");
  if (body && !respond.body.empty() && (respond.status == 204 || respond.status == 205 || respond.status == 304))
    reader.error(code::kExclusive, body->key,
                 "a response with status " + std::to_string(respond.status) + " has no body");
}

void check_cors(Reader& reader, const Node& node, Cors& cors) {
  const Node* origins = node.find("origins");
  if (!origins || !cors.credentials) return;
  for (size_t i = 0; i < cors.origins.size(); ++i)
    if (cors.origins[i] == "*")
      reader.error(code::kUnsafeCors, origins->is_sequence() ? origins->items[i] : *origins,
                   "every site could act with the visitor's credentials: '*' beside 'credentials: true'",
                   "list the origins");
}

}  // namespace

void describe(ObjectBuilder<Filter>& b) {
  b.named("filter", "One thing done to a request or its response.");
  b.exactly_one();
  kind_of_filter<RequestHeaders>(b, "request_headers", "edits the head that the upstream gets");
  kind_of_filter<ResponseHeaders>(b, "response_headers", "edits the head that the client gets");
  kind_of_filter<Rewrite>(b, "rewrite", "changes the path or host that the upstream gets");
  kind_of_filter<Redirect>(b, "redirect", "answers with another place; nothing goes upstream");
  kind_of_filter<Respond>(b, "respond", "answers with a fixed response; nothing goes upstream");
  kind_of_filter<Cors>(b, "cors", "lets pages of other origins in, and answers their preflight requests");
  kind_of_filter<Compress>(b, "compress", "compresses responses by Accept-Encoding, streaming");
}

void describe(ObjectBuilder<RequestHeaders>& b) {
  b.named("request_headers", "Edits of the request head: remove, then set, then add.");
  describe_edits(b);
}

void describe(ObjectBuilder<ResponseHeaders>& b) {
  b.named("response_headers", "Edits of the response head: remove, then set, then add.");
  describe_edits(b);
}

void describe(ObjectBuilder<Rewrite>& b) {
  b.named("rewrite", "Another path or host for the upstream. The query stays.");
  b.field("prefix", &Rewrite::prefix, "takes the place of the prefix that matched", {.rule = prefix_rule}).example("/");
  b.field("template", &Rewrite::pattern, "a whole path; {name} is what the path's template matched there",
          {.rule = pattern_rule})
      .example("/v2/items/{id}");
  b.field("host", &Rewrite::host, "the host that the upstream sees", {.rule = plain_host_rule})
      .example("orders.internal");
  b.check([](Reader& reader, const Node& node, Rewrite& rewrite) {
    both(reader, node, "prefix", "template");
    if (!node.find("prefix") && !node.find("template") && !node.find("host"))
      reader.error(code::kMissingKey, node, "the filter does nothing", "give it 'prefix', 'template' or 'host'");
  });
}

void describe(ObjectBuilder<Redirect>& b) {
  b.named("redirect", "An answer that sends the client elsewhere. What is not given stays as it was.");
  b.field("scheme", &Redirect::scheme, "http or https", {.rule = scheme_rule}).example("https");
  b.field("host", &Redirect::host, "another host", {.rule = plain_host_rule}).example("www.shop.example");
  b.field("port", &Redirect::port, "another port", {.min = 1, .max = 65535})
      .otherwise("none if `scheme` or `host` is given")
      .example("8443");
  b.field("path", &Redirect::path, "another path", {.rule = path_rule}).example("/moved");
  b.field("prefix", &Redirect::prefix, "takes the place of the prefix that matched", {.rule = prefix_rule})
      .example("/v2");
  b.field("keep_query", &Redirect::keep_query, "whether the query is kept");
  b.field("status", &Redirect::status, "301, 302, 303, 307 or 308", {.min = 300, .max = 399});
  b.check(check_redirect);
}

void describe(ObjectBuilder<Respond>& b) {
  b.named("respond", "A fixed answer.");
  b.field("status", &Respond::status, "its status", {.min = 200, .max = 599});
  b.field("body", &Respond::body, "its body").otherwise("empty").example("pong");
  b.field("content_type", &Respond::content_type, "the Content-Type of a body", {.rule = header_value_rule});
  b.check(check_respond);
}

void describe(ObjectBuilder<Cors>& b) {
  b.named("cors", "Cross-origin requests (the fetch standard). Origins are compared as a whole, never by pattern.");
  b.field("origins", &Cors::origins, "the origins that are let in, or * for all",
          {.rule = origin_rule, .one_or_many = true, .non_empty = true})
      .required()
      .example("[\"https://app.example\"]");
  b.field("methods", &Cors::methods, "the methods that are allowed", {.rule = method_rule, .one_or_many = true});
  b.field("headers", &Cors::headers, "request headers that are allowed beyond the safelisted ones",
          {.rule = header_name_rule, .one_or_many = true})
      .otherwise("none")
      .example("[content-type, x-team]");
  b.field("expose", &Cors::expose, "response headers that pages may read",
          {.rule = header_name_rule, .one_or_many = true})
      .otherwise("none")
      .example("[x-request-id]");
  b.field("credentials", &Cors::credentials, "whether cookies and authorization may be sent; never with * as origin");
  b.field("max_age", &Cors::max_age, "how long a preflight answer may be kept", {.zero = true});
  b.check(check_cors);
}

void describe(ObjectBuilder<Compress>& b) {
  b.named("compress", "Compression of responses that are not compressed yet. `compress: {}` takes the defaults.");
  b.field("encodings", &Compress::encodings, "what is offered, by preference where the client has none",
          {.one_or_many = true, .non_empty = true});
  b.field("min_size", &Compress::min_size, "shorter bodies, where the length is known, stay as they are",
          {.min = 0, .max = 1 << 30});
  b.field("types", &Compress::types, "media types that are compressed",
          {.rule = media_type_rule, .one_or_many = true, .non_empty = true});
}

}  // namespace mesh::config
