// Answers that filters make.
#pragma once

#include <string_view>

#include "codec/client.h"
#include "exchange/exchange.h"

namespace mesh::filter {

// A response with this content; without any when `text` is empty or the status has none. Views must outlive the
// exchange or lie in its arena. Sets the record's reason and place.
codec::Response make_answer(exchange::Exchange& exchange, const SourcePos& pos, exchange::EndReason reason, int status,
                            std::string_view content_type = {}, std::string_view text = {});

// The documented answer of a reason, as text.
codec::Response refuse(exchange::Exchange& exchange, const SourcePos& pos, exchange::EndReason reason);

}  // namespace mesh::filter
