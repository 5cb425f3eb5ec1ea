#include "http/date.h"

#include <time.h>

#include <cstring>

namespace mesh::http {

namespace {

void put2(char* out, int value) {
  out[0] = static_cast<char>('0' + value / 10);
  out[1] = static_cast<char>('0' + value % 10);
}

}  // namespace

void format_date(int64_t seconds, char (&out)[29]) {
  constexpr char kDays[] = "SunMonTueWedThuFriSat";
  constexpr char kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  time_t when = seconds;
  tm parts{};
  gmtime_r(&when, &parts);
  std::memcpy(out, "Sun, 06 Nov 1994 08:49:37 GMT", 29);
  std::memcpy(out, kDays + 3 * parts.tm_wday, 3);
  put2(out + 5, parts.tm_mday);
  std::memcpy(out + 8, kMonths + 3 * parts.tm_mon, 3);
  int year = parts.tm_year + 1900;
  put2(out + 12, year / 100);
  put2(out + 14, year % 100);
  put2(out + 17, parts.tm_hour);
  put2(out + 20, parts.tm_min);
  put2(out + 23, parts.tm_sec);
}

}  // namespace mesh::http
