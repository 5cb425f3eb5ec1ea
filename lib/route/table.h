// The route table: which route takes a request. Immutable once compiled, shared by all workers; matching is pure and
// costs the same for ten routes and ten thousand.
//
// Order. Of all routes whose conditions hold, the most specific wins:
//   1. host: exact, then the longest wildcard, then any host
//   2. path: exact; then prefixes and templates, more segments first, of equally many a fixed segment before a
//      variable, from the left; then regex; then no condition on the path
//   3. a condition on the method before none
//   4. more header conditions
//   5. more query conditions
//   6. the higher priority
//   7. the one listed first
// For hosts in TableSpec::listed_hosts, 2 to 6 are left out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/source.h"
#include "http/headers.h"
#include "http/method.h"
#include "route/captures.h"
#include "route/spec.h"

namespace mesh::route {

// The canonical request as far as routes look at it.
struct MatchInput {
  uint32_t listener = 0;   // index into TableSpec::listeners
  std::string_view host;   // lower case, no port, no trailing dot
  std::string_view path;   // normalised, without query; "*" and "" only match routes without a path
  std::string_view query;  // without '?', as received
  http::Method method = http::Method::get;
  std::string_view method_text;            // the token, used when method is `other`
  const http::Headers* headers = nullptr;  // null is none
};

struct Found {
  uint32_t route = 0;              // index into TableSpec::routes
  uint32_t alternative = 0;        // index into its alternatives
  std::string_view prefix;         // what a prefix condition matched, without trailing slash; empty for other kinds
  const SourcePos* pos = nullptr;  // of the alternative
};

enum class Condition : uint8_t { none, listener, listener_host, host, path, method, header, query };
std::string_view to_string(Condition condition);

// What came of one alternative (for one of its hosts) of one route.
struct Verdict {
  uint32_t route = 0;
  uint32_t alternative = 0;
  bool chosen = false;
  bool outranked = false;              // all its conditions hold, but `chosen` comes before it
  Condition failed = Condition::none;  // the first condition that does not hold
  SourcePos pos;                       // of that condition as far as known, else of the alternative
  std::string expected;                // "prefix '/orders'"
  std::string actual;                  // "'/order'"
};

// In effective order.
struct Trace {
  std::vector<Verdict> verdicts;
};

// One line of the effective order.
struct OrderLine {
  uint32_t route = 0;
  uint32_t alternative = 0;
  std::string host;  // "*" for any
  std::string path;  // "exact /a", "prefix /a", "template /a/{id}", "regex /a.*", "any"
  std::vector<std::string> methods;
  uint32_t headers = 0;
  uint32_t query = 0;
  int32_t priority = 0;
  bool listed = false;  // its host keeps the listed order
  SourcePos pos;
};

struct Index;

class Table {
 public:
  Table();  // matches nothing
  ~Table();
  Table(Table&&) noexcept;
  Table& operator=(Table&&) noexcept;

  // Errors: invalid with file:line:column for a regex that does not compile or is too long, a template that is none,
  // an unknown listener. Checked configurations do not meet them.
  static Result<Table> compile(const TableSpec& spec);

  // Does the listener take requests for the host at all?
  bool serves(uint32_t listener, std::string_view host) const;

  const Index* index() const { return index_.get(); }

 private:
  std::unique_ptr<const Index> index_;
};

// The route that takes the request, with its template's variables in `captures`. Does not allocate unless a regex or an
// escaped query value is looked at. With a trace, says why for every alternative of the table.
std::optional<Found> match(const Table& table, const MatchInput& input, Captures& captures, Trace* trace = nullptr);

// All alternatives, each host on its own line, in the order in which they win.
std::vector<OrderLine> effective_order(const Table& table);

// Route `hidden` (one alternative of it) never gets a request, since every request that fulfils it is taken by `by`.
struct Shadow {
  uint32_t hidden = 0;
  uint32_t hidden_alternative = 0;
  uint32_t by = 0;
  uint32_t by_alternative = 0;
};
// Sound, not complete: what is reported is certain; a route hidden by several others together is not found.
std::vector<Shadow> find_shadowed(const Table& table);

}  // namespace mesh::route
