// Files of the Rust crate rarena-allocator (format version 0): decoded and checked, never written.
//
//     h = align8(r) + 8: u64 sentinel, u32 allocated, u32 min_segment_size, u32 discarded, u32 0; data from h + 24
//     sentinel    high half 0xffffffff, low half the offset of the first node
//     node        u64 at a multiple of 8: high half usable bytes behind it, or 0 if it was removed; low half the next node
//
// 0xffffffff ends the list. A node describes the bytes behind itself, so its 8 bytes count as a descriptor. How many bytes a
// removed node had is not recorded.
//
// Source: the crate's version 0.6.0. Thread safety and progress: structure.hpp. Not part of the public interface.
#pragma once

#include "structure.hpp"

namespace rarena::detail::recovery {

Structure examine_crate(const MemoryView& view, const Walk& walk);

}  // namespace rarena::detail::recovery
