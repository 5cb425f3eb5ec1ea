#include "filter/compress/accept_encoding.h"

#include "base/text.h"
#include "filter/compress/encoder.h"
#include "filter/field_list.h"

namespace mesh::filter {

namespace {

constexpr int kUnset = -1;

// qvalue of RFC 9110 §12.4.2 in thousandths; kUnset when it is none.
int parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return kUnset;
  int value = (text[0] - '0') * 1000;
  if (text.size() == 1) return value;
  if (text[1] != '.') return kUnset;
  int unit = 100;
  for (char c : text.substr(2)) {
    if (!is_digit(c)) return kUnset;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return value <= 1000 ? value : kUnset;
}

struct Element {
  std::string_view coding;
  int weight = 1000;  // kUnset: not to be counted
};

Element parse_element(std::string_view text) {
  size_t semicolon = text.find(';');
  Element out{trim(text.substr(0, semicolon))};
  if (semicolon == std::string_view::npos) return out;
  std::string_view parameter = trim(text.substr(semicolon + 1));
  bool weighted = parameter.size() > 2 && (parameter[0] | 0x20) == 'q' && parameter[1] == '=';
  out.weight = weighted ? parse_weight(parameter.substr(2)) : kUnset;
  return out;
}

bool names(std::string_view coding, config::Encoding encoding) {
  return equal_ignore_case(coding, coding_name(encoding)) ||
         (encoding == config::Encoding::gzip && equal_ignore_case(coding, "x-gzip"));
}

}  // namespace

std::optional<config::Encoding> choose_encoding(const http::Headers& request,
                                                std::span<const config::Encoding> offered) {
  constexpr size_t kCodings = 3;
  int weights[kCodings] = {kUnset, kUnset, kUnset}, any = kUnset, identity = kUnset;
  each_element(request, http::HeaderId::accept_encoding, [&](std::string_view text) {
    Element element = parse_element(text);
    if (element.weight == kUnset) return false;
    if (element.coding == "*") any = element.weight;
    if (equal_ignore_case(element.coding, "identity")) identity = element.weight;
    for (config::Encoding encoding : offered)
      if (names(element.coding, encoding)) weights[static_cast<size_t>(encoding)] = element.weight;
    return false;
  });
  std::optional<config::Encoding> best;
  int best_weight = 0;
  for (config::Encoding encoding : offered) {
    int weight = weights[static_cast<size_t>(encoding)];
    if (weight == kUnset) weight = any;
    if (weight <= best_weight) continue;
    best = encoding;
    best_weight = weight;
  }
  return identity > best_weight ? std::nullopt : best;
}

}  // namespace mesh::filter
