// A request's content that can be sent again: what was pulled is kept up to a bound.
#pragma once

#include <string>

#include "codec/body.h"

namespace mesh::service {

class ReplayBody final : public codec::Body {
 public:
  // `source` may be null: then there is no content and every attempt is alike.
  ReplayBody(codec::BodyPtr source, uint64_t limit) : source_(std::move(source)), limit_(limit) {}

  // A body for the next attempt; null when there is no content. At most one at a time.
  codec::BodyPtr begin();
  // Whether begin() can give the whole content again.
  bool replayable() const { return source_ == nullptr || !lost_; }
  // Nothing was pulled from the client so far.
  bool untouched() const { return !touched_; }

  async::Task<Result<codec::Chunk>> pull() override;
  bool ready() const override { return position_ < kept_.size() || ended_ || source_->ready(); }
  const http::Headers* trailers() const override { return source_->trailers(); }
  void release() noexcept override {}

 private:
  codec::BodyPtr source_;
  uint64_t limit_;
  std::string kept_;
  size_t position_ = 0;
  bool touched_ = false;
  bool ended_ = false;
  bool lost_ = false;
};

}  // namespace mesh::service
