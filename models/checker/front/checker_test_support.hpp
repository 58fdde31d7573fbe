// What the checker's tests share: short names of orders, and the program that this thread checks.
#pragma once

#include <atomic>

#include "objects.hpp"

namespace checker {

inline constexpr std::memory_order relaxed = std::memory_order_relaxed, acquire = std::memory_order_acquire,
                                   release = std::memory_order_release, acq_rel = std::memory_order_acq_rel,
                                   seq_cst = std::memory_order_seq_cst;

inline Program& current_program() { return Objects::of_this_process().program(); }

}  // namespace checker
