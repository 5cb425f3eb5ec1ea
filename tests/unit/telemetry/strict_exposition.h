// Reads an exposition as strictly as the two specifications allow and says what is wrong with it: Prometheus text
// format 0.0.4 and OpenMetrics 1.0
// (https://github.com/OpenObservability/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md).
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::test {

class StrictExposition {
 public:
  StrictExposition(std::string_view text, bool openmetrics) : openmetrics_(openmetrics) { read(text); }

  const std::vector<std::string>& problems() const { return problems_; }
  // By "name{label="value",...}" as it is written.
  const std::map<std::string, double>& samples() const { return samples_; }
  std::optional<double> value(const std::string& series) const {
    auto found = samples_.find(series);
    if (found == samples_.end()) return std::nullopt;
    return found->second;
  }
  std::string all_problems() const {
    std::string out;
    for (const std::string& problem : problems_) out += problem + "\n";
    return out;
  }

 private:
  struct Histogram {
    double last_bound = -1, last_count = 0, infinity = -1;
    std::optional<double> count, sum;
  };

  void wrong(const std::string& line, const std::string& why) { problems_.push_back(why + ": " + line); }

  void read(std::string_view text) {
    if (text.empty() || text.back() != '\n') problems_.push_back("does not end with a line feed");
    bool ended = false;
    while (!text.empty()) {
      size_t end = text.find('\n');
      std::string line(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (ended) wrong(line, "after # EOF");
      if (line == "# EOF") {
        ended = true;
      } else if (line.starts_with("# ")) {
        read_comment(line);
      } else {
        read_sample(line);
      }
    }
    if (openmetrics_ != ended) problems_.push_back(openmetrics_ ? "no # EOF" : "# EOF in plain text");
    finish_histograms();
  }

  static bool is_name(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    for (char c : name)
      if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != ':') return false;
    return true;
  }

  void read_comment(const std::string& line) {
    size_t space = line.find(' ', 7);
    if (space == std::string::npos) return wrong(line, "no value");
    std::string name = line.substr(7, space - 7), rest = line.substr(space + 1);
    if (!is_name(name)) wrong(line, "bad name");
    if (line.starts_with("# HELP ")) {
      if (!helped_.insert(name).second) wrong(line, "second HELP");
      if (name != family_) begin(line, name);
    } else if (line.starts_with("# TYPE ")) {
      if (name != family_) begin(line, name);
      if (!type_.empty()) wrong(line, "second TYPE, or after samples");
      type_ = rest;
      std::set<std::string> known{"counter", "gauge", "histogram"};
      if (openmetrics_) known.insert("info");
      if (!known.contains(rest)) wrong(line, "unknown type");
      if (openmetrics_ && rest == "counter" && name.ends_with("_total")) wrong(line, "_total in a family's name");
      if (!openmetrics_ && rest == "counter" && !name.ends_with("_total")) wrong(line, "counter without _total");
    } else {
      wrong(line, "unknown comment");
    }
  }

  void begin(const std::string& line, const std::string& name) {
    if (!families_.insert(name).second) wrong(line, "family is interleaved");
    family_ = name;
    type_.clear();
  }

  // Reads {a="b",...}; false when it is malformed.
  bool read_labels(std::string_view& at, std::string& key, std::string& bound) {
    std::set<std::string> seen;
    at.remove_prefix(1);
    while (!at.empty() && at[0] != '}') {
      size_t equals = at.find("=\"");
      if (equals == std::string_view::npos) return false;
      std::string name(at.substr(0, equals)), value;
      if (!is_name(name) || name.find(':') != std::string::npos || !seen.insert(name).second) return false;
      at.remove_prefix(equals + 2);
      while (!at.empty() && at[0] != '"') {
        if (at[0] == '\\') {
          if (at.size() < 2 || (at[1] != '\\' && at[1] != '"' && at[1] != 'n')) return false;
          value += at[1] == 'n' ? '\n' : at[1];
          at.remove_prefix(2);
        } else {
          value += at[0];
          at.remove_prefix(1);
        }
      }
      if (at.empty()) return false;
      at.remove_prefix(1);
      if (name == "le") {
        bound = value;
      } else {
        key += name + "\1" + value + "\2";
      }
      if (!at.empty() && at[0] == ',') {
        at.remove_prefix(1);
        if (at.empty() || at[0] == '}') return false;
      }
    }
    if (at.empty()) return false;
    at.remove_prefix(1);
    return true;
  }

  void read_sample(const std::string& line) {
    std::string_view at = line;
    size_t name_end = at.find_first_of("{ ");
    if (name_end == std::string_view::npos) return wrong(line, "no sample");
    std::string name(at.substr(0, name_end)), key, bound;
    at.remove_prefix(name_end);
    if (!is_name(name)) wrong(line, "bad name");
    if (at[0] == '{' && !read_labels(at, key, bound)) return wrong(line, "bad labels");
    std::string series(line.substr(0, line.size() - at.size()));
    if (at.empty() || at[0] != ' ') return wrong(line, "no value");
    std::string number(at.substr(1));
    char* end = nullptr;
    double value = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != 0 || number[0] == ' ') return wrong(line, "bad value");
    if (!samples_.emplace(series, value).second) wrong(line, "second sample of a series");
    check_suffix(line, name, key, bound, value);
  }

  void check_suffix(const std::string& line, const std::string& name, const std::string& key, const std::string& bound,
                    double value) {
    if (type_.empty()) return wrong(line, "sample without TYPE");
    if (!name.starts_with(family_)) return wrong(line, "sample of another family");
    std::string suffix = name.substr(family_.size());
    std::string total = openmetrics_ ? "_total" : "";
    if (type_ == "counter" && (suffix != total || value < 0)) wrong(line, "bad counter");
    if (type_ == "gauge" && !suffix.empty()) wrong(line, "bad gauge");
    if (type_ == "info" && (suffix != "_info" || value != 1)) wrong(line, "bad info");
    if (type_ != "histogram") return;
    Histogram& histogram = histograms_[family_ + "\3" + key];
    if (suffix == "_sum") {
      histogram.sum = value;
    } else if (suffix == "_count") {
      histogram.count = value;
    } else if (suffix == "_bucket") {
      if (bound.empty()) return wrong(line, "bucket without le");
      if (value < histogram.last_count) wrong(line, "buckets are not cumulative");
      histogram.last_count = value;
      if (bound == "+Inf") {
        histogram.infinity = value;
      } else {
        double le = std::strtod(bound.c_str(), nullptr);
        if (le <= histogram.last_bound) wrong(line, "buckets are not in order");
        if (openmetrics_ && bound.find('.') == std::string::npos) wrong(line, "le is no canonical float");
        histogram.last_bound = le;
      }
    } else {
      wrong(line, "bad histogram");
    }
  }

  void finish_histograms() {
    for (const auto& [key, histogram] : histograms_) {
      if (histogram.infinity < 0) wrong(key, "no +Inf bucket");
      if (!histogram.count || *histogram.count != histogram.infinity) wrong(key, "count is not that of +Inf");
      if (!histogram.sum) wrong(key, "no sum");
    }
  }

  bool openmetrics_;
  std::string family_, type_;
  std::set<std::string> families_, helped_;
  std::map<std::string, Histogram> histograms_;
  std::map<std::string, double> samples_;
  std::vector<std::string> problems_;
};

}  // namespace mesh::test
