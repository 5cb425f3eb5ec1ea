#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <exception>

#include "base/duration.h"
#include "base/escape.h"

namespace mesh::log {

namespace {

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
// spdlog's registry is the process's one logger; its name tells the format.
constexpr const char* kTextName = "meshctl-text";
constexpr const char* kJsonName = "meshctl-json";

spdlog::level::level_enum spdlog_level(Level level) {
  constexpr std::array kSpdlog{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
  return kSpdlog[static_cast<size_t>(level)];
}

std::shared_ptr<spdlog::logger> make_logger(const char* name) {
  auto logger = std::make_shared<spdlog::logger>(name, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  // Standard error that is full or closed is nobody's failure.
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

std::shared_ptr<spdlog::logger> current() {
  auto logger = spdlog::default_logger();
  if (logger && (logger->name() == kTextName || logger->name() == kJsonName)) return logger;
  logger = make_logger(kTextName);
  spdlog::set_default_logger(logger);
  return logger;
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  try {
    auto logger = current();
    if (!logger->should_log(spdlog_level(level))) return;
    Format format = logger->name() == kJsonName ? Format::json : Format::text;
    std::string line = format_line(format, level, SystemClock().wall_ns(), message, fields);
    logger->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
  } catch (const std::exception&) {
    // A line that cannot be written must not take the process down.
  }
}

bool wants_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" =\"") != std::string_view::npos;
}

}  // namespace

void configure(Level level, Format format) {
  try {
    auto logger = make_logger(format == Format::json ? kJsonName : kTextName);
    logger->set_level(spdlog_level(level));
    spdlog::set_default_logger(logger);
  } catch (const std::exception&) {
  }
}

bool enabled(Level level) {
  try {
    return current()->should_log(spdlog_level(level));
  } catch (const std::exception&) {
    return false;
  }
}

void debug(std::string_view message, std::initializer_list<Field> fields) { write(Level::debug, message, fields); }
void info(std::string_view message, std::initializer_list<Field> fields) { write(Level::info, message, fields); }
void warn(std::string_view message, std::initializer_list<Field> fields) { write(Level::warn, message, fields); }
void error(std::string_view message, std::initializer_list<Field> fields) { write(Level::error, message, fields); }

std::string format_line(Format format, Level level, int64_t wall_ns, std::string_view message,
                        std::initializer_list<Field> fields) {
  std::string_view word = kLevels[static_cast<size_t>(level)];
  std::string out;
  if (format == Format::json) {
    out = R"({"time":")" + format_rfc3339_ms(wall_ns) + R"(","level":")" + std::string(word) + R"(","message":")";
    append_json(out, message);
    out += '"';
    for (const Field& field : fields) {
      out += ",\"";
      append_json(out, field.key);
      out += "\":\"";
      append_json(out, field.value);
      out += '"';
    }
    return out + "}";
  }
  out = format_rfc3339_ms(wall_ns) + " ";
  out += word;
  out.append(6 - word.size(), ' ');
  append_text(out, message);
  for (const Field& field : fields) {
    out += ' ';
    append_text(out, field.key);
    out += '=';
    bool quoted = wants_quotes(field.value);
    if (quoted) out += '"';
    append_text(out, field.value);
    if (quoted) out += '"';
  }
  return out;
}

}  // namespace mesh::log
