// The two orders of the freelist. A policy says how sizes are sorted and where a search for a request stops.
//
//     optimistic   100 -> 96 -> 50    an allocation takes the head, or fails: O(1)
//     pessimistic  42 -> 84 -> 100    an allocation takes the first, hence smallest, segment that fits
//
// Thread safety: pure functions. Invariants: FL-1 (precedes), FL-4 (stops_at).
#pragma once

#include <concepts>

#include "../layout/extent.hpp"
#include "../layout/prefix.hpp"

namespace rarena::detail {

template <class P>
concept ListPolicy = requires(Size a, Size b, Extent extent, Request request) {
  { P::kind } -> std::convertible_to<Freelist>;
  { P::precedes(a, b) } -> std::same_as<bool>;             // a belongs strictly before b
  { P::stops_at(extent, request) } -> std::same_as<bool>;  // the search for the request ends at this segment
};

struct Optimistic {
  static constexpr Freelist kind = Freelist::optimistic;
  static constexpr bool precedes(Size a, Size b) { return a > b; }
  static constexpr bool stops_at(Extent, Request) { return true; }
};

struct Pessimistic {
  static constexpr Freelist kind = Freelist::pessimistic;
  static constexpr bool precedes(Size a, Size b) { return a < b; }
  static constexpr bool stops_at(Extent extent, Request request) {
    return extent.size >= request.size && fit(extent, request).has_value();
  }
};

// The order of a kind, where it is known at run time only.
constexpr bool precedes(Freelist kind, Size a, Size b) {
  return kind == Freelist::optimistic ? Optimistic::precedes(a, b) : Pessimistic::precedes(a, b);
}

static_assert(ListPolicy<Optimistic>);
static_assert(ListPolicy<Pessimistic>);

}  // namespace rarena::detail
