#include "filter/compress/encoded_body.h"

namespace mesh::filter {

namespace {

// Enough output to be worth a send.
constexpr size_t kEnough = 32 * 1024;

}  // namespace

codec::BodyPtr EncodedBody::wrap(codec::BodyPtr source, std::unique_ptr<Encoder> encoder) {
  return codec::BodyPtr(new EncodedBody(std::move(source), std::move(encoder)));
}

async::Task<Result<codec::Chunk>> EncodedBody::pull() {
  out_.clear();
  for (;;) {
    auto chunk = co_await source_->pull();
    // A source that breaks off must not look complete: the encoder is not finished.
    if (!chunk) co_return fail(chunk.error());
    bool last = chunk->last;
    unflushed_ = unflushed_ || !chunk->data.empty();
    // The piece may be gone after the next suspension: it is taken whole.
    Encoder::End end = last ? Encoder::End::finish : Encoder::End::more;
    if (!encoder_->write(chunk->data, end, out_)) co_return fail(Errc::exhausted, "no memory to compress");
    if (last) co_return codec::Chunk{out_, true};
    if (source_->ready() && out_.size() < kEnough) continue;
    if (!source_->ready() && unflushed_) {
      if (!encoder_->write({}, Encoder::End::flush, out_)) co_return fail(Errc::exhausted, "no memory to compress");
      unflushed_ = false;
    }
    co_return codec::Chunk{out_, false};
  }
}

}  // namespace mesh::filter
