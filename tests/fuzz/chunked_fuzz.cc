// Any bytes as chunked content: each way to cut the input gives the same content and end; what is decoded can be
// encoded and decoded again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/arena.h"
#include "codec/chunked.h"

namespace {

using namespace mesh;
using namespace mesh::codec;

struct Decoded {
  bool ok = true, done = false;
  size_t consumed = 0;
  std::string data, trailers;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, size_t step) {
  BlockPool pool;
  Arena arena(pool);
  http::Headers trailers(arena);
  ChunkedDecoder decoder(trailers);
  Decoded out;
  while (out.consumed < bytes.size() && !out.done) {
    std::vector<char> piece(bytes.begin() + out.consumed, bytes.begin() + std::min(bytes.size(), out.consumed + step));
    auto fed = decoder.feed(piece);
    if (!fed) return {.ok = false};
    if (!fed->data.empty() &&
        (fed->data.data() < piece.data() || fed->data.data() + fed->data.size() > piece.data() + piece.size()))
      std::abort();
    if (!fed->done && fed->consumed != piece.size()) std::abort();
    out.data += fed->data;
    out.consumed += fed->consumed;
    out.done = fed->done;
  }
  out.trailers = format_last_chunk(&trailers);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  Decoded whole = decode(bytes, std::max<size_t>(1, bytes.size()));
  if (decode(bytes, 1) != whole || decode(bytes, 1 + data[0]) != whole) std::abort();
  if (!whole.done) return 0;
  char header[kChunkHeaderSize];
  std::string again;
  if (!whole.data.empty()) again = std::string(format_chunk_header(header, whole.data.size())) + whole.data + "\r\n";
  again += whole.trailers;
  Decoded second = decode(again, again.size());
  if (!second.done || second.data != whole.data || second.trailers != whole.trailers || second.consumed != again.size())
    std::abort();
  return 0;
}
