#include "telemetry/exposition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace mesh::telemetry {

namespace {

// A weight as thousandths (RFC 9110 §12.4.2); what is no weight is 0.
int parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = (text[0] - '0') * 1000;
  if (text.size() == 1) return weight;
  if (text[1] != '.') return 0;
  int scale = 100;
  for (char c : text.substr(2)) {
    if (!is_digit(c)) return 0;
    weight += (c - '0') * scale;
    scale /= 10;
  }
  return weight > 1000 ? 0 : weight;
}

struct Range {
  std::string_view type;
  std::string_view version;
  int weight = 1000;
};

Range parse_range(std::string_view text) {
  Range range;
  bool first = true;
  for (std::string_view part : split(text, ';')) {
    part = trim(part);
    if (std::exchange(first, false)) {
      range.type = part;
      continue;
    }
    size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view key = trim(part.substr(0, equals)), value = trim(part.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (equal_ignore_case(key, "q")) range.weight = parse_weight(value);
    if (equal_ignore_case(key, "version")) range.version = value;
  }
  return range;
}

std::string_view type_word(Type type, TextFormat format) {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::gauge:
      return "gauge";
    case Type::histogram:
      return "histogram";
    case Type::info:
      return format == TextFormat::openmetrics ? "info" : "gauge";
  }
  return "gauge";
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (c == '"' && quotes)) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
}

struct Number {
  std::array<char, 32> text;
  size_t size;
  operator std::string_view() const { return {text.data(), size}; }
};
template <class T>
Number number(T value) {
  Number out;
  auto end = std::to_chars(out.text.data(), out.text.data() + out.text.size(), value);
  out.size = static_cast<size_t>(end.ptr - out.text.data());
  return out;
}

}  // namespace

TextFormat choose_format(std::string_view accept) {
  int openmetrics = 0, plain = -1, any = -1;
  for (std::string_view part : split(accept, ',')) {
    Range range = parse_range(trim(part));
    if (equal_ignore_case(range.type, "application/openmetrics-text")) {
      if (range.version.empty() || range.version.starts_with("1.")) openmetrics = std::max(openmetrics, range.weight);
    } else if (equal_ignore_case(range.type, "text/plain")) {
      plain = std::max(plain, range.weight);
    } else if (range.type == "*/*" || equal_ignore_case(range.type, "text/*")) {
      any = std::max(any, range.weight);
    }
  }
  if (plain < 0) plain = any;
  return openmetrics > 0 && openmetrics >= plain ? TextFormat::openmetrics : TextFormat::prometheus;
}

std::string_view content_type(TextFormat format) {
  return format == TextFormat::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                           : "text/plain; version=0.0.4; charset=utf-8";
}

void ExpositionWriter::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  type_ = type;
  std::string shown = name_;
  if (format_ == TextFormat::prometheus && type == Type::counter) shown += "_total";
  if (format_ == TextFormat::prometheus && type == Type::info) shown += "_info";
  out_ += "# HELP " + shown + " ";
  append_escaped(out_, help, format_ == TextFormat::openmetrics);
  out_ += "\n# TYPE " + shown + " ";
  out_ += type_word(type, format_);
  out_ += '\n';
}

void ExpositionWriter::line(std::string_view suffix, std::span<const Label> labels, std::string_view extra_label,
                            std::string_view extra_value, std::string_view value) {
  out_ += name_;
  out_ += suffix;
  char before = '{';
  auto add = [&](std::string_view label, std::string_view text) {
    out_ += std::exchange(before, ',');
    out_ += label;
    out_ += "=\"";
    append_escaped(out_, text, true);
    out_ += '"';
  };
  for (const Label& label : labels) add(label.first, label.second);
  if (!extra_label.empty()) add(extra_label, extra_value);
  if (before == ',') out_ += '}';
  out_ += ' ';
  out_ += value;
  out_ += '\n';
}

void ExpositionWriter::sample(std::span<const Label> labels, uint64_t value) {
  std::string_view suffix = type_ == Type::counter ? "_total" : type_ == Type::info ? "_info" : "";
  line(suffix, labels, {}, {}, number(value));
}

void ExpositionWriter::sample(std::span<const Label> labels, double value) {
  line(type_ == Type::counter ? "_total" : "", labels, {}, {}, number(value));
}

void ExpositionWriter::histogram(std::span<const Label> labels, std::span<const uint64_t> counts, double sum) {
  uint64_t total = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    line("_bucket", labels, "le", i < kBuckets.size() ? kBuckets[i].text : "+Inf", number(total));
  }
  line("_sum", labels, {}, {}, number(sum));
  line("_count", labels, {}, {}, number(total));
}

std::string ExpositionWriter::finish() {
  if (format_ == TextFormat::openmetrics) out_ += "# EOF\n";
  return std::move(out_);
}

}  // namespace mesh::telemetry
