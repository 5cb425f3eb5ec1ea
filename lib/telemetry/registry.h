// Which series there are: a family with its label values, and the cells that hold them in every shard. Label values
// come from the configuration and from fixed lists only, and their number is bounded (threats RS-09).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/families.h"

namespace mesh::telemetry {

struct Series {
  Family family;
  std::vector<std::string> labels;  // values, in the family's order
  uint32_t cell = 0;                // the first one
  uint32_t cells = 1;
};

class Registry {
 public:
  // Sets of label values in the whole process; a histogram counts as one. Some are kept back for "other".
  static constexpr size_t kMaxSeries = 2'000;
  static constexpr size_t kReserved = 100;

  // Names the configuration in force has. The ones of the configuration before stay known, for exchanges that began
  // under it; older ones are forgotten with their series, `clear` being called for each of their cells.
  void apply(std::set<std::string> names, const std::function<void(uint32_t cell)>& clear);
  // Counts up with every apply(): whoever keeps cells looks them up again then.
  uint32_t epoch() const { return epoch_.load(std::memory_order_relaxed); }

  // The cells of a series, made if need be. Names that are not known become "other"; so do names beyond the bound.
  // Takes a lock. Never fails: when even "other" finds no room, cells that nobody reads are given.
  uint32_t find(Family family, std::span<const std::string_view> labels);

  // By family, then by label values.
  std::vector<std::shared_ptr<const Series>> list() const;
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  using Key = std::pair<Family, std::vector<std::string>>;
  bool known(std::string_view name) const;
  bool stale(const Series& series) const;
  uint32_t take_cells(uint32_t count);

  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<const Series>> series_;
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> names_before_;
  std::map<uint32_t, std::vector<uint32_t>> free_;  // by count of cells
  uint32_t used_ = kHistogramCells;                 // the first cells are read by nobody
  std::atomic<uint32_t> epoch_{0};
  std::atomic<uint64_t> dropped_{0};
};

}  // namespace mesh::telemetry
