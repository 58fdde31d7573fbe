// The shipped arenas, compiled once for all test programs: tests_precompiled.hpp.
#include "core/rarena.hpp"

namespace rarena {

template class LiveState<AtomicStore>;
template class LiveState<PlainStore>;

}  // namespace rarena
