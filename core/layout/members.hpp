// Members: the table of the processes that share a file. It is a segment of the arena, which the annex names for as long as any
// of them has the file open; a file at rest has none. Pure.
//
//     +0   u32  magic       member_table_magic
//     +4   u32  cells       member_limit
//     +8   u64  0
//     +16  witness cell     of each member, as in the annex (annex.hpp)
//
// Where there is a table, the cells of the annex mean nothing. A cell is 0 while it is nobody's, and while its member lives it
// is the thread that stands for its process, which the system replaces by `owner_died`. So the bytes say that nobody has the
// file open any more when all cells that are not 0 say so; and a copy that was made while any member lived does not.
//
// Thread safety: values only. Invariants: REC-2 (seal.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "annex.hpp"
#include "extent.hpp"
#include "word.hpp"

namespace rarena::detail {

struct MemberTable {
  std::uint32_t magic;
  std::uint32_t cells;
  std::uint64_t none;
};

// So many processes can share a file at a time.
inline constexpr std::uint32_t member_limit = 64;
inline constexpr std::uint32_t member_table_magic = 0x626d656d;  // "memb"
inline constexpr Size member_table_size = sizeof(MemberTable) + member_limit * sizeof(WitnessCell);
inline constexpr Size member_table_alignment = 16;
static_assert(sizeof(MemberTable) == 16 && member_table_size == 1040);

// The cell of a member in the table at this offset; its word comes first.
constexpr Place member_cell(Offset table, std::uint32_t number) {
  return Place{table} + Place{sizeof(MemberTable)} + Place{number} * Place{sizeof(WitnessCell)};
}

}  // namespace rarena::detail
