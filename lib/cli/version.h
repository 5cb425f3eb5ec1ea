// The version of this build.
#pragma once

namespace mesh::cli {

const char* version();  // "0.1.0"

}  // namespace mesh::cli
