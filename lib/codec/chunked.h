// The chunked transfer coding (RFC 9112 §7.1), read strictly: sizes of at most 16 hex digits and 2^62, extensions by
// their grammar and then ignored, CRLF exactly where it belongs (threats H1-08 to H1-11).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/headers.h"

namespace mesh::codec {

class ChunkedDecoder {
 public:
  // Trailer fields that may be kept are added to `trailers`; their text goes to its arena.
  explicit ChunkedDecoder(http::Headers& trailers) : trailers_(trailers) {}

  struct Fed {
    size_t consumed = 0;    // all of the input, unless `done`
    std::string_view data;  // content, moved together at the start of the input
    bool done = false;
  };
  // Decodes in place. After an error it must not be called again. Errors: protocol (the grammar is broken, or
  // extensions or trailers are too large).
  Result<Fed> feed(std::span<char> input);

  static constexpr uint32_t kMaxExtension = 256;         // bytes a chunk
  static constexpr uint32_t kMaxExtensions = 16 * 1024;  // bytes a body
  static constexpr size_t kMaxTrailers = 8 * 1024;
  static constexpr uint32_t kMaxTrailerFields = 50;

 private:
  enum class State : uint8_t {
    size,
    name_start,  // extensions: ';' was read
    name,
    value_start,  // '=' was read
    value,
    quoted,
    escaped,
    quoted_end,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,
    done,
  };

  Status size_byte(char c);
  Status extension_byte(char c);
  void end_of_size_line();
  Status trailer_byte(char c);
  Status trailer_line();

  http::Headers& trailers_;
  State state_ = State::size;
  uint64_t left_ = 0;
  uint32_t digits_ = 0;
  uint32_t extension_ = 0;
  uint32_t extensions_ = 0;
  uint32_t trailer_fields_ = 0;
  std::string trailer_;
  size_t trailer_bytes_ = 0;
};

// "1f40\r\n" into `out`.
constexpr size_t kChunkHeaderSize = 18;
std::string_view format_chunk_header(char (&out)[kChunkHeaderSize], uint64_t size);
constexpr std::string_view kLastChunk = "0\r\n\r\n";
// The last chunk with its trailer section; fields that must not be there are left out.
std::string format_last_chunk(const http::Headers* trailers);

}  // namespace mesh::codec
