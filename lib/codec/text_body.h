// Content that is at hand as a whole.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "codec/body.h"

namespace mesh::codec {

// `text` must live as long as the arena does; the body lives in the arena.
BodyPtr text_body(Arena& arena, std::string_view text);

}  // namespace mesh::codec
