#include "bad_alloc.hpp"

namespace rarena {

void throw_bad_alloc(const Error& error) { throw BadAlloc(error); }

}  // namespace rarena
