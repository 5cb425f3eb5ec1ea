// Streaming encoders of content codings (RFC 9110 §8.4.1, RFC 7932, RFC 8878) behind one interface.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/model.h"

namespace mesh::filter {

class Encoder {
 public:
  enum class End : uint8_t {
    more,    // keep what is better kept
    flush,   // everything so far can be decoded by who gets the output
    finish,  // the end of the content
  };
  virtual ~Encoder() = default;
  // Takes all of `in` and appends to `out`. False when memory ran out: the stream is broken.
  virtual bool write(std::string_view in, End end, std::string& out) = 0;
};

// Null when memory ran out. `size` of the content, if it is known, saves memory. Windows stay at 256 KiB and below, so
// that a stream costs 0.3 to 1.5 MiB while it lasts.
std::unique_ptr<Encoder> make_encoder(config::Encoding encoding, std::optional<uint64_t> size);

// "gzip", "br", "zstd".
std::string_view coding_name(config::Encoding encoding);

}  // namespace mesh::filter
