#include "filter/make.h"

#include "filter/compress/compress.h"
#include "filter/cors/cors.h"
#include "filter/header_edits/header_edits.h"
#include "filter/redirect/redirect.h"
#include "filter/respond/respond.h"
#include "filter/rewrite/rewrite.h"

namespace mesh::filter {

namespace {

struct Maker {
  const SourcePos& pos;

  template <class F>
  Result<FilterPtr> edits(const config::HeaderEdits& from) const {
    auto compiled = HeaderEdits::compile(from, pos);
    if (!compiled) return fail(compiled.error());
    return FilterPtr(std::make_unique<F>(pos, std::move(*compiled)));
  }

  Result<FilterPtr> operator()(const config::RequestHeaders& from) const { return edits<RequestHeadersFilter>(from); }
  Result<FilterPtr> operator()(const config::ResponseHeaders& from) const { return edits<ResponseHeadersFilter>(from); }
  Result<FilterPtr> operator()(const config::Rewrite& from) const { return RewriteFilter::create(pos, from); }
  Result<FilterPtr> operator()(const config::Redirect& from) const {
    return std::make_unique<RedirectFilter>(pos, from);
  }
  Result<FilterPtr> operator()(const config::Respond& from) const { return std::make_unique<RespondFilter>(pos, from); }
  Result<FilterPtr> operator()(const config::Cors& from) const { return std::make_unique<CorsFilter>(pos, from); }
  Result<FilterPtr> operator()(const config::Compress& from) const {
    return std::make_unique<CompressFilter>(pos, from);
  }
};

}  // namespace

Result<FilterPtr> make_filter(const config::Filter& filter) { return std::visit(Maker{filter.pos}, filter.what); }

}  // namespace mesh::filter
