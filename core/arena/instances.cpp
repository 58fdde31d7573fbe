// The shipped arenas, compiled once: live_state.hpp.
#include "arena.hpp"

namespace rarena::detail {

RARENA_COMPILED_ONCE(template class LiveState<AtomicStore>; template class LiveState<PlainStore>;)

}  // namespace rarena::detail
