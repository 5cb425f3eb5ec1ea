// Metrics as text: Prometheus text format 0.0.4 and OpenMetrics 1.0.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "telemetry/families.h"

namespace mesh::telemetry {

enum class TextFormat : uint8_t { prometheus, openmetrics };

// What an Accept field asks for (RFC 9110 §12.5.1): OpenMetrics when it is named and weighs no less than plain text.
TextFormat choose_format(std::string_view accept);
std::string_view content_type(TextFormat format);

using Label = std::pair<std::string_view, std::string_view>;

// Families must be begun one after the other, each once; finish() comes last.
class ExpositionWriter {
 public:
  explicit ExpositionWriter(TextFormat format) : format_(format) {}

  // `name` without _total.
  void family(std::string_view name, Type type, std::string_view help);
  // Of the family begun last. Counters get _total by themselves.
  void sample(std::span<const Label> labels, uint64_t value);
  void sample(std::span<const Label> labels, double value);
  // `counts`: of each bucket of kBuckets and of what is above, not cumulative.
  void histogram(std::span<const Label> labels, std::span<const uint64_t> counts, double sum);
  std::string finish();

 private:
  void line(std::string_view suffix, std::span<const Label> labels, std::string_view extra_label,
            std::string_view extra_value, std::string_view value);
  TextFormat format_;
  std::string name_;
  Type type_ = Type::counter;
  std::string out_;
};

}  // namespace mesh::telemetry
