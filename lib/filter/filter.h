// A filter sees a request on its way up and the response on its way back. It is immutable and shared by all exchanges
// of a snapshot; what belongs to one request is local or in the Exchange. No filter here waits for anything, so a chain
// runs in the exchange's own frame, and offline just as it runs live.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/source.h"
#include "codec/client.h"
#include "exchange/exchange.h"

namespace mesh::filter {

class Filter {
 public:
  explicit Filter(SourcePos pos) : pos_(std::move(pos)) {}
  virtual ~Filter() = default;

  // May edit the upstream view of the request. An answer ends the way up: neither later filters nor the upstream see
  // the request, and the answer goes back through the filters passed so far. The filter that answers sets
  // exchange.record.reason and the place that decided.
  virtual std::optional<codec::Response> on_request(exchange::Exchange& exchange) const { return std::nullopt; }

  // May edit the response head and wrap its body. Called in reverse order, also for answers made by the proxy.
  virtual void on_response(exchange::Exchange& exchange, codec::Response& response) const {}

  // For `route explain`: "rewrite prefix /v1 -> /".
  virtual std::string describe() const = 0;
  const SourcePos& pos() const { return pos_; }

 private:
  SourcePos pos_;
};

using FilterPtr = std::unique_ptr<const Filter>;
using Chain = std::vector<FilterPtr>;

}  // namespace mesh::filter
