// Checks over the whole model, after every file is read. Each adds findings through the reader.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "config/model.h"
#include "config/reader.h"

namespace mesh::config {

struct Environment;

// MC1201, MC1202, MC1205, MC1206, MC1207: names that nothing defines, and definitions that nothing uses.
void check_names(const Model& model, Reader& reader);
// MC1101, MC1103, MC1104, MC1107, MC1204: filters that cannot work where they stand.
void check_filters(const Model& model, Reader& reader);
// MC1301, MC1310: routes that never get a request because of another.
void check_routes(const Model& model, Reader& reader);
// MC1401: two listeners on one address. MC1402, MC1403: certificates and keys.
void check_listeners(const Model& model, Reader& reader);
void check_key_files(const Model& model, Reader& reader, const Environment& environment,
                     const std::function<void(const std::string&)>& used);

// Whether a host that fits `pattern` ("shop.example", "*.example") may also fit `other`.
bool hosts_overlap(std::string_view pattern, std::string_view other);

}  // namespace mesh::config
