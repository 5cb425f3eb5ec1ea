// Every command of the binary; the list is made by the build from the files of this folder.
#pragma once

#include "cli/spec.h"

mesh::cli::Commands all_commands();
