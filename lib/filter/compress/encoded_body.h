// A body that compresses another one as it is pulled.
#pragma once

#include <memory>
#include <string>

#include "codec/body.h"
#include "filter/compress/encoder.h"

namespace mesh::filter {

// When the source has nothing more at the moment, what was taken so far is flushed, so that a slow stream (events,
// logs) arrives piece by piece. Holds one piece of output, about the size of the pieces of the source.
class EncodedBody final : public codec::Body {
 public:
  static codec::BodyPtr wrap(codec::BodyPtr source, std::unique_ptr<Encoder> encoder);

  void release() noexcept override { delete this; }
  async::Task<Result<codec::Chunk>> pull() override;
  bool ready() const override { return source_->ready(); }
  const http::Headers* trailers() const override { return source_->trailers(); }

 private:
  EncodedBody(codec::BodyPtr source, std::unique_ptr<Encoder> encoder)
      : source_(std::move(source)), encoder_(std::move(encoder)) {}
  ~EncodedBody() override = default;

  codec::BodyPtr source_;
  std::unique_ptr<Encoder> encoder_;
  std::string out_;
  bool unflushed_ = false;
};

}  // namespace mesh::filter
