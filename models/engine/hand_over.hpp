// Who owns which unit of an engine's memory, and what a hand-over must find: the rules of claim, release and use, over one
// access that an engine supplies: a plain, race-checked exchange of a unit's owner.
//
// Thread safety: that of the access. Invariants: SEG-1 (owners), SEG-3 (as far as the access checks races).
#pragma once

#include <cstdint>

#include "core/layout/geometry.hpp"
#include "models/scenario/image.hpp"

namespace rarena::models {

using Owner = std::uint64_t;
inline constexpr Owner nobody = 0;
constexpr Owner owner_of(unsigned thread) { return thread + 1; }

enum class HandOver : std::uint8_t { claim, release, use };

constexpr const char* name(HandOver what) {
  constexpr std::array<const char*, 3> names = {"claim", "release", "payload write"};
  return names[static_cast<std::size_t>(what)];
}

// What is wrong if a unit that `me` hands over had the owner `was`, or nullptr.
constexpr const char* wrong_owner(HandOver what, Owner was, Owner me) {
  switch (what) {
    case HandOver::claim: return was == nobody ? nullptr : "SEG-1: bytes that have an owner were handed out";
    case HandOver::release: return was != nobody ? nullptr : "SEG-1: bytes without an owner were freed";
    case HandOver::use: return was == me ? nullptr : "SEG-1: a thread's segment has another owner";
  }
  return nullptr;
}

// exchange(number of the unit, owner) returns the owner before; check(condition, message) ends the run as a violation.
template <class Exchange, class Check>
void hand_over(HandOver what, const Geometry& geometry, const Units& units, Extent extent, unsigned thread, Exchange exchange,
               Check check) {
  check(extent.offset >= geometry.data_offset() && extent.end() <= geometry.capacity(),
        "SEG-1: a segment lies outside the data");
  check(units.divide(extent), "model: the scenario is not made of its units");
  const Owner me = owner_of(thread), next = what == HandOver::release ? nobody : me;
  for (Offset at = extent.offset; at < extent.end(); at += units.size) {
    if (const char* const wrong = wrong_owner(what, exchange(units.number(at), next), me)) check(false, wrong);
  }
}

}  // namespace rarena::models
