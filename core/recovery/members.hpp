// Members of a file that processes share, as a memory has them: whether all of them have died.
//
// Progress: wait-free, O(1), where nothing else is said. Thread safety: over bytes that nobody else may be changing, but for
// the words of cells. Invariants: REC-2, FL-1 (a table that a list names is not freed).
#pragma once

#include <cstdint>
#include <optional>

#include "../layout/members.hpp"
#include "structure.hpp"
#include "view.hpp"

namespace rarena::detail {

// The table, if the memory names one and it is whole.
std::optional<Extent> member_table(const MemoryView& view);

// The same, if it lies in the bytes in use and no list names any of it: then its bytes are nobody's when all members have died.
// O(free segments).
std::optional<Extent> table_to_free(const MemoryView& view, const Structure& structure);

// What the witnesses of the last writers say together, as the word of one: `owner_died` if all have died, a word with
// `unwitnessed` if one of them had no thread, else something without both.
std::uint32_t witness_of(const MemoryView& view);

}  // namespace rarena::detail
