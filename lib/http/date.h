// IMF-fixdate (RFC 9110 §5.6.7), made once a second.
#pragma once

#include <cstdint>
#include <string_view>

namespace mesh::http {

// "Sun, 06 Nov 1994 08:49:37 GMT" into `out`; always 29 bytes.
void format_date(int64_t seconds, char (&out)[29]);

class DateCache {
 public:
  // Valid until the next call.
  std::string_view at(int64_t wall_ns) {
    int64_t seconds = wall_ns / 1'000'000'000;
    if (seconds != seconds_) {
      seconds_ = seconds;
      format_date(seconds, text_);
    }
    return {text_, sizeof text_};
  }

 private:
  int64_t seconds_ = -1;
  char text_[29];
};

}  // namespace mesh::http
