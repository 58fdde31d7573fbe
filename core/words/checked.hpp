// Whether this build checks how it is used: with RARENA_CHECKED=1 (CMake: RARENA_CHECKED=ON), and under AddressSanitizer.
//
// All of a program must be compiled with one answer. Thread safety: a constant.
#pragma once

#include "ghosts.hpp"

namespace rarena {

#if defined(RARENA_CHECKED)
inline constexpr bool checked = RARENA_CHECKED != 0;
#elif defined(RARENA_ASAN)
inline constexpr bool checked = true;
#else
inline constexpr bool checked = false;
#endif

}  // namespace rarena
