#include "base/random.h"

#include <sys/random.h>

namespace mesh {

Random Random::from_system() {
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) __builtin_trap();
  return Random(seed);
}

}  // namespace mesh
