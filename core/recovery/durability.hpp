// Durability: in which order words are written and made durable, so that after a power loss nothing vouches for what is not
// there.
//
//     a range     its bytes first, then the header, whose cursor covers it
//     an opening  the plan, whose last write is the dirty marker, then the header; only then may anything else change
//     a close     all bytes first; then the seal that vouches for them is written, and made durable too
//
// A disk is what has flush(range), which returns when the bytes of the range are durable: the backings, and the disks of
// models.
//
// Progress: blocking (the disk). Thread safety: flush_with_header as the disk's; the others need a memory that nobody else
// uses.
// Invariants: REC-2, REC-3.
#pragma once

#include <concepts>
#include <expected>
#include <span>

#include "../layout/error.hpp"
#include "../layout/seal.hpp"
#include "plan.hpp"
#include "view.hpp"

namespace rarena {

template <class D>
concept Disk = requires(const D& disk, Extent range) {
  { disk.flush(range) } -> std::same_as<std::expected<void, Error>>;
};

// Prefix and header of the unified layout.
constexpr Extent header_range(const Geometry& g) { return extent_between(g.reserved(), g.data_offset()); }

// On return the range is durable, and no later opening takes it for free. Errors: those of the disk; what is durable then is
// not known.
template <Disk D>
std::expected<void, Error> flush_with_header(const D& disk, Extent range, const Geometry& geometry) {
  if (const auto flushed = disk.flush(range); !flushed) return flushed;
  return disk.flush(header_range(geometry));
}

// Carries out the plan of an opening. Errors: as above.
template <WordStore Store, Disk D>
std::expected<void, Error> carry_out_durably(std::span<const Plan::Write> writes, Store store, const D& disk,
                                             const Geometry& geometry) {
  carry_out(writes, store);
  return disk.flush(header_range(geometry));
}

// Seals a memory as cleanly closed. After an error it has the dirty marker, or the seal that a power loss may take away.
template <WordStore Store, Disk D>
std::expected<void, Error> seal_durably(const MemoryView& view, Store store, const D& disk) {
  if (const auto flushed = disk.flush({0, view.header().allocated}); !flushed) return flushed;
  store.store(view.geometry().seal(), clean_seal(view.prefix(), view.header()), Site::plan_count);
  return disk.flush(header_range(view.geometry()));
}

}  // namespace rarena
