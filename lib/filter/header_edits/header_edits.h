// The filters request_headers and response_headers: remove, then set, then add.
#pragma once

#include <string>
#include <vector>

#include "config/model.h"
#include "filter/filter.h"
#include "route/template.h"

namespace mesh::filter {

class HeaderEdits {
 public:
  static Result<HeaderEdits> compile(const config::HeaderEdits& edits, const SourcePos& pos);

  void apply(exchange::Exchange& exchange, http::Headers& headers) const;
  // "set x-a, remove cookie".
  std::string describe() const;

 private:
  struct Name {
    std::string text;
    http::HeaderId id;
  };
  struct Edit {
    Name name;
    route::Template value;
  };
  static void push(exchange::Exchange& exchange, http::Headers& headers, const Edit& edit);

  std::vector<Name> remove_;
  std::vector<Edit> set_;
  std::vector<Edit> add_;
};

class RequestHeadersFilter final : public Filter {
 public:
  RequestHeadersFilter(SourcePos pos, HeaderEdits edits) : Filter(std::move(pos)), edits_(std::move(edits)) {}
  std::optional<codec::Response> on_request(exchange::Exchange& exchange) const override;
  std::string describe() const override { return "request_headers " + edits_.describe(); }

 private:
  HeaderEdits edits_;
};

class ResponseHeadersFilter final : public Filter {
 public:
  ResponseHeadersFilter(SourcePos pos, HeaderEdits edits) : Filter(std::move(pos)), edits_(std::move(edits)) {}
  void on_response(exchange::Exchange& exchange, codec::Response& response) const override;
  std::string describe() const override { return "response_headers " + edits_.describe(); }

 private:
  HeaderEdits edits_;
};

}  // namespace mesh::filter
