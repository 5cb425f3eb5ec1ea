#include "cli/version.h"

namespace mesh::cli {

const char* version() { return MESH_VERSION; }

}  // namespace mesh::cli
