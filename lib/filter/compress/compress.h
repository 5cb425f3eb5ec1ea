// The filter compress: encodes responses by Accept-Encoding as they stream.
#pragma once

#include "config/model.h"
#include "filter/filter.h"

namespace mesh::filter {

// Left as they are: answers to HEAD, 1xx, 204, 205, 206 and 304, what has a Content-Encoding or Content-Range, what
// says no-transform (RFC 9111 §5.2.2.6), bodies known to be shorter than min_size, other media types.
class CompressFilter final : public Filter {
 public:
  CompressFilter(SourcePos pos, config::Compress compress);
  // Chooses the coding: a later filter may take Accept-Encoding away, so that the upstream does not encode.
  std::optional<codec::Response> on_request(exchange::Exchange& exchange) const override;
  void on_response(exchange::Exchange& exchange, codec::Response& response) const override;
  std::string describe() const override;

  // "text/*" takes any text type, "application/*+json" any with that suffix. Parameters do not count.
  bool takes_type(std::string_view content_type) const;

 private:
  bool may_vary(const codec::Response& response) const;
  config::Compress compress_;
};

}  // namespace mesh::filter
