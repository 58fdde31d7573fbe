// Who calls, and how it waits: what the objects of this folder share.
//
// They are made of checker::atomic, so that an engine sees nothing but atomics; a thread that cannot go on awaits a value, and
// one that nobody can wake is a deadlock. Their memory orders are those that the standard asks of them, and no stronger.
//
// Thread safety: functions.
#pragma once

#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "models/checker/front/atomic.hpp"
#include "models/checker/front/marks.hpp"

namespace checker::sync {

// From 1; `finally`, and code outside of a check, is nobody's thread.
inline unsigned caller() {
  const Execution* e = Execution::current();
  return static_cast<unsigned>(e ? e->caller() : maximum_threads) + 1;
}
inline std::uint64_t bit_of_caller() { return std::uint64_t{1} << (caller() - 1); }

[[noreturn]] inline void misuse(const std::string& what, Location where) {
  if (Execution* e = Execution::current()) e->misuse(what, where);
  throw std::logic_error(what + " (" + where.file_name() + ":" + std::to_string(where.line()) + ")");
}

// The last value read was not the one that is waited for. Returns if it is to be read again.
inline void wait_for_another(Location where) {
  Execution* e = Execution::current();
  if (!e) misuse("code outside of a check would wait for ever", where);
  e->block(Obstacle::await, where);
}

inline constexpr std::memory_order relaxed = std::memory_order_relaxed, acquire = std::memory_order_acquire,
                                   release = std::memory_order_release, acq_rel = std::memory_order_acq_rel;

}  // namespace checker::sync
