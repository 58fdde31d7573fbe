// Members of a file that processes share, as a memory has them: whether all of them have died.
//
// Progress: wait-free, O(1). Thread safety: over bytes that nobody else may be changing, but for the words of cells.
// Invariants: REC-2.
#pragma once

#include <cstdint>
#include <optional>

#include "../layout/members.hpp"
#include "view.hpp"

namespace rarena {

// The table, if the memory names one and it is whole.
std::optional<Extent> member_table(const MemoryView& view);

// What the witnesses of the last writers say together, as the word of one: `owner_died` if all have died, a word with
// `unwitnessed` if one of them had no thread, else something without both.
std::uint32_t witness_of(const MemoryView& view);

}  // namespace rarena
