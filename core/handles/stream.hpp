// Errors, extents, allocations, kinds of freelists, arenas and recoveries for streams; users include <rarena/stream.hpp>.
//
//     std::clog << arena << '\n' << arena.recovery() << '\n';
//
// What they look like is in core/arena/text.hpp. The width and fill of the stream hold for the whole text.
//
// Thread safety: as text_of; the stream is the caller's.
#pragma once

#include <ostream>

#include "../arena/text.hpp"

namespace rarena {

/// Writes what text_of says. Throws std::bad_alloc, and what the stream throws.
template <HasText T>
std::ostream& operator<<(std::ostream& out, const T& value) {
  return out << text_of(value);
}

}  // namespace rarena
