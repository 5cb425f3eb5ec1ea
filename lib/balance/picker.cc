#include "balance/picker.h"

#include <algorithm>
#include <numeric>

namespace mesh::balance {

namespace {

// How many random tries before all endpoints are looked at.
constexpr int kTries = 8;

// The eligible endpoints counted by weight, in one pass; a draw among them in a second one. For when most are out.
size_t scan(size_t count, const Picker::LoadOf& load, const Picker::Eligible& eligible, Random& random, size_t except) {
  uint64_t total = 0;
  for (size_t i = 0; i < count; ++i)
    if (i != except && load(i).weight > 0 && eligible(i)) total += load(i).weight;
  if (total == 0) return kNone;
  uint64_t point = random.below(total);
  for (size_t i = 0; i < count; ++i) {
    if (i == except) continue;
    uint64_t weight = load(i).weight;
    if (weight == 0 || !eligible(i)) continue;
    if (point < weight) return i;
    point -= weight;
  }
  return kNone;  // eligibility changed between the passes
}

// Notices that endpoints or their weights have changed, by looking at all of them now and then.
class WeightWatch {
 public:
  // True when weights() is not what it was.
  bool changed(size_t count, const Picker::LoadOf& load) {
    if (count == weights_.size() && --left_ > 0) return false;
    left_ = kInterval;
    bool differs = count != weights_.size();
    weights_.resize(count);
    for (size_t i = 0; i < count; ++i) {
      uint32_t weight = load(i).weight;
      differs = differs || weights_[i] != weight;
      weights_[i] = weight;
    }
    return differs;
  }
  const std::vector<uint32_t>& weights() const { return weights_; }
  // All that are not 0 are the same.
  bool equal() const {
    uint32_t one = 0;
    for (uint32_t weight : weights_) {
      if (weight == 0) continue;
      if (one != 0 && weight != one) return false;
      one = weight;
    }
    return true;
  }

 private:
  static constexpr uint32_t kInterval = 1024;  // picks between two looks
  std::vector<uint32_t> weights_;
  uint32_t left_ = 0;
};

// A draw by weight in constant time: Vose's alias method over integers, so the shares are exact.
class WeightedDraw {
 public:
  size_t draw(size_t count, const Picker::LoadOf& load, const Picker::Eligible& eligible, Random& random) {
    if (count == 0) return kNone;
    if (watch_.changed(count, load)) rebuild();
    return again(count, load, eligible, random, kNone);
  }
  // Another one, not `except`; after draw().
  size_t again(size_t count, const Picker::LoadOf& load, const Picker::Eligible& eligible, Random& random,
               size_t except) {
    for (int i = 0; i < kTries; ++i) {
      auto at = static_cast<size_t>(random.below(count));
      if (!slots_.empty() && random.below(total_) >= slots_[at].keep) at = slots_[at].other;
      if (at != except && load(at).weight > 0 && eligible(at)) return at;
    }
    return scan(count, load, eligible, random, except);
  }

 private:
  struct Slot {
    uint64_t keep = 0;  // of total_
    size_t other = 0;
  };

  void rebuild() {
    slots_.clear();
    if (watch_.equal()) return;
    const std::vector<uint32_t>& weights = watch_.weights();
    total_ = 0;
    for (uint32_t weight : weights) total_ += weight;
    slots_.resize(weights.size());
    std::vector<size_t> small, large;
    for (size_t i = 0; i < weights.size(); ++i) {
      slots_[i] = {uint64_t{weights[i]} * weights.size(), i};
      (slots_[i].keep < total_ ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      size_t poor = small.back(), rich = large.back();
      small.pop_back();
      slots_[poor].other = rich;
      slots_[rich].keep -= total_ - slots_[poor].keep;
      if (slots_[rich].keep >= total_) continue;
      large.pop_back();
      small.push_back(rich);
    }
  }

  WeightWatch watch_;
  std::vector<Slot> slots_;  // empty when weights are equal
  uint64_t total_ = 0;
};

class RandomPicker final : public Picker {
 public:
  size_t pick(size_t count, LoadOf load, Eligible eligible, Random& random) override {
    return draw_.draw(count, load, eligible, random);
  }

 private:
  WeightedDraw draw_;
};

// Power of two choices: of two endpoints drawn by weight, the one with fewer requests per weight. Between equally busy
// ones the first draw decides, so that an idle service sees the weights too.
class LeastRequestPicker final : public Picker {
 public:
  size_t pick(size_t count, LoadOf load, Eligible eligible, Random& random) override {
    size_t one = draw_.draw(count, load, eligible, random);
    if (one == kNone || count == 1) return one;
    size_t two = draw_.again(count, load, eligible, random, one);
    if (two == kNone) return one;
    Load a = load(one), b = load(two);
    return uint64_t{b.active} * a.weight < uint64_t{a.active} * b.weight ? two : one;
  }

 private:
  WeightedDraw draw_;
};

// With equal weights plain turns. Else smooth weighted turns: each turn everybody gains its weight and the one that has
// most pays the sum of all; one cycle of such turns is computed in advance.
class RoundRobinPicker final : public Picker {
 public:
  size_t pick(size_t count, LoadOf load, Eligible eligible, Random& random) override {
    if (count == 0) return kNone;
    bool first = watch_.weights().empty();
    if (watch_.changed(count, load)) rebuild();
    // Workers must not all begin with the same endpoint.
    if (first) next_ = static_cast<size_t>(random.below(schedule_.empty() ? count : schedule_.size()));
    for (size_t i = 0; i < kLooks && !schedule_.empty(); ++i) {
      if (next_ >= schedule_.size()) next_ = 0;
      size_t at = schedule_[next_++];
      if (load(at).weight > 0 && eligible(at)) return at;
    }
    return plain_turn(count, load, eligible);
  }

 private:
  // Weights whose cycle would be longer are scaled down to it; none falls to nothing.
  static constexpr uint64_t kMaxCycle = 4096;
  // How far the schedule is looked through before the endpoints themselves are.
  static constexpr size_t kLooks = 64;

  void rebuild() {
    schedule_.clear();
    if (watch_.equal()) return;
    uint64_t divisor = 0, total = 0;
    for (uint32_t weight : watch_.weights()) {
      divisor = std::gcd(divisor, uint64_t{weight});
      total += weight;
    }
    std::vector<int64_t> gain, current(watch_.weights().size());
    int64_t sum = 0;
    for (uint32_t weight : watch_.weights()) {
      uint64_t scaled = weight / divisor;
      if (total / divisor > kMaxCycle && weight > 0) scaled = std::max<uint64_t>(1, weight * kMaxCycle / total);
      gain.push_back(static_cast<int64_t>(scaled));
      sum += gain.back();
    }
    schedule_.reserve(static_cast<size_t>(sum));
    for (int64_t turn = 0; turn < sum; ++turn) {
      size_t best = 0;
      for (size_t i = 0; i < gain.size(); ++i) {
        current[i] += gain[i];
        if (current[i] > current[best]) best = i;
      }
      current[best] -= sum;
      schedule_.push_back(static_cast<uint32_t>(best));
    }
  }

  size_t plain_turn(size_t count, const LoadOf& load, const Eligible& eligible) {
    size_t& next = schedule_.empty() ? next_ : plain_next_;
    for (size_t i = 0; i < count; ++i) {
      if (next >= count) next = 0;
      size_t at = next++;
      if (load(at).weight > 0 && eligible(at)) return at;
    }
    return kNone;
  }

  WeightWatch watch_;
  std::vector<uint32_t> schedule_;  // one cycle of turns; empty when weights are equal
  size_t next_ = 0;                 // in the schedule, or among the endpoints
  size_t plain_next_ = 0;           // among the endpoints, when the schedule finds none
};

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::round_robin:
      return "round-robin";
    case Kind::least_request:
      return "least-request";
    case Kind::random:
      return "random";
  }
  return {};
}

std::unique_ptr<Picker> make_picker(Kind kind) {
  switch (kind) {
    case Kind::round_robin:
      return std::make_unique<RoundRobinPicker>();
    case Kind::least_request:
      return std::make_unique<LeastRequestPicker>();
    case Kind::random:
      return std::make_unique<RandomPicker>();
  }
  return nullptr;
}

}  // namespace mesh::balance
