// Requests of any bytes against a table with every kind of condition: no crash, tracing changes nothing, captures and
// prefix lie within the path.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "route/table.h"
#include "route/template.h"

namespace {

using namespace mesh;
using namespace mesh::route;

AlternativeSpec path(PathSpec::Kind kind, const char* text) {
  AlternativeSpec out;
  out.path = PathSpec{kind, text, {}};
  return out;
}

Table make_table() {
  using K = PathSpec::Kind;
  using V = ValueSpec::Kind;
  TableSpec spec;
  spec.listeners = {{"web", {}, {}}, {"edge", {"*.example"}, {}}};
  std::vector<AlternativeSpec> all = {path(K::exact, "/a"),
                                      path(K::prefix, "/a/b"),
                                      path(K::template_, "/a/{x}/c/{y}"),
                                      path(K::template_, "/{x}/{y}/{z}"),
                                      path(K::regex, "/r[0-9]*/.*"),
                                      AlternativeSpec{}};
  for (V kind : {V::exact, V::prefix, V::suffix, V::contains, V::regex, V::present, V::absent}) {
    AlternativeSpec with_header = path(K::prefix, "/h"), with_query = path(K::prefix, "/q");
    with_header.headers = {{"x-a", kind, kind == V::present || kind == V::absent ? "" : "ab", {}}};
    with_query.query = {{"p", kind, kind == V::present || kind == V::absent ? "" : "ab", {}}};
    all.push_back(with_header);
    all.push_back(with_query);
  }
  all[0].hosts = {"*.a.example", "b.example"};
  all[2].methods = {"GET", "ODD"};
  for (AlternativeSpec& alternative : all) spec.routes.push_back({"r", {alternative}, {}, 0, {}});
  auto table = Table::compile(spec);
  if (!table) std::abort();
  return std::move(*table);
}

std::string_view cut(std::string_view& rest) {
  size_t end = rest.find('\n');
  std::string_view out = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return out;
}

void check_inside(std::string_view part, std::string_view whole) {
  if (part.empty()) return;
  if (part.data() < whole.data() || part.data() + part.size() > whole.data() + whole.size()) std::abort();
}

}  // namespace

// Lines: listener and method, host, path, query, then header values.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Table table = make_table();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::string_view method = cut(rest);
  MatchInput input;
  input.listener = method.size() % 3;
  input.method = http::parse_method(method);
  input.method_text = method;
  input.host = cut(rest);
  input.path = cut(rest);
  input.query = cut(rest);
  BlockPool pool;
  Arena arena(pool);
  http::Headers headers(arena);
  while (!rest.empty()) headers.add("x-a", cut(rest));
  input.headers = &headers;
  Captures captures, traced_captures;
  auto found = match(table, input, captures);
  Trace trace;
  auto traced = match(table, input, traced_captures, &trace);
  if (found.has_value() != traced.has_value()) std::abort();
  if (found && found->route != traced->route) std::abort();
  if (found) check_inside(found->prefix, input.path);
  for (const Captures::Capture& capture : captures) check_inside(capture.value, input.path);
  Template compiled(input.path);
  compiled.render(arena, [&](std::string_view name) { return name; });
  return 0;
}
