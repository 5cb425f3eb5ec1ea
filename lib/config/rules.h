// What texts of the language must look like. Each rule answers an empty string, or what is wrong in a few words, and
// may bring the value into the form that is matched against.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::config {

using Rule = std::string (*)(std::string& value);

std::string name_rule(std::string& value);           // of a listener, service or route
std::string host_rule(std::string& value);           // "shop.example", "*.shop.example"; made lower case
std::string plain_host_rule(std::string& value);     // without a wildcard; a port is allowed
std::string method_rule(std::string& value);         // RFC 9110 §9.1: a case-sensitive token
std::string header_name_rule(std::string& value);    // RFC 9110 §5.1; made lower case
std::string header_value_rule(std::string& value);   // RFC 9110 §5.5
std::string edited_header_rule(std::string& value);  // a header name that an edit may touch
std::string query_name_rule(std::string& value);
std::string regex_rule(std::string& value);       // RE2, at most 1,024 bytes
std::string path_rule(std::string& value);        // an absolute path as it is after normalisation
std::string prefix_rule(std::string& value);      // likewise; loses a trailing slash
std::string pattern_rule(std::string& value);     // likewise, segments may be "{name}"
std::string origin_rule(std::string& value);      // "https://app.example:8443" or "*"
std::string media_type_rule(std::string& value);  // "text/*", "application/*+json"
std::string scheme_rule(std::string& value);
std::string not_empty_rule(std::string& value);

// The names in braces of a path pattern, in order.
std::vector<std::string> pattern_names(std::string_view pattern);

// "64KiB", "1MB", "512B": a number with its unit; 0 needs none.
std::optional<uint64_t> parse_size(std::string_view text);
// The largest unit of 1024 that divides.
std::string size_text(uint64_t bytes);
// "20%", "0.5%": 0 to 100.
std::optional<double> parse_percent(std::string_view text);
std::string percent_text(double value);

}  // namespace mesh::config
