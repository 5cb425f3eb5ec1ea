#include "service/replay_body.h"

namespace mesh::service {

codec::BodyPtr ReplayBody::begin() {
  position_ = 0;
  if (source_ == nullptr) return nullptr;
  lent_ = true;
  return codec::BodyPtr(this);
}

async::Task<Result<codec::Chunk>> ReplayBody::pull() {
  if (position_ < kept_.size()) {
    std::string_view rest = std::string_view(kept_).substr(position_);
    position_ = kept_.size();
    co_return codec::Chunk{rest, ended_};
  }
  if (ended_) co_return codec::Chunk{{}, true};
  touched_ = true;
  auto chunk = co_await source_->pull();
  if (!chunk) {
    lost_ = true;
    co_return chunk;
  }
  ended_ = chunk->last;
  if (!lost_ && kept_.size() + chunk->data.size() <= limit_) {
    kept_.append(chunk->data);
    position_ = kept_.size();
  } else if (!lost_) {
    lost_ = true;
    kept_ = {};
    position_ = 0;
  }
  co_return chunk;
}

}  // namespace mesh::service
