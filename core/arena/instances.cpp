// The shipped arenas, compiled once: arena.hpp.
#include "arena.hpp"

namespace rarena {

#if RARENA_COMPILED_ONCE
template class LiveState<AtomicStore>;
template class LiveState<PlainStore>;
#endif

}  // namespace rarena
