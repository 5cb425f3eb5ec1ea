#include "codec/text_body.h"

#include <new>

namespace mesh::codec {

namespace {

class TextBody final : public Body {
 public:
  explicit TextBody(std::string_view text) : text_(text) {}
  void release() noexcept override {}
  bool ready() const override { return true; }
  async::Task<Result<Chunk>> pull() override { co_return Chunk{text_, true}; }

 private:
  std::string_view text_;
};

}  // namespace

BodyPtr text_body(Arena& arena, std::string_view text) {
  return BodyPtr(new (arena.allocate(sizeof(TextBody), alignof(TextBody))) TextBody(text));
}

}  // namespace mesh::codec
