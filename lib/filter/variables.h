// What "{name}" stands for in texts of filters: a variable of the route's path template, or a fact of the request.
#pragma once

#include <string_view>

#include "base/result.h"
#include "exchange/exchange.h"
#include "route/template.h"

namespace mesh::filter {

// The value for the exchange; empty when there is none. Variables of the path come before facts of the same name.
// Facts: host, path, query, method, scheme, client_ip, request_id, route, sni, identity.
std::string_view value_of(const exchange::Exchange& exchange, std::string_view name);

// Refuses names that can never have a value: those with a '.' (kinds of facts that are not there).
Status check_variables(const route::Template& text, const SourcePos& pos);

}  // namespace mesh::filter
