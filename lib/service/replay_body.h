// A request's content that can be sent again: what was pulled is kept up to a bound. It is shared by whoever makes the
// attempts and the connection that sends it: the connection may go on sending after the response's head has come and
// the last attempt is decided.
#pragma once

#include <memory>
#include <string>

#include "codec/body.h"

namespace mesh::service {

class ReplayBody final : public codec::Body {
 public:
  // `source` may be null: then there is no content and every attempt is alike.
  static std::unique_ptr<ReplayBody, void (*)(ReplayBody*)> create(codec::BodyPtr source, uint64_t limit) {
    return {new ReplayBody(std::move(source), limit), [](ReplayBody* body) { body->drop(); }};
  }

  // For a request without content.
  static std::unique_ptr<ReplayBody, void (*)(ReplayBody*)> none() {
    return {nullptr, [](ReplayBody*) {}};
  }

  // A body for the next attempt; null when there is no content. At most one at a time.
  codec::BodyPtr begin();
  // Whether begin() can give the whole content again.
  bool replayable() const { return source_ == nullptr || !lost_; }
  // Nothing was pulled from the client so far.
  bool untouched() const { return !touched_; }

  async::Task<Result<codec::Chunk>> pull() override;
  bool ready() const override { return position_ < kept_.size() || ended_ || source_->ready(); }
  const http::Headers* trailers() const override { return source_->trailers(); }
  void release() noexcept override {
    lent_ = false;
    if (dropped_) delete this;
  }

 private:
  ReplayBody(codec::BodyPtr source, uint64_t limit) : source_(std::move(source)), limit_(limit) {}
  // No further attempt is made.
  void drop() {
    dropped_ = true;
    if (!lent_) delete this;
  }

  codec::BodyPtr source_;
  uint64_t limit_;
  std::string kept_;
  size_t position_ = 0;
  bool touched_ = false;
  bool ended_ = false;
  bool lost_ = false;
  bool lent_ = false;     // a connection has it
  bool dropped_ = false;  // the attempts are over
};

}  // namespace mesh::service
