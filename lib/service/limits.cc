#include "service/limits.h"

namespace mesh::service {

RetryBudget::Slot& RetryBudget::slot(Instant now) {
  int64_t second = now.ns / 1'000'000'000;
  Slot& slot = slots_[second % kWindowSeconds];
  if (slot.second != second) slot = {second, 0, 0};
  return slot;
}

bool RetryBudget::take(Instant now, double percent, uint32_t min_per_second) {
  Slot& current = slot(now);
  uint64_t requests = 0, retries = 0;
  for (const Slot& s : slots_) {
    if (s.second <= current.second - kWindowSeconds) continue;
    requests += s.requests;
    retries += s.retries;
  }
  double allowed = static_cast<double>(requests) * percent / 100.0 + double{kWindowSeconds} * min_per_second;
  if (static_cast<double>(retries) + 1 > allowed) return false;
  current.retries++;
  return true;
}

}  // namespace mesh::service
