// Whether this build checks how it is used: with RARENA_CHECKED=1 (CMake: RARENA_CHECKED=ON), and under AddressSanitizer.
//
// All of a program must be compiled with one answer. Thread safety: a constant.
#pragma once

#include "ghosts.hpp"

namespace rarena::detail {

#if defined(RARENA_CHECKED)
#define RARENA_CHECKS (RARENA_CHECKED != 0)
#elif defined(RARENA_ASAN)
#define RARENA_CHECKS 1
#else
#define RARENA_CHECKS 0
#endif
inline constexpr bool checked = RARENA_CHECKS;

}  // namespace rarena::detail

// What the library has compiled for all programs. Those that check or are instrumented compile it themselves, because the
// library may not be so.
#if RARENA_CHECKS || defined(RARENA_ASAN) || defined(RARENA_MSAN) || defined(RARENA_TSAN)
#define RARENA_IS_COMPILED_ONCE 0
#define RARENA_COMPILED_ONCE(...)
#else
#define RARENA_IS_COMPILED_ONCE 1
#define RARENA_COMPILED_ONCE(...) __VA_ARGS__
#endif
