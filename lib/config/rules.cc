#include "config/rules.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace mesh::config {

namespace {

constexpr size_t kMaxName = 128;
constexpr size_t kMaxRegex = 1024;
constexpr int64_t kRegexMemory = 1 << 20;

bool is_token(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text)
    if (!is_digit(c) && !is_alpha(c) && std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos)
      return false;
  return true;
}

// Labels of RFC 1123 §2.1; underscores are common in practice.
std::string labels_problem(std::string_view host) {
  if (host.empty()) return "is empty";
  if (host.size() > 253) return "is longer than a DNS name can be";
  for (std::string_view label : split(host, '.')) {
    if (label.empty()) return "has an empty label";
    if (label.size() > 63) return "has a label of more than 63 characters";
    if (label.front() == '-' || label.back() == '-') return "has a label that begins or ends with '-'";
    for (char c : label) {
      if (static_cast<unsigned char>(c) >= 0x80) return "is not ASCII; write the 'xn--' form";
      if (!is_digit(c) && !is_alpha(c) && c != '-' && c != '_') return "is not a host name";
    }
  }
  return {};
}

bool is_ipv6_literal(std::string_view host) {
  return host.size() > 4 && host.front() == '[' && host.back() == ']' &&
         host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
}

bool is_hex(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

// What is wrong with the escape at `path[at]`, given what normalisation (RFC 3986 §6.2.2) does to requests.
std::string escape_problem(std::string_view path, size_t at) {
  if (at + 2 >= path.size() || !is_hex(path[at + 1]) || !is_hex(path[at + 2])) return "has a broken escape";
  auto code = static_cast<char>(*parse_hex(path.substr(at + 1, 2)));
  if (is_digit(code) || is_alpha(code) || std::string_view("-._~").find(code) != std::string_view::npos)
    return "has an escape that normalisation decodes; write '" + std::string(1, code) + "' itself";
  if (code == '/' || code == '\\' || code == '\0') return "has an escape that is refused in requests";
  if (code == '%' && at + 4 < path.size() && is_hex(path[at + 3]) && is_hex(path[at + 4]))
    return "has a double escape, which is refused in requests";
  return {};
}

// What keeps a path from ever being equal to a normalised one.
std::string path_problem(std::string_view path) {
  if (path.empty() || path.front() != '/') return "does not begin with '/'";
  if (path.size() > 8192) return "is longer than a request target may be";
  for (size_t i = 0; i < path.size(); ++i) {
    auto c = static_cast<unsigned char>(path[i]);
    if (c == '?') return "has a query; match it with 'query'";
    if (c == '#') return "has a fragment, which is never sent";
    if (c <= 0x20 || c >= 0x7f) return "has a character that must be percent-encoded";
    if (c == '\\') return "has a backslash, which is refused in requests";
    if (c != '%') continue;
    if (std::string problem = escape_problem(path, i); !problem.empty()) return problem;
  }
  auto segments = split(path.substr(1), '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i] == "." || segments[i] == "..") return "has a dot segment, which normalisation removes";
    if (segments[i].empty() && i + 1 < segments.size()) return "has an empty segment, which normalisation removes";
  }
  return {};
}

// Requests have their escapes in upper case when they are compared.
void upper_escapes(std::string& path) {
  for (size_t i = 0; i + 2 < path.size(); ++i) {
    if (path[i] != '%') continue;
    for (size_t k = i + 1; k < i + 3; ++k)
      if (path[k] >= 'a' && path[k] <= 'f') path[k] = static_cast<char>(path[k] - 'a' + 'A');
  }
}

bool is_variable_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || is_digit(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_digit(c) || is_alpha(c) || c == '_'; });
}

}  // namespace

std::string name_rule(std::string& value) {
  if (value.empty()) return "is no name: it is empty";
  if (value.size() > kMaxName) return "is no name: it is longer than 128 characters";
  for (char c : value)
    if (!is_digit(c) && !is_alpha(c) && c != '-' && c != '_' && c != '.')
      return "is no name: letters, digits, '-', '_' and '.' may be used";
  return {};
}

std::string host_rule(std::string& value) {
  value = to_lower(value);
  if (value == "*") return "matches every host; leave the key out instead";
  if (value.ends_with('.')) value.pop_back();
  if (is_ipv6_literal(value)) return {};
  if (value.find(':') != std::string::npos) return "has a port; hosts are compared without it";
  std::string_view name = value;
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.find('*') != std::string_view::npos) return "has '*' elsewhere than as its whole first label";
  return labels_problem(name);
}

std::string plain_host_rule(std::string& value) {
  value = to_lower(value);
  std::string_view name = value;
  size_t colon = name.ends_with(']') ? std::string_view::npos : name.rfind(':');
  if (colon != std::string_view::npos) {
    auto port = parse_dec(name.substr(colon + 1), 65535);
    if (!port || *port == 0) return "has a port that is none";
    name = name.substr(0, colon);
  }
  return is_ipv6_literal(name) ? std::string() : labels_problem(name);
}

std::string method_rule(std::string& value) {
  if (!is_token(value) || value.size() > 32) return "is not a method";
  for (char c : value)
    if (c >= 'a' && c <= 'z') return "is not a method: methods are upper case";
  return {};
}

std::string header_name_rule(std::string& value) {
  value = to_lower(value);
  return is_token(value) && value.size() <= 256 ? "" : "is not a header name";
}

std::string edited_header_rule(std::string& value) {
  std::string problem = header_name_rule(value);
  if (!problem.empty()) return problem;
  for (std::string_view framing : {"connection", "content-length", "host", "keep-alive", "proxy-connection", "te",
                                   "trailer", "transfer-encoding", "upgrade"})
    if (value == framing)
      return value == "host" ? "cannot be edited; use the rewrite filter's 'host'"
                             : "cannot be edited: it belongs to one connection";
  return {};
}

std::string header_value_rule(std::string& value) {
  if (value.size() > 8192) return "is longer than 8KiB";
  for (char c : value)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return "has a control character";
  if (trim(value).size() != value.size()) return "begins or ends with a space";
  for (size_t open = value.find('{'); open != std::string::npos; open = value.find('{', open + 1)) {
    size_t close = value.find('}', open);
    if (close == std::string::npos) break;
    std::string_view name(value.data() + open + 1, close - open - 1);
    bool variable = !name.empty() && is_alpha(name.front()) &&
                    name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
    if (variable) return "uses a variable '{" + std::string(name.substr(0, 40)) + "}' that does not exist";
  }
  return {};
}

std::string query_name_rule(std::string& value) {
  return value.empty() || value.size() > 256 ? "is not a parameter name" : "";
}

std::string regex_rule(std::string& value) {
  if (value.size() > kMaxRegex) return "is a regex of more than 1,024 bytes";
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kRegexMemory);
  RE2 regex(value, options);
  if (!regex.ok()) return "is not a regex: " + to_lower(regex.error());
  return {};
}

std::string path_rule(std::string& value) {
  upper_escapes(value);
  return path_problem(value);
}

std::string prefix_rule(std::string& value) {
  upper_escapes(value);
  std::string problem = path_problem(value);
  if (problem.empty() && value.ends_with("/*")) return "is a prefix already; leave '*' out";
  if (value.size() > 1 && value.back() == '/') value.pop_back();
  return problem;
}

std::string pattern_rule(std::string& value) {
  upper_escapes(value);
  std::string problem = path_problem(value);
  if (!problem.empty()) return problem;
  std::vector<std::string_view> names;
  for (std::string_view segment : split(std::string_view(value).substr(1), '/')) {
    if (segment.find_first_of("{}") == std::string_view::npos) continue;
    std::string_view name = segment.size() < 2 ? std::string_view() : segment.substr(1, segment.size() - 2);
    if (segment.front() != '{' || segment.back() != '}' || !is_variable_name(name))
      return "has a segment that is not wholly '{name}'";
    if (std::find(names.begin(), names.end(), name) != names.end())
      return "uses the name '" + std::string(name) + "' twice";
    names.push_back(name);
  }
  return {};
}

std::vector<std::string> pattern_names(std::string_view pattern) {
  std::vector<std::string> out;
  for (size_t open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{', open + 1)) {
    size_t close = pattern.find('}', open);
    if (close == std::string_view::npos) break;
    out.emplace_back(pattern.substr(open + 1, close - open - 1));
  }
  return out;
}

std::string origin_rule(std::string& value) {
  if (value == "*") return {};
  value = to_lower(value);
  std::string_view rest = value;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return "is not an origin, which is 'https://host' or 'https://host:port'";
  }
  std::string host(rest);
  if (host.find('/') != std::string::npos) return "has a path; an origin ends after the host and port";
  return plain_host_rule(host).empty() ? "" : "is not an origin, which is 'https://host' or 'https://host:port'";
}

std::string media_type_rule(std::string& value) {
  value = to_lower(value);
  size_t slash = value.find('/');
  if (slash == std::string::npos) return "is not a media type";
  std::string_view type = std::string_view(value).substr(0, slash), subtype = std::string_view(value).substr(slash + 1);
  if (subtype.starts_with("*+")) subtype.remove_prefix(2);
  bool type_ok = is_token(type) && type.find('*') == std::string_view::npos;
  bool subtype_ok = subtype == "*" || (is_token(subtype) && subtype.find('*') == std::string_view::npos);
  return type_ok && subtype_ok ? "" : "is not a media type, like 'text/*' or 'application/json'";
}

std::string scheme_rule(std::string& value) {
  value = to_lower(value);
  return value == "http" || value == "https" ? "" : "is neither 'http' nor 'https'";
}

std::string not_empty_rule(std::string& value) { return value.empty() ? "is empty" : ""; }

std::optional<uint64_t> parse_size(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  auto number = parse_dec(text.substr(0, digits));
  std::string_view unit = text.substr(digits);
  if (!number) return std::nullopt;
  struct Unit {
    std::string_view name;
    uint64_t factor;
  };
  static constexpr Unit kUnits[] = {{"B", 1},      {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30},
                                    {"KB", 1'000}, {"kB", 1'000},     {"MB", 1'000'000}, {"GB", 1'000'000'000}};
  if (unit.empty() && *number == 0) return 0;
  for (const Unit& known : kUnits) {
    uint64_t bytes = 0;
    if (unit != known.name) continue;
    if (__builtin_mul_overflow(*number, known.factor, &bytes)) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

std::string size_text(uint64_t bytes) {
  if (bytes != 0 && bytes % (1u << 30) == 0) return std::to_string(bytes >> 30) + "GiB";
  if (bytes != 0 && bytes % (1u << 20) == 0) return std::to_string(bytes >> 20) + "MiB";
  if (bytes != 0 && bytes % (1u << 10) == 0) return std::to_string(bytes >> 10) + "KiB";
  return std::to_string(bytes) + "B";
}

std::optional<double> parse_percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  size_t point = text.find('.');
  auto whole = parse_dec(text.substr(0, point), 100);
  if (!whole) return std::nullopt;
  double value = static_cast<double>(*whole);
  if (point != std::string_view::npos) {
    std::string_view fraction = text.substr(point + 1);
    auto part = fraction.size() > 6 ? std::nullopt : parse_dec(fraction);
    if (!part) return std::nullopt;
    value += static_cast<double>(*part) / std::pow(10.0, static_cast<double>(fraction.size()));
  }
  return value > 100 ? std::nullopt : std::optional<double>(value);
}

std::string percent_text(double value) {
  auto millionths = static_cast<uint64_t>(std::llround(value * 1e6));
  std::string out = std::to_string(millionths / 1'000'000);
  std::string fraction = std::to_string(millionths % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) out += "." + fraction;
  return out + "%";
}

}  // namespace mesh::config
