#include "cmd/echo/bodies.h"

#include <algorithm>

namespace mesh::echo {

namespace {

constexpr size_t kPiece = 64 * 1024;

std::string make_pattern() {
  std::string pattern(kPiece, '\0');
  for (size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<char>(i & 0xff);
  return pattern;
}

void add_pairs(Arena& arena, const Pairs& pairs, http::Headers& out) {
  for (const auto& [name, value] : pairs) out.add(arena.copy(name), arena.copy(value));
}

class Content final : public codec::Body {
 public:
  Content(Arena& arena, ContentSpec spec) : spec_(std::move(spec)), trailers_(arena), left_(spec_.size()) {
    if (spec_.pattern_bytes) spec_.text = make_pattern();
    add_pairs(arena, spec_.trailers, trailers_);
  }
  void release() noexcept override { delete this; }
  bool ready() const override { return true; }
  const http::Headers* trailers() const override { return trailers_.empty() ? nullptr : &trailers_; }

  async::Task<Result<codec::Chunk>> pull() override {
    uint64_t size = std::min<uint64_t>(left_, kPiece);
    if (spec_.cut_after) size = std::min(size, *spec_.cut_after - sent_);
    if (size == 0 && left_ > 0) co_return fail(Errc::reset, "cut as asked");
    size_t at = spec_.pattern_bytes ? 0 : static_cast<size_t>(sent_);
    sent_ += size;
    left_ -= size;
    co_return codec::Chunk{std::string_view(spec_.text).substr(at, size), left_ == 0};
  }

 private:
  ContentSpec spec_;
  http::Headers trailers_;
  uint64_t left_;
  uint64_t sent_ = 0;
};

class Mirror final : public codec::Body {
 public:
  Mirror(codec::BodyPtr source, std::optional<uint64_t> cut_after)
      : source_(std::move(source)), cut_after_(cut_after) {}
  void release() noexcept override { delete this; }
  bool ready() const override { return source_->ready(); }
  const http::Headers* trailers() const override { return source_->trailers(); }

  async::Task<Result<codec::Chunk>> pull() override {
    if (cut_after_ && sent_ >= *cut_after_) co_return fail(Errc::reset, "cut as asked");
    auto chunk = co_await source_->pull();
    if (!chunk) co_return chunk;
    if (cut_after_ && chunk->data.size() > *cut_after_ - sent_) {
      chunk->data = chunk->data.substr(0, *cut_after_ - sent_);
      chunk->last = false;
    }
    sent_ += chunk->data.size();
    co_return chunk;
  }

 private:
  codec::BodyPtr source_;
  std::optional<uint64_t> cut_after_;
  uint64_t sent_ = 0;
};

// Length-prefixed messages: one byte of flags, four of length (gRPC over HTTP/2, "Length-Prefixed-Message").
class GrpcMessages final : public codec::Body {
 public:
  GrpcMessages(Arena& arena, codec::BodyPtr source, GrpcSpec spec)
      : arena_(arena), source_(std::move(source)), spec_(std::move(spec)), trailers_(arena) {}
  void release() noexcept override { delete this; }
  const http::Headers* trailers() const override { return &trailers_; }

  async::Task<Result<codec::Chunk>> pull() override {
    out_.clear();
    while (out_.empty() && !ended_) {
      if (take_message()) continue;
      if (source_done_) {
        finish();
        break;
      }
      if (!source_) {
        source_done_ = true;
        continue;
      }
      auto chunk = co_await source_->pull();
      if (!chunk) co_return fail(chunk.error());
      source_done_ = chunk->last;
      in_ += chunk->data;
    }
    co_return codec::Chunk{out_, ended_};
  }

 private:
  static constexpr size_t kPrefix = 5;
  static constexpr size_t kMostMessage = 16 * 1024 * 1024;
  static constexpr size_t kMostOut = 1024 * 1024;  // of repeats, at once

  // A whole message was there: it was put out, or kept.
  bool take_message() {
    if (repeats_left_ > 0) {
      for (; repeats_left_ > 0 && out_.size() < kMostOut; --repeats_left_) out_ += last_;
      return true;
    }
    if (in_.size() < kPrefix) return false;
    size_t size = 0;
    for (size_t i = 1; i < kPrefix; ++i) size = size << 8 | static_cast<unsigned char>(in_[i]);
    if (size > kMostMessage) {
      spec_.status = 8;  // RESOURCE_EXHAUSTED
      spec_.message = "message is too large";
      source_done_ = true;
      in_.clear();
      return false;
    }
    if (in_.size() < kPrefix + size) return false;
    last_ = in_.substr(0, kPrefix + size);
    in_.erase(0, kPrefix + size);
    if (!spec_.last_only) repeats_left_ = spec_.repeat;
    return true;
  }

  void finish() {
    if (!in_.empty()) {
      spec_.status = 13;  // INTERNAL
      spec_.message = "the stream ends within a message";
    }
    if (spec_.last_only && spec_.status == 0) out_ = last_;
    trailers_.add("grpc-status", arena_.copy(std::to_string(spec_.status)));
    if (!spec_.message.empty()) trailers_.add("grpc-message", arena_.copy(spec_.message));
    add_pairs(arena_, spec_.trailers, trailers_);
    ended_ = true;
  }

  Arena& arena_;
  codec::BodyPtr source_;
  GrpcSpec spec_;
  http::Headers trailers_;
  std::string in_, out_, last_;
  uint32_t repeats_left_ = 0;
  bool source_done_ = false;
  bool ended_ = false;
};

}  // namespace

codec::BodyPtr make_content(Arena& arena, ContentSpec spec) {
  return codec::BodyPtr(new Content(arena, std::move(spec)));
}

codec::BodyPtr make_mirror(codec::BodyPtr source, std::optional<uint64_t> cut_after) {
  return codec::BodyPtr(new Mirror(std::move(source), cut_after));
}

codec::BodyPtr make_grpc(Arena& arena, codec::BodyPtr source, GrpcSpec spec) {
  return codec::BodyPtr(new GrpcMessages(arena, std::move(source), std::move(spec)));
}

}  // namespace mesh::echo
