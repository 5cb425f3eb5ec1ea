#include "options.h"

#include <charconv>
#include <functional>
#include <map>
#include <string_view>

namespace mesh::bench {
namespace {

template <typename Number>
bool parse_number(std::string_view text, Number& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_target(std::string_view text, TargetOption& target) {
  size_t equals = text.find('=');
  size_t colon = text.rfind(':');
  if (equals == std::string_view::npos || colon == std::string_view::npos || colon < equals) return false;
  target.name = text.substr(0, equals);
  std::string_view rest = text.substr(colon + 1);
  size_t comma = rest.find(',');
  if (!parse_number(rest.substr(0, comma), target.port)) return false;
  while (comma != std::string_view::npos) {
    rest.remove_prefix(comma + 1);
    comma = rest.find(',');
    int pid = 0;
    if (!parse_number(rest.substr(0, comma), pid)) return false;
    target.pids.push_back(pid);
  }
  return true;
}

}  // namespace

std::expected<Options, std::string> parse_options(int argc, char** argv) {
  Options options;
  std::map<std::string_view, std::function<bool(std::string_view)>> valued = {
      {"--target",
       [&](std::string_view v) {
         TargetOption target;
         if (!parse_target(v, target)) return false;
         options.targets.push_back(std::move(target));
         return true;
       }},
      {"--connections", [&](std::string_view v) { return parse_number(v, options.connections); }},
      {"--streams", [&](std::string_view v) { return parse_number(v, options.streams); }},
      {"--rotations", [&](std::string_view v) { return parse_number(v, options.rotations); }},
      {"--slice-ms", [&](std::string_view v) { return parse_number(v, options.slice_ms); }},
      {"--body", [&](std::string_view v) { return parse_number(v, options.body); }},
      {"--requests", [&](std::string_view v) { return parse_number(v, options.requests); }},
      {"--path", [&](std::string_view v) { return options.path = v, true; }},
      {"--host", [&](std::string_view v) { return options.host = v, true; }},
  };
  std::map<std::string_view, std::function<void()>> plain = {
      {"--h2", [&] { options.protocol = Protocol::kHttp2; }},
      {"--tls", [&] { options.tls = true; }},
      {"--resume", [&] { options.resume = true; }},
      {"--new-connection", [&] { options.new_connection = true; }},
      {"--hold", [&] { options.hold = true; }},
  };
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    if (auto it = plain.find(flag); it != plain.end()) {
      it->second();
    } else if (auto known = valued.find(flag); known == valued.end()) {
      return std::unexpected("unknown flag '" + flag + "'");
    } else if (++i == argc || !known->second(argv[i])) {
      return std::unexpected("no usable value for '" + flag + "'");
    }
  }
  if (options.targets.empty()) return std::unexpected("no '--target name=127.0.0.1:PORT,PID'");
  return options;
}

}  // namespace mesh::bench
