// From the configuration's filters to filters that run.
#pragma once

#include "base/result.h"
#include "config/model.h"
#include "filter/filter.h"

namespace mesh::filter {

// Errors: invalid, with file:line:column, for what the configuration's own checks cannot see (a template that names an
// unknown variable).
Result<FilterPtr> make_filter(const config::Filter& filter);

}  // namespace mesh::filter
