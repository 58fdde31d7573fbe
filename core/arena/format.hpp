// What a fresh memory is given before anybody allocates in it: prefix, header and, where there are, annex and index with its
// root boundaries.
//
// Thread safety: nobody else uses the memory. Invariants: REC-2 (a file is marked as open from its first byte on).
#pragma once

#include <cstddef>
#include <optional>

#include "../layout/geometry.hpp"
#include "../layout/seal.hpp"
#include "options.hpp"

namespace rarena::detail {

// `memory` is zero, and its offset 0. A file has the marker of its first opening, with `identity` if it is known.
void format_memory(std::byte* memory, const Geometry& geometry, const Options& options, bool file,
                   const std::optional<FileIdentity>& identity);

}  // namespace rarena::detail
