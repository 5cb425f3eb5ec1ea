// The codecs that are no templates.
#include "base/text.h"
#include "config/object.h"

namespace mesh::config {

using document::Json;
using document::Node;

namespace {

// "'10' ...": what a message calls the value.
std::string shown(const Node& node) { return "'" + node.shown() + "'"; }

}  // namespace

void read_bool(Reader& reader, const Node& node, bool& out) {
  const std::string* text = reader.scalar(node, "true or false");
  if (!text) return;
  if (!node.quoted && (*text == "true" || *text == "false")) {
    out = *text == "true";
    return;
  }
  reader.error(code::kBadValue, node, shown(node) + " is neither true nor false",
               node.quoted ? "leave the quotes out" : "");
}

void read_number(Reader& reader, const Node& node, const Options& options, int64_t& out) {
  const std::string* text = reader.scalar(node, "a whole number");
  if (!text) return;
  std::string_view digits = *text;
  bool negative = options.min < 0 && digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  auto value = parse_dec(digits, INT64_MAX);
  if (!value || node.quoted) {
    reader.error(code::kBadValue, node, shown(node) + " is not a whole number",
                 node.quoted ? "leave the quotes out" : "");
    return;
  }
  int64_t number = negative ? -static_cast<int64_t>(*value) : static_cast<int64_t>(*value);
  if (options.max > options.min && (number < options.min || number > options.max)) {
    reader.error(code::kBadValue, node,
                 shown(node) + " is not from " + std::to_string(options.min) + " to " + std::to_string(options.max));
    return;
  }
  out = number;
}

void read_size(Reader& reader, const Node& node, const Options& options, uint64_t& out) {
  const std::string* text = reader.scalar(node, kSizeWhat);
  if (!text) return;
  auto value = parse_size(*text);
  if (!value) {
    bool bare = parse_dec(*text).has_value();
    reader.error(code::kBadValue, node, shown(node) + (bare ? " has no unit" : " is not " + std::string(kSizeWhat)),
                 bare ? "write '" + *text + "B' or use KiB, MiB or GiB" : "");
    return;
  }
  auto low = static_cast<uint64_t>(options.min), high = static_cast<uint64_t>(options.max);
  if (high > low && (*value < low || *value > high)) {
    reader.error(code::kBadValue, node, shown(node) + " is not from " + size_text(low) + " to " + size_text(high));
    return;
  }
  out = *value;
}

void read_duration(Reader& reader, const Node& node, const Options& options, Duration& out) {
  const std::string* text = reader.scalar(node, kDurationWhat);
  if (!text) return;
  auto value = Duration::parse(*text);
  if (!value) {
    bool bare = parse_dec(*text).has_value();
    reader.error(code::kBadValue, node, shown(node) + (bare ? " has no unit" : " is not " + std::string(kDurationWhat)),
                 bare ? "write '" + *text + "s' or '" + *text + "ms'" : "");
    return;
  }
  if (value->ns == 0 && !options.zero) {
    reader.error(code::kBadValue, node, "a duration of " + shown(node) + " would let nothing through",
                 options.absent.empty() ? "" : "write '" + options.absent + "' for no limit");
    return;
  }
  out = *value;
}

void read_percent(Reader& reader, const Node& node, double& out) {
  const std::string* text = reader.scalar(node, kPercentWhat);
  if (!text) return;
  if (auto value = parse_percent(*text)) {
    out = *value;
    return;
  }
  bool bare = parse_dec(*text, 100).has_value();
  reader.error(code::kBadValue, node, shown(node) + (bare ? " has no unit" : " is not from 0% to 100%"),
               bare ? "write '" + *text + "%'" : "");
}

void read_text(Reader& reader, const Node& node, const Options& options, std::string& out) {
  const std::string* text = reader.scalar(node, options.file ? "the path of a file" : "text");
  if (!text) return;
  std::string value = *text;
  std::string problem = options.rule ? options.rule(value) : std::string();
  if (problem.empty() && (options.file && value.empty())) problem = "is no path: it is empty";
  if (!problem.empty()) {
    bool pattern = options.rule == regex_rule || options.rule == path_rule || options.rule == prefix_rule ||
                   options.rule == pattern_rule;
    reader.error(pattern ? code::kBadPattern : code::kBadValue, node, shown(node) + " " + problem);
    return;
  }
  out = options.file ? reader.beside(node, value) : std::move(value);
}

int read_choice(Reader& reader, const Node& node, const std::vector<Choice>& choices) {
  std::vector<std::string_view> names;
  for (const Choice& choice : choices) names.push_back(choice.name);
  const std::string* text = reader.scalar(node, quoted_list(names));
  if (!text) return -1;
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == *text) return static_cast<int>(i);
  std::string_view near = text->size() > 64 ? std::string_view() : closest(*text, names);
  reader.report(code::kBadValue, Severity::error, node.pos, node.span,
                shown(node) + " is not one of " + quoted_list(names),
                near.empty() ? std::string() : "did you mean '" + std::string(near) + "'?", std::string(near));
  return -1;
}

Shape Codec<Address>::shape(const Options&) {
  return {.kind = Kind::text, .what = "an address, like 127.0.0.1:80, [::1]:80, name.example:80 or unix:/path"};
}

void Codec<Address>::read(Reader& reader, const Node& node, Address& out, const Options&) {
  const std::string* text = reader.scalar(node, "an address");
  if (!text) return;
  auto address = Address::parse(*text);
  if (!address) {
    reader.error(code::kBadValue, node, shown(node) + " is not an address: " + address.error().message);
    return;
  }
  out = *address;
}

Shape Codec<Network>::shape(const Options&) {
  return {.kind = Kind::text, .what = "a network, like 10.0.0.0/8 or ::1"};
}

void Codec<Network>::read(Reader& reader, const Node& node, Network& out, const Options&) {
  const std::string* text = reader.scalar(node, "a network");
  if (!text) return;
  auto network = Network::parse(*text);
  if (!network) {
    reader.error(code::kBadValue, node, shown(node) + " is not a network: " + network.error().message);
    return;
  }
  out = *network;
}

namespace {

const std::vector<Choice>& retry_choices() {
  static const std::vector<Choice> choices = {
      {"connect-failure", "no connection could be made"},
      {"refused-stream", "the upstream said that it did not process the request"},
      {"reset-before-request", "the connection was cut before a byte of the request was written"},
      {"reset", "the connection was cut before the response head; only idempotent methods"}};
  return choices;
}

}  // namespace

Shape Codec<RetryOn>::shape(const Options&) {
  return {.kind = Kind::choice,
          .what = "a condition, or a status from 400 to 599 (only idempotent methods)",
          .choices = retry_choices()};
}

void Codec<RetryOn>::read(Reader& reader, const Node& node, RetryOn& out, const Options&) {
  if (node.is_scalar() && !node.quoted && parse_dec(node.text)) {
    int64_t status = 0;
    read_number(reader, node, {.min = 400, .max = 599}, status);
    out = {RetryOn::Kind::status, static_cast<uint16_t>(status)};
    return;
  }
  int index = read_choice(reader, node, retry_choices());
  if (index >= 0) out = {static_cast<RetryOn::Kind>(index), 0};
}

Json Codec<RetryOn>::write(const RetryOn& value) {
  if (value.kind == RetryOn::Kind::status) return value.status;
  return retry_choices()[static_cast<size_t>(value.kind)].name;
}

void Codec<std::vector<std::pair<std::string, std::string>>>::read(Reader& reader, const Node& node, Pairs& out,
                                                                   const Options& options) {
  out.clear();
  if (!node.is_mapping()) return reader.wrong_type(node, "a mapping from names to text");
  for (const document::Member& member : node.members) {
    std::string name = member.key.text;
    std::string problem = options.key_rule ? options.key_rule(name) : std::string();
    if (!problem.empty()) {
      reader.error(code::kBadValue, member.key, shown(member.key) + " " + problem);
      continue;
    }
    Reader::Step step(reader, name);
    if (!reader.claim(member.key, "header")) continue;
    reader.remember(member.value.pos);
    std::string value;
    read_text(reader, member.value, options, value);
    out.emplace_back(std::move(name), std::move(value));
  }
}

}  // namespace mesh::config
