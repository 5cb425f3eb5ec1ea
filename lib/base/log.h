// Lines about the life of the process, to standard error: a constant message and key=value pairs. One line per event;
// lines about single requests belong to the access log. The only user of spdlog is log.cc.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace mesh::log {

enum class Level : uint8_t { debug, info, warn, error };
enum class Format : uint8_t { text, json };

struct Field {
  std::string_view key;    // snake_case, constant
  std::string_view value;  // anything: it is escaped
};

// Lines below `level` are dropped; the start is info and text. Any thread.
void configure(Level level, Format format);
bool enabled(Level level);

// log::info("listener ready", {{"name", name}, {"address", address}}). Any thread; blocks only on standard error.
void debug(std::string_view message, std::initializer_list<Field> fields = {});
void info(std::string_view message, std::initializer_list<Field> fields = {});
void warn(std::string_view message, std::initializer_list<Field> fields = {});
void error(std::string_view message, std::initializer_list<Field> fields = {});

// One line without its line feed. Text: "2026-01-31T12:00:00.123Z info  listener ready name=web address=..."; a value
// that is empty or holds a space, '=' or '"' stands in double quotes. JSON: time, level, message, then the keys.
std::string format_line(Format format, Level level, int64_t wall_ns, std::string_view message,
                        std::initializer_list<Field> fields);

}  // namespace mesh::log
