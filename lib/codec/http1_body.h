// Reads the content of one HTTP/1 message from a stream: by length, chunked, or to the end of the connection. Shared by
// the server's requests and the client's responses. Content arrives in the loop's bulk buffer, so a large body costs
// neither memory nor copies.
#pragma once

#include <string>
#include <string_view>

#include "async/task.h"
#include "codec/body.h"
#include "codec/chunked.h"
#include "http/head.h"
#include "net/stream.h"

namespace mesh::codec {

class Http1Body {
 public:
  Http1Body(net::Stream& stream, Arena& arena) : stream_(stream), trailers_(arena), chunked_(trailers_) {}

  // `received` are the bytes that came behind the head; they must stay valid and may be overwritten. With `shared_idle`
  // (tunnels) a silent direction is no fault while *shared_idle is recent.
  void start(http::Framing framing, std::span<char> received, Duration idle, const Instant* shared_idle = nullptr);

  // See Body::pull.
  async::Task<Result<Chunk>> pull();
  // True when pull() will not wait.
  bool ready() const { return finished_ || !received_.empty() || framing_.kind == http::Framing::Kind::none; }
  // The content was read to its end.
  bool finished() const { return finished_; }
  // Bytes that came behind the end of the content.
  std::string_view excess() const { return excess_; }
  const http::Headers* trailers() const { return trailers_.empty() ? nullptr : &trailers_; }
  uint64_t wire_bytes() const { return wire_bytes_; }

 private:
  Result<Chunk> consume(std::span<char> input);
  async::Task<Result<size_t>> receive();

  net::Stream& stream_;
  http::Framing framing_;
  http::Headers trailers_;
  ChunkedDecoder chunked_;
  std::span<char> received_;
  uint64_t remaining_ = 0;
  uint64_t wire_bytes_ = 0;
  Duration idle_;
  const Instant* shared_idle_ = nullptr;
  std::string excess_;
  bool finished_ = false;
};

}  // namespace mesh::codec
