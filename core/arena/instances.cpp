// The arenas that are shipped, compiled once. Programs of this tree take them from here: see the end of arena.hpp.
#include "arena.hpp"

namespace rarena {

template class ArenaState<AtomicStore>;
template class ArenaState<PlainStore>;

}  // namespace rarena
