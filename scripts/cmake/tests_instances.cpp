// The shipped arenas, compiled once for all test programs, where the library does not do that: tests_precompiled.hpp.
#include "core/rarena.hpp"

namespace rarena::detail {

#if !RARENA_IS_COMPILED_ONCE
template class LiveState<AtomicStore>;
template class LiveState<PlainStore>;
#endif

}  // namespace rarena::detail
