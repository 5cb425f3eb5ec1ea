// The one matcher. Compiled without tracing for traffic and with tracing for explanations: what is explained is what is
// done.
#include <algorithm>

#include "route/index.h"

namespace mesh::route {

namespace {

constexpr uint32_t kNone = UINT32_MAX;

struct NoTrace {
  static constexpr bool kOn = false;
};

// Keeps, by entry, why it was passed over.
struct Recorder {
  static constexpr bool kOn = true;
  struct Reason {
    Condition failed = Condition::none;
    SourcePos pos;
    std::string expected;
    std::string actual;
    bool seen = false;
  };
  std::vector<Reason> reasons;
};

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " or ") + quoted(word);
  return out;
}

template <class Tracer>
class Matcher {
 public:
  Matcher(const Index& index, const MatchInput& input, Tracer& tracer)
      : index_(index), input_(input), tracer_(tracer) {}

  // The entry that wins, or kNone.
  uint32_t run() {
    if (!index_.serves(input_.listener, input_.host)) return kNone;
    index_.hosts.each(input_.host, [&](uint32_t group) { return search(index_.groups[group]); });
    return best_;
  }

  // The conditions beside host and path, in the order in which explanations name them.
  bool fulfils(uint32_t number) {
    const Entry& entry = index_.entries[number];
    if constexpr (Tracer::kOn) tracer_.reasons[number].seen = true;
    if (!entry.takes_listener(input_.listener)) return failed_listener(number, entry);
    if (!entry.takes_method(input_.method, input_.method_text)) return failed_method(number, entry);
    for (const ValueCondition& condition : entry.headers)
      if (!condition.holds_for_headers(input_.headers)) return failed_header(number, condition);
    for (const ValueCondition& condition : entry.query)
      if (!condition.holds_for_query(input_.query)) return failed_query(number, condition);
    return true;
  }

 private:
  // Looks through one host's entries, in effective order unless they are listed. True ends the search.
  bool search(const Group& group) {
    listed_ = group.listed;
    bool done = input_.path.starts_with('/') && (search_tree(group) || search_regexes(group));
    if (!done) try_all(group.any);
    return best_ != kNone;
  }

  // Walks the fixed segments once; what ends on the way are the prefixes.
  bool search_tree(const Group& group) {
    const PathTree& tree = index_.tree;
    uint32_t node = group.root;
    std::string_view rest = input_.path;
    while (!rest.empty()) {
      std::string_view after = rest;
      uint32_t child = tree.child(node, next_segment(after));
      if (child == PathTree::kNone) break;
      node = child;
      rest = after;
    }
    if (rest.empty()) {
      if (try_all(tree.at(node, PathTree::Place::exact))) return true;
      if (try_all(tree.at(node, PathTree::Place::prefix))) return true;
    }
    if (tree.patterns_below(group.root) && search_patterns(group.root, input_.path)) return true;
    if (rest.empty()) node = tree.parent(node);
    for (; node != PathTree::kNone; node = tree.parent(node))
      if (try_all(tree.at(node, PathTree::Place::prefix))) return true;
    return false;
  }

  // Fixed segments before variables, from the left. The depth is bounded by the longest template.
  bool search_patterns(uint32_t node, std::string_view rest) {
    const PathTree& tree = index_.tree;
    if (rest.empty()) return try_all(tree.at(node, PathTree::Place::pattern));
    std::string_view segment = next_segment(rest);
    uint32_t fixed = tree.child(node, segment);
    if (fixed != PathTree::kNone && tree.patterns_below(fixed) && search_patterns(fixed, rest)) return true;
    uint32_t variable = tree.variable_child(node);
    return variable != PathTree::kNone && !segment.empty() && search_patterns(variable, rest);
  }

  bool search_regexes(const Group& group) {
    std::vector<int> matched;
    if (group.set.usable() && group.set.find(input_.path, matched)) {
      for (int i : matched)
        if (try_one(group.regexes[static_cast<size_t>(i)])) return true;
      return false;
    }
    for (uint32_t number : group.regexes)
      if (number < best_ && index_.entries[number].regex->matches(input_.path) && try_one(number)) return true;
    return false;
  }

  bool try_all(std::span<const uint32_t> numbers) {
    for (uint32_t number : numbers)
      if (try_one(number)) return true;
    return false;
  }

  // True when nothing that is still to come could win.
  bool try_one(uint32_t number) {
    if (number >= best_ || !fulfils(number)) return false;
    best_ = number;
    return !listed_;
  }

  bool failed(uint32_t number, Condition condition, const SourcePos& pos, std::string expected, std::string actual) {
    auto& reason = tracer_.reasons[number];
    reason.failed = condition;
    reason.pos = pos.known() ? pos : index_.entries[number].pos;
    reason.expected = std::move(expected);
    reason.actual = std::move(actual);
    return false;
  }
  bool failed_listener(uint32_t number, const Entry& entry) {
    if constexpr (Tracer::kOn) {
      std::vector<std::string> names;
      for (uint32_t i = 0; i < index_.listeners.size(); ++i)
        if (entry.takes_listener(i)) names.push_back(index_.listeners[i].name);
      bool known = input_.listener < index_.listeners.size();
      return failed(number, Condition::listener, entry.pos, "listener " + joined(names),
                    known ? quoted(index_.listeners[input_.listener].name) : "unknown");
    }
    return false;
  }
  bool failed_method(uint32_t number, const Entry& entry) {
    if constexpr (Tracer::kOn)
      return failed(number, Condition::method, entry.pos, "method " + joined(entry.methods),
                    quoted(input_.method == http::Method::other ? input_.method_text : to_string(input_.method)));
    return false;
  }
  bool failed_header(uint32_t number, const ValueCondition& condition) {
    if constexpr (Tracer::kOn)
      return failed(number, Condition::header, condition.spec().pos,
                    "header '" + condition.spec().name + "': " + condition.expectation(),
                    condition.actual_header(input_.headers));
    return false;
  }
  bool failed_query(uint32_t number, const ValueCondition& condition) {
    if constexpr (Tracer::kOn)
      return failed(number, Condition::query, condition.spec().pos,
                    "query parameter '" + condition.spec().name + "': " + condition.expectation(),
                    condition.actual_query(input_.query));
    return false;
  }

  const Index& index_;
  const MatchInput& input_;
  Tracer& tracer_;
  uint32_t best_ = kNone;
  bool listed_ = false;
};

std::string path_words(const Entry& entry) {
  const char* kind = entry.kind == PathKind::exact   ? "path "
                     : entry.kind == PathKind::regex ? "path regex "
                     : entry.prefix                  ? "path prefix "
                                                     : "path template ";
  return kind + quoted(entry.path.empty() ? "/" : entry.path);
}

// Why an entry that the search never came to does not take the request.
void explain_rest(const Index& index, const MatchInput& input, Recorder& recorder, Matcher<Recorder>& matcher) {
  bool served = index.serves(input.listener, input.host);
  for (uint32_t i = 0; i < index.entries.size(); ++i) {
    Recorder::Reason& reason = recorder.reasons[i];
    const Entry& entry = index.entries[i];
    const std::string& host = index.groups[entry.group].host;
    if (reason.seen) continue;
    if (entry.takes_listener(input.listener) && !served) {
      const ListenerHosts* listener =
          input.listener < index.listeners.size() ? &index.listeners[input.listener] : nullptr;
      reason = {
          Condition::listener_host, listener ? listener->pos : entry.pos,
          listener ? "host " + joined(listener->patterns) + " of listener " + quoted(listener->name) : "a listener",
          quoted(input.host), true};
    } else if (entry.takes_listener(input.listener) && !host_matches(host, input.host)) {
      reason = {Condition::host, entry.pos, "host " + quoted(host), quoted(input.host), true};
    } else if (entry.takes_listener(input.listener) && !entry.takes_path(input.path)) {
      reason = {Condition::path, entry.path_pos, path_words(entry), quoted(input.path), true};
    } else {
      matcher.fulfils(i);
    }
  }
}

void write_trace(const Index& index, const Recorder& recorder, uint32_t winner, Trace& trace) {
  trace.verdicts.clear();
  trace.verdicts.reserve(index.entries.size());
  for (uint32_t i = 0; i < index.entries.size(); ++i) {
    const Entry& entry = index.entries[i];
    const Recorder::Reason& reason = recorder.reasons[i];
    Verdict& verdict = trace.verdicts.emplace_back();
    verdict.route = entry.route;
    verdict.alternative = entry.alternative;
    verdict.chosen = i == winner;
    verdict.outranked = !verdict.chosen && reason.failed == Condition::none;
    verdict.failed = reason.failed;
    verdict.pos = reason.pos.known() ? reason.pos : entry.pos;
    verdict.expected = reason.expected;
    verdict.actual = reason.actual;
  }
}

void capture(const Entry& entry, std::string_view path, Captures& captures) {
  captures.clear();
  for (const std::string& name : entry.variables) {
    std::string_view value = next_segment(path);
    if (!name.empty()) captures.add(name, value);
  }
}

}  // namespace

std::string_view to_string(Condition condition) {
  switch (condition) {
    case Condition::none:
      return "none";
    case Condition::listener:
      return "listener";
    case Condition::listener_host:
      return "listener host";
    case Condition::host:
      return "host";
    case Condition::path:
      return "path";
    case Condition::method:
      return "method";
    case Condition::header:
      return "header";
    case Condition::query:
      return "query";
  }
  return {};
}

std::optional<Found> match(const Table& table, const MatchInput& input, Captures& captures, Trace* trace) {
  const Index& index = *table.index();
  captures.clear();
  uint32_t winner = kNone;
  if (trace == nullptr) {
    NoTrace none;
    winner = Matcher<NoTrace>(index, input, none).run();
  } else {
    Recorder recorder;
    recorder.reasons.resize(index.entries.size());
    Matcher<Recorder> matcher(index, input, recorder);
    winner = matcher.run();
    explain_rest(index, input, recorder, matcher);
    write_trace(index, recorder, winner, *trace);
  }
  if (winner == kNone) return std::nullopt;
  const Entry& entry = index.entries[winner];
  capture(entry, input.path, captures);
  Found found{entry.route, entry.alternative, {}, &entry.pos};
  if (entry.prefix) found.prefix = input.path.substr(0, entry.path.size());
  return found;
}

}  // namespace mesh::route
