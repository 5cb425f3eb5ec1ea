// What was typed after a command's name, already checked against its CommandSpec: getters cannot fail. A name that the
// spec does not have is a bug of the command and ends the program with an assertion.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"

namespace mesh::cli {

struct CommandSpec;

class Args {
 public:
  // The value of an option or positional: as typed, from its environment variable, its fallback, or "".
  const std::string& get(std::string_view name) const;
  // As get(), but nothing instead of "" when neither typed, set by the environment nor given a fallback.
  std::optional<std::string> find(std::string_view name) const;
  // Every value of a repeatable option or positional, in order.
  const std::vector<std::string>& all(std::string_view name) const;
  // Whether it was typed or came from the environment (not from the fallback).
  bool given(std::string_view name) const;
  bool flag(std::string_view name) const { return given(name); }

  // For options of the type in the name; 0 when there is no value.
  uint64_t integer(std::string_view name) const;
  uint64_t size(std::string_view name) const;   // bytes
  double percent(std::string_view name) const;  // 0 to 100
  Duration duration(std::string_view name) const;

  // What follows "--" of a passthrough command.
  const std::vector<std::string>& rest() const { return rest_; }
  // Every command there is, for help, completion and manuals.
  std::span<const CommandSpec> commands() const { return commands_; }

 private:
  friend class ArgsBuilder;
  struct Value {
    std::vector<std::string> values;
    bool given = false;
  };
  const Value& value(std::string_view name) const;

  std::map<std::string, Value, std::less<>> values_;
  std::vector<std::string> rest_;
  std::span<const CommandSpec> commands_;
};

// Bytes from "512", "64KiB", "10MB", "1G" (K, M, G are powers of 1024 as KiB, MiB, GiB; KB, MB, GB of 1000).
std::optional<uint64_t> parse_size(std::string_view text);
// 0 to 100 from "20%", "0.5%"; the sign is required.
std::optional<double> parse_percent(std::string_view text);

}  // namespace mesh::cli
