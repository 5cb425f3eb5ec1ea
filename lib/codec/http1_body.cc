#include "codec/http1_body.h"

#include <algorithm>

namespace mesh::codec {

void Http1Body::start(http::Framing framing, std::span<char> received, Duration idle, const Instant* shared_idle) {
  framing_ = framing;
  received_ = received;
  remaining_ = framing.length;
  idle_ = idle;
  shared_idle_ = shared_idle;
  finished_ = !framing.has_body();
  if (finished_ && !received.empty()) excess_.assign(received.data(), received.size());
}

async::Task<Result<size_t>> Http1Body::receive() {
  async::Loop& loop = stream_.loop();
  Instant since = loop.now();
  for (;;) {
    auto n = co_await stream_.read(loop.bulk(), async::Deadline::in(since, idle_));
    if (n || n.error().code != Errc::timeout || shared_idle_ == nullptr) co_return n;
    since = std::max(since, *shared_idle_);
    if (since + idle_ <= loop.now()) co_return n;
  }
}

async::Task<Result<Chunk>> Http1Body::pull() {
  if (finished_) co_return Chunk{{}, true};
  if (!received_.empty()) {
    auto chunk = consume(std::exchange(received_, {}));
    if (!chunk || chunk->last || !chunk->data.empty()) co_return chunk;
  }
  for (;;) {
    auto n = co_await receive();
    if (!n) co_return fail(n.error());
    if (*n == 0) {
      if (framing_.kind != http::Framing::Kind::until_eof)
        co_return fail(Errc::reset, "the connection ended before the content did");
      finished_ = true;
      co_return Chunk{{}, true};
    }
    auto chunk = consume(stream_.loop().bulk().first(*n));
    // Chunk framing alone is no content yet.
    if (!chunk || chunk->last || !chunk->data.empty()) co_return chunk;
  }
}

Result<Chunk> Http1Body::consume(std::span<char> input) {
  wire_bytes_ += input.size();
  if (framing_.kind == http::Framing::Kind::until_eof) return Chunk{{input.data(), input.size()}, false};
  if (framing_.kind == http::Framing::Kind::length) {
    size_t size = std::min<uint64_t>(input.size(), remaining_);
    remaining_ -= size;
    finished_ = remaining_ == 0;
    if (size < input.size()) {
      excess_.assign(input.data() + size, input.size() - size);
      wire_bytes_ -= excess_.size();
    }
    return Chunk{{input.data(), size}, finished_};
  }
  auto fed = chunked_.feed(input);
  if (!fed) return fail(fed.error());
  finished_ = fed->done;
  if (fed->done && fed->consumed < input.size()) {
    excess_.assign(input.data() + fed->consumed, input.size() - fed->consumed);
    wire_bytes_ -= excess_.size();
  }
  return Chunk{fed->data, finished_};
}

}  // namespace mesh::codec
