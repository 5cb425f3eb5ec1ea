#include "codec/chunked.h"

#include <algorithm>
#include <cstring>

#include "codec/http1_parse.h"
#include "http/chars.h"

namespace mesh::codec {

namespace {
std::unexpected<Error> broken(const char* rule) { return fail(Errc::protocol, rule); }
}  // namespace

Status ChunkedDecoder::size_byte(char c) {
  if (http::is(c, http::kHexDigit)) {
    if (++digits_ > 16) return broken("chunk size has too many digits");
    left_ = left_ << 4 | http::hex_digit(c);
    if (left_ > uint64_t{1} << 62) return broken("chunk size is too large");
    return {};
  }
  if (digits_ == 0) return broken("chunk size is no number");
  if (c == '\r') {
    state_ = State::size_lf;
  } else if (c == ';') {
    state_ = State::name_start;
    extension_ = 0;
  } else {
    return broken("byte not allowed in a chunk size");
  }
  return {};
}

// chunk-ext = *( ";" name [ "=" ( token / quoted-string ) ] ); the white space of its grammar (BWS) is bad and refused.
Status ChunkedDecoder::extension_byte(char c) {
  if (++extension_ > kMaxExtension || ++extensions_ > kMaxExtensions) return broken("chunk extensions are too large");
  bool token = http::is(c, http::kToken);
  State next = State::done;  // none
  switch (state_) {
    case State::name_start:
      if (token) next = State::name;
      break;
    case State::value_start:
      next = token ? State::value : c == '"' ? State::quoted : next;
      break;
    case State::name:
      if (c == '=') next = State::value_start;
      [[fallthrough]];
    case State::value:
    case State::quoted_end:
      if (token && state_ != State::quoted_end) next = state_;
      if (c == ';') next = State::name_start;
      if (c == '\r') next = State::size_lf;
      break;
    case State::quoted:
      if (http::is(c, http::kFieldValue))
        next = c == '"' ? State::quoted_end : c == '\\' ? State::escaped : State::quoted;
      break;
    case State::escaped:
      if (http::is(c, http::kFieldValue)) next = State::quoted;
      break;
    default:
      break;
  }
  if (next == State::done) return broken("malformed chunk extension");
  state_ = next;
  return {};
}

void ChunkedDecoder::end_of_size_line() {
  state_ = left_ == 0 ? State::trailer : State::data;
  digits_ = 0;
}

Status ChunkedDecoder::trailer_byte(char c) {
  if (++trailer_bytes_ > kMaxTrailers) return broken("the trailers are too large");
  if (!trailer_.empty() && trailer_.back() == '\r' && c != '\n')
    return broken("carriage return without line feed in trailers");
  trailer_ += c;
  return c == '\n' ? trailer_line() : Status{};
}

// One line of the trailer section is complete in trailer_, with its CRLF.
Status ChunkedDecoder::trailer_line() {
  if (trailer_.size() < 2 || trailer_[trailer_.size() - 2] != '\r')
    return broken("line feed without carriage return in trailers");
  if (trailer_.size() == 2) {
    state_ = State::done;
    return {};
  }
  if (++trailer_fields_ > kMaxTrailerFields) return broken("too many trailer fields");
  http::Field field;
  std::string_view detail;
  if (!parse_field_line(std::string_view(trailer_).substr(0, trailer_.size() - 2), field, detail))
    return fail(Errc::protocol, std::string(detail));
  if (field.name.find('_') != std::string_view::npos) return broken("'_' in a trailer field name");
  if (allowed_in_trailers(field)) {
    Arena& arena = *trailers_.arena();
    trailers_.push({arena.copy(field.name), arena.copy(field.value), field.id, false});
  }
  trailer_.clear();
  return {};
}

Result<ChunkedDecoder::Fed> ChunkedDecoder::feed(std::span<char> input) {
  char* out_begin = input.data();
  char* out = nullptr;  // behind the content so far
  size_t in = 0;
  while (in < input.size() && state_ != State::done) {
    Status step;
    switch (state_) {
      case State::size:
        step = size_byte(input[in++]);
        break;
      case State::size_lf:
        if (input[in++] == '\n') {
          end_of_size_line();
        } else {
          step = broken("chunk size line does not end in CRLF");
        }
        break;
      case State::data: {
        char* from = input.data() + in;
        size_t n = std::min<uint64_t>(left_, input.size() - in);
        if (out == nullptr) {
          out_begin = out = from;
        } else {
          std::memmove(out, from, n);
        }
        out += n;
        in += n;
        left_ -= n;
        if (left_ == 0) state_ = State::data_cr;
        break;
      }
      case State::data_cr:
        if (input[in++] != '\r') step = broken("chunk does not end in CRLF");
        state_ = State::data_lf;
        break;
      case State::data_lf:
        if (input[in++] != '\n') step = broken("chunk does not end in CRLF");
        state_ = State::size;
        break;
      case State::trailer:
        step = trailer_byte(input[in++]);
        break;
      default:
        step = extension_byte(input[in++]);
        break;
    }
    if (!step) return fail(step.error());
  }
  return Fed{in, {out_begin, out == nullptr ? 0 : static_cast<size_t>(out - out_begin)}, state_ == State::done};
}

std::string_view format_chunk_header(char (&out)[kChunkHeaderSize], uint64_t size) {
  static constexpr char kHex[] = "0123456789abcdef";
  char* at = out + kChunkHeaderSize;
  *--at = '\n';
  *--at = '\r';
  do {
    *--at = kHex[size & 15];
    size >>= 4;
  } while (size != 0);
  return {at, static_cast<size_t>(out + kChunkHeaderSize - at)};
}

std::string format_last_chunk(const http::Headers* trailers) {
  std::string text = "0\r\n";
  if (trailers != nullptr) {
    for (const http::Field& field : *trailers) {
      if (!allowed_in_trailers(field) || !http::is_token(field.name) || !http::all(field.value, http::kFieldValue))
        continue;
      text.append(field.name).append(": ").append(field.value).append("\r\n");
    }
  }
  return text += "\r\n";
}

}  // namespace mesh::codec
