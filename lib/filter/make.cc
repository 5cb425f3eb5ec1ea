#include "filter/make.h"

namespace mesh::filter {

Result<FilterPtr> make_filter(const config::Filter& filter) {
  return fail(Errc::unsupported, filter.pos.to_string() + ": this filter is unknown");
}

}  // namespace mesh::filter
