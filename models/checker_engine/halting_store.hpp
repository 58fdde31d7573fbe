// HaltingStore: counts the steps of a thread, and stops it for ever before one of them. A step is one access to a shared word.
//
// Thread safety: one store per thread of the scenario. Invariants: PRG-1 (measured).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "models/scenario/forwarding_store.hpp"

namespace rarena::models::checking {

inline constexpr std::array<std::string_view, 7> call_names = {
    "allocate", "deallocate", "increase_discarded", "discard_freelist", "walk", "merge", "flush"};

// The largest number of own steps that a call was seen to take, by the order of call_names.
using CallSteps = std::array<unsigned, call_names.size()>;

// Thrown by the step that a thread does not take.
struct Halted {};

// What one thread of one execution has done.
struct Pace {
  static constexpr unsigned never = std::numeric_limits<unsigned>::max();

  unsigned halts_before = never;  // how many steps it takes
  CallSteps* longest = nullptr;   // of all threads and executions
  unsigned steps = 0;
  std::size_t call = 0;
  unsigned in_call = 0;
};

template <EngineStore Base>
class HaltingStore : public ForwardingStore<Base> {
 public:
  HaltingStore(Base base, Pace& pace) : ForwardingStore<Base>(base), pace_(&pace) {}

  // The client says which call begins.
  void begin_call(std::string_view name) const {
    pace_->call = static_cast<std::size_t>(std::ranges::find(call_names, name) - call_names.begin());
    pace_->in_call = 0;
  }

  template <class T>
  T load(Word<T> word, Site site, Location where = Location::current()) const {
    step();
    return base_.load(word, site, where);
  }
  template <class T>
  void store(Word<T> word, T value, Site site, Location where = Location::current()) const {
    step();
    base_.store(word, value, site, where);
  }
  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location where = Location::current()) const {
    step();
    return base_.compare_exchange_weak(word, expected, value, site, where);
  }
  template <class T>
  T fetch_add(Word<T> word, T value, Site site, Location where = Location::current()) const {
    step();
    return base_.fetch_add(word, value, site, where);
  }

 private:
  using ForwardingStore<Base>::base_;

  void step() const {
    if (pace_->steps == pace_->halts_before) throw Halted{};
    ++pace_->steps;
    unsigned& longest = (*pace_->longest)[pace_->call];
    longest = std::max(longest, ++pace_->in_call);
  }

  Pace* pace_;
};

}  // namespace rarena::models::checking
