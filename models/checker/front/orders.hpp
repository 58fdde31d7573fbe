// Memory orders of the standard library as the checker's own, what each operation may have, and fences.
//
// Thread safety: functions.
#pragma once

#include <atomic>
#include <cstdint>

#include "models/checker/explore/execution.hpp"

namespace checker {

constexpr Order to_order(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed: return Order::relaxed;
    case std::memory_order_consume:
    case std::memory_order_acquire: return Order::acquire;
    case std::memory_order_release: return Order::release;
    case std::memory_order_acq_rel: return Order::acq_rel;
    case std::memory_order_seq_cst: return Order::seq_cst;
  }
  return Order::seq_cst;
}

// The failure order that a compare-exchange with one order has.
constexpr std::memory_order failure_of(std::memory_order order) {
  if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
  return order == std::memory_order_release ? std::memory_order_relaxed : order;
}

// Orders that C++ forbids are misuse: in a check a violation, outside std::invalid_argument.
[[noreturn]] void forbidden_order(const char* operation, std::memory_order order, const char* expected, Location where);

// The order of what only reads: a load, a wait, a compare-exchange that fails.
constexpr Order reading(const char* operation, std::memory_order order, Location where) {
  if (order == std::memory_order_release || order == std::memory_order_acq_rel) [[unlikely]]
    forbidden_order(operation, order, "relaxed, consume, acquire or seq_cst", where);
  return to_order(order);
}
// The order of what only writes.
constexpr Order writing(const char* operation, std::memory_order order, Location where) {
  if (order != std::memory_order_relaxed && order != std::memory_order_release && order != std::memory_order_seq_cst)
      [[unlikely]]
    forbidden_order(operation, order, "relaxed, release or seq_cst", where);
  return to_order(order);
}

// The order of a fence, and where it stands.
struct FenceOrder {
  std::memory_order order;
  Location where;
  explicit(false) constexpr FenceOrder(std::memory_order o, Location w = Location::current()) : order(o), where(w) {}
  explicit(false) constexpr operator std::memory_order() const { return order; }
};

inline void atomic_thread_fence(FenceOrder fence) {
  if (Execution* e = Execution::current()) e->fence({.order = to_order(fence.order), .where = fence.where});
}
// Of the compiler alone, which the checker does not look at.
inline void atomic_signal_fence(std::memory_order) {}

}  // namespace checker

// An unqualified call finds std::atomic_thread_fence by its argument, and the checker would never see that fence. With an
// argument of the checker's own it finds the checker's; std::atomic_thread_fence stays what it is. A header that declares a
// function of this name must be included before, or CHECKER_KEEP_FENCES be defined.
#ifndef CHECKER_KEEP_FENCES
#define atomic_thread_fence(...) atomic_thread_fence(::checker::FenceOrder(__VA_ARGS__))
#endif
