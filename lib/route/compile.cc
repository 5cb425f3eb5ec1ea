#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "route/index.h"

namespace mesh::route {

namespace {

// Below this many, trying each regex by itself is quicker than the set.
constexpr size_t kSetFrom = 8;

std::unexpected<Error> fail_at(const SourcePos& pos, const std::string& message) {
  std::string at = pos.to_string();
  return fail(Errc::invalid, at.empty() ? message : at + ": " + message);
}

class Compiler {
 public:
  explicit Compiler(const TableSpec& spec) : spec_(spec), index_(std::make_unique<Index>()) {}

  Result<std::unique_ptr<const Index>> run() {
    for (const ListenerSpec& listener : spec_.listeners) add_listener(listener);
    for (const std::string& host : spec_.listed_hosts) listed_.insert(host);
    for (size_t r = 0; r < spec_.routes.size(); ++r)
      for (size_t a = 0; a < spec_.routes[r].alternatives.size(); ++a)
        if (Status added = add_alternative(r, a); !added) return fail(added.error());
    rank_groups();
    rank_entries();
    place_entries();
    return std::unique_ptr<const Index>(std::move(index_));
  }

 private:
  void add_listener(const ListenerSpec& listener) {
    ListenerHosts& out = index_->listeners.emplace_back();
    out.name = listener.name;
    out.patterns = listener.hosts;
    out.pos = listener.pos;
    for (const std::string& host : listener.hosts) out.hosts.add(host, 0);
    listener_numbers_.try_emplace(listener.name, static_cast<uint32_t>(index_->listeners.size() - 1));
  }

  Status add_alternative(size_t r, size_t a) {
    const AlternativeSpec& alternative = spec_.routes[r].alternatives[a];
    const std::vector<std::string> any{"*"};
    for (const std::string& host : alternative.hosts.empty() ? any : alternative.hosts) {
      auto entry = make_entry(spec_.routes[r], alternative);
      if (!entry) return fail(entry.error());
      entry->route = static_cast<uint32_t>(r);
      entry->alternative = static_cast<uint32_t>(a);
      entry->group = group_of(host);
      index_->entries.push_back(std::move(*entry));
    }
    return {};
  }

  uint32_t group_of(const std::string& host) {
    auto next = static_cast<uint32_t>(index_->groups.size());
    uint32_t group = index_->hosts.add(host, next);
    if (group == next) {
      Group& made = index_->groups.emplace_back();
      made.host = host;
      made.listed = listed_.contains(host);
      made.root = index_->tree.add_root();
    }
    return group;
  }

  Result<Entry> make_entry(const RouteSpec& route, const AlternativeSpec& alternative) {
    Entry entry;
    entry.priority = route.priority;
    entry.pos = alternative.pos.known() ? alternative.pos : route.pos;
    entry.path_pos = alternative.path && alternative.path->pos.known() ? alternative.path->pos : entry.pos;
    entry.any_method = alternative.methods.empty();
    entry.methods = alternative.methods;
    for (const std::string& method : alternative.methods)
      if (http::Method known = http::parse_method(method); known != http::Method::other)
        entry.known_methods |= static_cast<uint16_t>(1u << static_cast<unsigned>(known));
    if (Status status = set_listeners(entry, route); !status) return fail(status.error());
    if (Status status = set_values(entry.headers, alternative.headers, entry.pos); !status) return fail(status.error());
    if (Status status = set_values(entry.query, alternative.query, entry.pos); !status) return fail(status.error());
    if (alternative.path)
      if (Status status = set_path(entry, *alternative.path); !status) return fail(status.error());
    return entry;
  }

  Status set_listeners(Entry& entry, const RouteSpec& route) {
    entry.any_listener = route.listeners.empty();
    if (entry.any_listener) return {};
    entry.listeners.resize((index_->listeners.size() + 63) / 64);
    for (const std::string& name : route.listeners) {
      auto at = listener_numbers_.find(name);
      if (at == listener_numbers_.end()) return fail_at(route.pos, "no listener is called '" + name + "'");
      entry.listeners[at->second / 64] |= uint64_t{1} << (at->second % 64);
    }
    return {};
  }

  static Status set_values(std::vector<ValueCondition>& out, const std::vector<ValueSpec>& specs,
                           const SourcePos& pos) {
    for (const ValueSpec& spec : specs) {
      auto condition = ValueCondition::compile(spec);
      if (!condition) return fail_at(spec.pos.known() ? spec.pos : pos, condition.error().message);
      out.push_back(std::move(*condition));
    }
    return {};
  }

  static Status set_path(Entry& entry, const PathSpec& path) {
    entry.path = path.text;
    if (path.kind == PathSpec::Kind::regex) {
      entry.kind = PathKind::regex;
      auto regex = Regex::compile(path.text);
      if (!regex) return fail_at(entry.path_pos, regex.error().message);
      entry.regex = std::move(*regex);
      return {};
    }
    if (!path.text.starts_with('/')) return fail_at(entry.path_pos, "'" + path.text + "' does not begin with '/'");
    entry.kind = path.kind == PathSpec::Kind::exact ? PathKind::exact : PathKind::segments;
    entry.prefix = path.kind == PathSpec::Kind::prefix;
    if (entry.prefix && entry.path.ends_with('/')) entry.path.pop_back();
    std::string_view rest = entry.path;
    while (!rest.empty()) {
      std::string_view segment = next_segment(rest);
      bool variable = path.kind == PathSpec::Kind::template_ && segment.find_first_of("{}") != std::string_view::npos;
      entry.shape += variable ? '1' : '0';
      entry.variables.emplace_back();
      if (!variable) continue;
      if (segment.size() < 3 || segment.front() != '{' || segment.back() != '}')
        return fail_at(entry.path_pos, "'" + path.text + "' has a segment that is not wholly '{name}'");
      entry.variables.back() = segment.substr(1, segment.size() - 2);
    }
    auto count = static_cast<size_t>(std::count(entry.shape.begin(), entry.shape.end(), '1'));
    if (count > Captures::kMax) return fail_at(entry.path_pos, "'" + path.text + "' has more than 16 variables");
    // Without variables a template takes one path only.
    if (path.kind == PathSpec::Kind::template_ && count == 0) entry.kind = PathKind::exact;
    if (count == 0) entry.variables = {};
    return {};
  }

  void rank_groups() {
    auto rank = [](const std::string& host) { return host == "*" ? 2 : host.starts_with("*.") ? 1 : 0; };
    std::vector<uint32_t> order(index_->groups.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](uint32_t x, uint32_t y) {
      const std::string &a = index_->groups[x].host, &b = index_->groups[y].host;
      if (rank(a) != rank(b)) return rank(a) < rank(b);
      if (rank(a) == 1 && a.size() != b.size()) return a.size() > b.size();
      return a < b;
    });
    group_rank_.resize(order.size());
    for (uint32_t i = 0; i < order.size(); ++i) group_rank_[order[i]] = i;
  }

  bool before(const Entry& a, const Entry& b) const {
    if (a.group != b.group) return group_rank_[a.group] < group_rank_[b.group];
    if (!index_->groups[a.group].listed) {
      if (a.kind != b.kind) return a.kind < b.kind;
      if (a.kind == PathKind::segments) {
        if (a.shape.size() != b.shape.size()) return a.shape.size() > b.shape.size();
        if (a.shape != b.shape) return a.shape < b.shape;
      }
      auto key = [](const Entry& e) {
        return std::tuple(e.any_method, -static_cast<int64_t>(e.headers.size()), -static_cast<int64_t>(e.query.size()),
                          -int64_t{e.priority});
      };
      if (key(a) != key(b)) return key(a) < key(b);
    }
    return std::tie(a.route, a.alternative) < std::tie(b.route, b.alternative);
  }

  void rank_entries() {
    std::sort(index_->entries.begin(), index_->entries.end(),
              [&](const Entry& a, const Entry& b) { return before(a, b); });
    index_->entries.shrink_to_fit();
  }

  void place_entries() {
    for (uint32_t i = 0; i < index_->entries.size(); ++i) {
      const Entry& entry = index_->entries[i];
      Group& group = index_->groups[entry.group];
      switch (entry.kind) {
        case PathKind::any:
          group.any.push_back(i);
          break;
        case PathKind::regex:
          group.regexes.push_back(i);
          break;
        case PathKind::exact:
        case PathKind::segments: {
          auto place = entry.kind == PathKind::exact ? PathTree::Place::exact
                       : entry.prefix                ? PathTree::Place::prefix
                                                     : PathTree::Place::pattern;
          index_->tree.end(index_->tree.add(group.root, entry.path, entry.shape), place, i);
          break;
        }
      }
    }
    index_->tree.freeze();
    for (Group& group : index_->groups) {
      if (group.regexes.size() < kSetFrom) continue;
      std::vector<const Regex*> regexes;
      for (uint32_t entry : group.regexes) regexes.push_back(&*index_->entries[entry].regex);
      group.set = RegexSet::compile(regexes);
    }
  }

  const TableSpec& spec_;
  std::unique_ptr<Index> index_;
  std::unordered_map<std::string, uint32_t> listener_numbers_;
  std::unordered_set<std::string> listed_;
  std::vector<uint32_t> group_rank_;  // by group: its place in the effective order
};

}  // namespace

Table::Table() : index_(std::make_unique<Index>()) {}
Table::~Table() = default;
Table::Table(Table&&) noexcept = default;
Table& Table::operator=(Table&&) noexcept = default;

Result<Table> Table::compile(const TableSpec& spec) {
  auto index = Compiler(spec).run();
  if (!index) return fail(index.error());
  Table out;
  out.index_ = std::move(*index);
  return out;
}

bool Table::serves(uint32_t listener, std::string_view host) const { return index_->serves(listener, host); }

bool Index::serves(uint32_t listener, std::string_view host) const {
  if (listener >= listeners.size()) return listeners.empty();
  const HostMap& allowed = listeners[listener].hosts;
  return allowed.empty() || allowed.each(host, [](uint32_t) { return true; });
}

bool Entry::takes_method(http::Method method, std::string_view text) const {
  if (any_method) return true;
  if (method != http::Method::other) return (known_methods >> static_cast<unsigned>(method) & 1) != 0;
  return std::find(methods.begin(), methods.end(), text) != methods.end();
}

bool template_takes(const Entry& entry, std::string_view rest) {
  std::string_view own = entry.path;
  for (char kind : entry.shape) {
    if (rest.empty()) return false;
    std::string_view wanted = next_segment(own), segment = next_segment(rest);
    if (kind == '1' ? segment.empty() : segment != wanted) return false;
  }
  return rest.empty();
}

bool Entry::takes_path(std::string_view text) const {
  if (kind == PathKind::any) return true;
  if (!text.starts_with('/')) return false;
  switch (kind) {
    case PathKind::exact:
      return text == path;
    case PathKind::regex:
      return regex->matches(text);
    case PathKind::segments:
      if (prefix) return text.starts_with(path) && (text.size() == path.size() || text[path.size()] == '/');
      return template_takes(*this, text);
    case PathKind::any:
      return true;
  }
  return false;
}

}  // namespace mesh::route
