// JSON as commands print it: written in order, indented by two, snake_case keys. Text that is not UTF-8 is shown with
// U+FFFD in place of each bad byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::cli {

// With its quotes.
std::string json_string(std::string_view text);

// The caller keeps the order begin, key, value, end; that the result is balanced is asserted by finish().
class JsonWriter {
 public:
  // One line without spaces when `compact`.
  explicit JsonWriter(bool compact = false) : compact_(compact) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void string(std::string_view text);
  void integer(int64_t number);
  void boolean(bool truth);
  void null();
  // Already JSON.
  void raw(std::string_view json);

  void field(std::string_view name, std::string_view text) { key(name), string(text); }
  void field_integer(std::string_view name, int64_t number) { key(name), integer(number); }
  void field_boolean(std::string_view name, bool truth) { key(name), boolean(truth); }

  // The text, with a line feed at its end.
  std::string finish();

 private:
  void open(char bracket);
  void close(char bracket);
  void before_value();
  void new_line();

  bool compact_;
  bool after_key_ = false;
  std::vector<bool> has_members_;  // one per open bracket
  std::string out_;
};

}  // namespace mesh::cli
