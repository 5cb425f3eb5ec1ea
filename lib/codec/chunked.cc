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
    state_ = State::extension;
    name_expected_ = true;
    extension_ = 0;
  } else {
    return broken("byte not allowed in a chunk size");
  }
  return {};
}

// chunk-ext = *( ";" name [ "=" ( token / quoted-string ) ] ), without white space: what is bad there is refused.
Status ChunkedDecoder::extension_byte(char c) {
  if (++extension_ > kMaxExtension || ++extensions_ > kMaxExtensions) return fail(Errc::protocol, "chunk extensions are too large");
  if (state_ == State::escaped) {
    state_ = State::quoted;
    return http::is(c, http::kFieldValue) ? Status{} : broken("byte not allowed in a chunk extension");
  }
  if (state_ == State::quoted) {
    if (c == '"') state_ = State::extension;
    if (c == '\\') state_ = State::escaped;
    return http::is(c, http::kFieldValue) ? Status{} : broken("byte not allowed in a chunk extension");
  }
  if (http::is(c, http::kToken)) {
    name_expected_ = false;
    return {};
  }
  if (c == '"' && name_expected_ && extension_ > 1) {
    name_expected_ = false;
    state_ = State::quoted;
    return {};
  }
  if (name_expected_) return broken("malformed chunk extension");
  if (c == '\r') {
    state_ = State::size_lf;
  } else if (c == ';' || c == '=') {
    name_expected_ = true;
  } else {
    return broken("byte not allowed in a chunk extension");
  }
  return {};
}

Status ChunkedDecoder::end_of_size_line() {
  state_ = left_ == 0 ? State::trailer : State::data;
  digits_ = 0;
  return {};
}

// One line of the trailer section is complete in trailer_, with its CRLF.
Status ChunkedDecoder::trailer_line() {
  if (trailer_.size() < 2 || trailer_[trailer_.size() - 2] != '\r') return broken("line feed without carriage return in trailers");
  if (trailer_.size() == 2) {
    state_ = State::done;
    return {};
  }
  if (++trailer_fields_ > kMaxTrailerFields) return fail(Errc::protocol, "too many trailer fields");
  http::Field field;
  std::string_view detail;
  if (!parse_field_line(std::string_view(trailer_).substr(0, trailer_.size() - 2), field, detail))
    return fail(Errc::protocol, std::string(detail));
  if (allowed_in_trailers(field)) {
    Arena& arena = *trailers_.arena();
    trailers_.push({arena.copy(field.name), arena.copy(field.value), field.id, false});
  }
  trailer_.clear();
  return {};
}

Result<ChunkedDecoder::Fed> ChunkedDecoder::feed(std::span<char> input) {
  Fed fed;
  size_t out = 0, in = 0;
  while (in < input.size() && state_ != State::done) {
    Status step;
    switch (state_) {
      case State::size: step = size_byte(input[in++]); break;
      case State::extension:
      case State::quoted:
      case State::escaped: step = extension_byte(input[in++]); break;
      case State::size_lf: step = input[in++] == '\n' ? end_of_size_line() : broken("chunk size line does not end in CRLF"); break;
      case State::data: {
        size_t n = std::min<uint64_t>(left_, input.size() - in);
        if (out != in) std::memmove(input.data() + out, input.data() + in, n);
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
      case State::trailer: {
        char c = input[in++];
        if (++trailer_bytes_ > kMaxTrailers) step = fail(Errc::protocol, "the trailers are too large");
        trailer_ += c;
        if (step && c == '\n') step = trailer_line();
        break;
      }
      case State::done: break;
    }
    if (!step) return fail(step.error());
  }
  fed.consumed = in;
  fed.data = {input.data(), out};
  fed.done = state_ == State::done;
  return fed;
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
      if (!allowed_in_trailers(field) || !http::is_token(field.name) || !http::all(field.value, http::kFieldValue)) continue;
      text.append(field.name).append(": ").append(field.value).append("\r\n");
    }
  }
  return text += "\r\n";
}

}  // namespace mesh::codec
