#include "telemetry/registry.h"

#include <utility>

#include "telemetry/cells.h"

namespace mesh::telemetry {

namespace {

// Values of the other labels come from fixed lists.
bool is_name(std::string_view label) { return label == "listener" || label == "route" || label == "service"; }

}  // namespace

bool Registry::known(std::string_view name) const {
  return name == kNone || name == kOther || names_.contains(name) || names_before_.contains(name);
}

bool Registry::stale(const Series& series) const {
  auto labels = describe(series.family).labels;
  for (size_t i = 0; i < labels.size(); ++i)
    if (is_name(labels[i]) && !known(series.labels[i])) return true;
  return false;
}

void Registry::apply(std::set<std::string> names, const std::function<void(uint32_t cell)>& clear) {
  std::lock_guard lock(mutex_);
  names_before_ = std::move(names_);
  names_.clear();
  names_.insert(std::make_move_iterator(names.begin()), std::make_move_iterator(names.end()));
  std::erase_if(series_, [&](const auto& entry) {
    const Series& series = *entry.second;
    if (!stale(series)) return false;
    for (uint32_t i = 0; i < series.cells; ++i) clear(series.cell + i);
    free_[series.cells].push_back(series.cell);
    return true;
  });
  epoch_.fetch_add(1, std::memory_order_relaxed);
}

uint32_t Registry::find(Family family, std::span<const std::string_view> labels) {
  std::lock_guard lock(mutex_);
  const FamilyInfo& info = describe(family);
  Key key{family, {}};
  for (size_t i = 0; i < labels.size(); ++i)
    key.second.emplace_back(is_name(info.labels[i]) && !known(labels[i]) ? kOther : labels[i]);
  if (auto found = series_.find(key); found != series_.end()) return found->second->cell;
  if (series_.size() >= kMaxSeries - kReserved) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    for (size_t i = 0; i < labels.size(); ++i)
      if (is_name(info.labels[i])) key.second[i] = kOther;
    if (auto found = series_.find(key); found != series_.end()) return found->second->cell;
    if (series_.size() >= kMaxSeries) return 0;
  }
  uint32_t cells = info.type == Type::histogram ? kHistogramCells : 1;
  uint32_t cell = take_cells(cells);
  if (cell == 0) return 0;
  series_.emplace(key, std::make_shared<const Series>(family, key.second, cell, cells));
  return cell;
}

// 0 when the shards are full.
uint32_t Registry::take_cells(uint32_t count) {
  if (auto& free = free_[count]; !free.empty()) {
    uint32_t cell = free.back();
    free.pop_back();
    return cell;
  }
  // The cells of one series lie in one chunk.
  if (used_ / Shard::kChunk != (used_ + count - 1) / Shard::kChunk) used_ = (used_ / Shard::kChunk + 1) * Shard::kChunk;
  if (used_ + count > Shard::kCells) return 0;
  return std::exchange(used_, used_ + count);
}

std::vector<std::shared_ptr<const Series>> Registry::list() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const Series>> out;
  out.reserve(series_.size());
  for (const auto& [key, series] : series_) out.push_back(series);
  return out;
}

}  // namespace mesh::telemetry
