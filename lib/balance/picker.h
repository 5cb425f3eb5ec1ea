// Choosing an endpoint of a service. Pure apart from the injected Random; a picker belongs to one worker and one
// service, costs no allocation per pick and needs no notice when endpoints come and go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/random.h"

namespace mesh::balance {

// In the order of the configuration's enum.
enum class Kind : uint8_t { round_robin, least_request, random };
std::string_view to_string(Kind kind);

struct Load {
  uint32_t weight = 1;  // 0 is never chosen
  uint32_t active = 0;  // requests under way
};

constexpr size_t kNone = static_cast<size_t>(-1);

// A view of a callable that outlives the call it is passed to.
template <class Signature>
class Callable;
template <class R, class... Args>
class Callable<R(Args...)> {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, Callable>)
  Callable(F&& f)  // NOLINT: made from a lambda at the call
      : object_(const_cast<void*>(static_cast<const void*>(&f))), call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(args...);
        }) {}
  R operator()(Args... args) const { return call_(object_, args...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

class Picker {
 public:
  using LoadOf = Callable<Load(size_t)>;
  using Eligible = Callable<bool(size_t)>;

  virtual ~Picker() = default;
  // An index below `count` whose endpoint is eligible and has a weight, or kNone when there is none. `load` and
  // `eligible` are asked for as few endpoints as the kind needs: least-request and random look at a handful.
  virtual size_t pick(size_t count, LoadOf load, Eligible eligible, Random& random) = 0;
};

std::unique_ptr<Picker> make_picker(Kind kind);

}  // namespace mesh::balance
