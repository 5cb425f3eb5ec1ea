#include <algorithm>

#include "config/check.h"
#include "config/codes.h"
#include "config/rules.h"

namespace mesh::config {

namespace {

bool answers(const Filter& filter) {
  return std::holds_alternative<Redirect>(filter.what) || std::holds_alternative<Respond>(filter.what);
}

std::string_view name_of_filter(const Filter& filter) {
  static constexpr std::string_view kNames[] = {
      "request_headers", "response_headers", "rewrite", "redirect", "respond", "cors", "compress"};
  return kNames[filter.what.index()];
}

class FilterChecker {
 public:
  FilterChecker(const Route& route, Reader& reader) : route_(route), reader_(reader) {}

  void run() {
    const Filter* answering = nullptr;
    const Filter* seen[std::variant_size_v<decltype(Filter::what)>] = {};
    for (const Filter& filter : route_.filters) {
      if (answering) {
        error(code::kNeverReached, filter.pos,
              "filter '" + std::string(name_of_filter(filter)) + "' is never reached: '" +
                  std::string(name_of_filter(*answering)) + "' before it answers",
              "put it before");
        break;
      }
      const Filter*& same = seen[filter.what.index()];
      if (same && filter.what.index() > 1)
        error(
            code::kExclusive, filter.pos,
            "a second '" + std::string(name_of_filter(filter)) + "' filter; the first is at " + same->pos.to_string());
      same = &filter;
      if (answers(filter)) answering = &filter;
      check_paths(filter);
    }
    check_answer(answering);
  }

 private:
  void error(std::string_view code, const SourcePos& pos, std::string message, std::string hint = {}) {
    reader_.report(code, Severity::error, pos, 1, std::move(message), std::move(hint));
  }

  void check_answer(const Filter* answering) {
    if (!answering && route_.to.empty()) {
      error(code::kNoAnswer, route_.pos, "route '" + route_.name + "' leads nowhere",
            "add 'to: SERVICE', or a 'redirect' or 'respond' filter");
    } else if (answering && !route_.to.empty()) {
      error(code::kNeverReached, route_.to.front().pos,
            "'to' is never used: the '" + std::string(name_of_filter(*answering)) + "' filter answers",
            "keep one of them");
    }
  }

  void check_paths(const Filter& filter) {
    if (const auto* rewrite = std::get_if<Rewrite>(&filter.what)) {
      if (rewrite->prefix) need_prefix(filter, "rewrite");
      if (rewrite->pattern) need_names(filter, *rewrite->pattern);
    }
    if (const auto* redirect = std::get_if<Redirect>(&filter.what); redirect && redirect->prefix)
      need_prefix(filter, "redirect");
  }

  void need_prefix(const Filter& filter, const char* name) {
    for (const Match& match : route_.matches)
      if (!match.path || match.path->kind != PathMatch::Kind::prefix) {
        error(code::kNoPrefix, filter.pos,
              "'" + std::string(name) + ": { prefix: .. }' needs a route that matches by path prefix",
              "match '/some/path/*', or use another kind of " + std::string(name));
        return;
      }
  }

  void need_names(const Filter& filter, std::string_view pattern) {
    for (const std::string& name : pattern_names(pattern))
      for (const Match& match : route_.matches) {
        std::vector<std::string> known;
        if (match.path && match.path->kind == PathMatch::Kind::pattern) known = pattern_names(match.path->text);
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        error(code::kUndefinedVariable, filter.pos, "'{" + name + "}' is not part of the path that the route matches",
              "match a path like '/items/{" + name + "}'");
        break;
      }
  }

  const Route& route_;
  Reader& reader_;
};

}  // namespace

void check_filters(const Model& model, Reader& reader) {
  for (const Route& route : model.routes) FilterChecker(route, reader).run();
}

}  // namespace mesh::config
