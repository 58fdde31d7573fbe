// Which processor a thread is on, and how many there are: hints, for what is to lie near to one of them.
//
// Source: sched_getcpu(3), sysconf(3). Thread safety: any number of threads. Progress: wait-free.
#pragma once

#include <cstddef>

#include "system.hpp"

namespace rarena::detail::processors {

// At least one.
inline std::size_t count() noexcept {
  const long configured = os::processors();
  return configured > 0 ? static_cast<std::size_t>(configured) : 1;
}

// Of the caller, as it was a moment ago: below count(). 0, if the system does not say.
inline std::size_t current(std::size_t count) noexcept {
  const int now = os::processor();
  return now > 0 ? static_cast<std::size_t>(now) % count : 0;
}

}  // namespace rarena::detail::processors
