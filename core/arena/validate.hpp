// Checks of options, and of size and prefix of an existing file, made before anything is created or changed. The lists are
// examined in recovery/structure.hpp; core/FORMAT.md has all checks in their order.
//
// Progress: wait-free. Thread safety: functions of their arguments. Invariants: REC-1 (nothing here writes).
#pragma once

#include <cstdint>
#include <expected>

#include "../layout/error.hpp"
#include "../layout/geometry.hpp"
#include "options.hpp"

namespace rarena {

// The geometry that the options describe. Errors: invalid_alignment, size_too_large, wrong_freelist (not a kind),
// capacity_too_small.
std::expected<Geometry, Error> plan_geometry(const Options& options, bool unify);

// Whether a file of this size can be an arena. Errors: file_too_small, file_too_large.
std::expected<void, Error> check_size(std::uint64_t size, std::uint64_t reserved);

// Where everything lies in a file with this prefix, but for an index (geometry_of_file has that). Errors: not_an_arena,
// wrong_format_version (neither ours, an earlier one of ours nor the Rust crate's), file_too_small.
std::expected<Geometry, Error> check_prefix(const Prefix& prefix, Size reserved, Size size);

// Whether the prefix is what the options want. Errors: wrong_format_version (an earlier one, to be written to),
// wrong_magic_version, wrong_freelist.
std::expected<void, Error> check_options(const Prefix& prefix, const Options& options, bool writable);

}  // namespace rarena
