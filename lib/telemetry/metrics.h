// Counts exchanges. Each worker has its shard and remembers the cells of every (listener, route, service) it has met,
// so that an exchange costs one look-up and a handful of additions.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exchange/record.h"
#include "telemetry/cells.h"
#include "telemetry/registry.h"

namespace mesh::telemetry {

// Used by one worker's thread; shard() may be read by any.
class WorkerMetrics {
 public:
  explicit WorkerMetrics(Registry& registry) : registry_(registry) {}
  WorkerMetrics(const WorkerMetrics&) = delete;
  WorkerMetrics& operator=(const WorkerMetrics&) = delete;

  void finish(const exchange::Record& record);
  void rejected(std::string_view listener, exchange::EndReason reason, int status, uint64_t received, uint64_t sent);
  void connection_refused(std::string_view listener);
  void handshake_failed(std::string_view listener);

  Shard& shard() { return shard_; }
  const Shard& shard() const { return shard_; }

 private:
  // Cells by a small number: a status, a reason. Few are ever used together.
  struct Choice {
    std::vector<std::pair<int, Cell*>> cells;
    Cell* find(int value) const {
      for (const auto& [known, cell] : cells)
        if (known == value) return cell;
      return nullptr;
    }
  };
  struct Cells {
    std::string listener, route, service;
    Choice by_code, by_reason, upstream_by_code, tcp_by_reason;
    Cell* duration = nullptr;
    Cell* received = nullptr;
    Cell* sent = nullptr;
    Cell* upstream_response = nullptr;
    Cell* upstream_retries = nullptr;
    Cell* tcp_received = nullptr;
    Cell* tcp_sent = nullptr;
    Cell* refused = nullptr;
    Cell* handshakes = nullptr;
  };

  Cells& cells_of(std::string_view listener, std::string_view route, std::string_view service);
  Cells& look_up(std::string_view listener, std::string_view route, std::string_view service);
  void finish_tcp(Cells& cells, const exchange::Record& record);
  void count_reason(Cells& cells, exchange::EndReason reason);
  template <class... Labels>
  Cell* make(Family family, const Labels&... labels) {
    std::array<std::string_view, sizeof...(labels)> values{std::string_view(labels)...};
    return shard_.make(registry_.find(family, values));
  }
  template <class... Labels>
  Cell* once(Cell*& cell, Family family, const Labels&... labels) {
    if (cell == nullptr) [[unlikely]]
      cell = make(family, labels...);
    return cell;
  }
  template <class Make>
  Cell* once(Choice& choice, int value, Make make_cell) {
    Cell* cell = choice.find(value);
    if (cell == nullptr) [[unlikely]] {
      cell = make_cell();
      choice.cells.emplace_back(value, cell);
    }
    return cell;
  }
  static void observe(Cell* histogram, int64_t ns);

  static constexpr size_t kRecent = 1024;
  // Combinations remembered between two reloads; whatever is beyond them is counted as "other".
  static constexpr size_t kMost = 50'000;

  Registry& registry_;
  Shard shard_;
  uint32_t epoch_ = 0;
  std::array<Cells*, kRecent> recent_{};  // by the addresses of the names
  std::unordered_map<std::string, std::unique_ptr<Cells>> all_;
};

}  // namespace mesh::telemetry
