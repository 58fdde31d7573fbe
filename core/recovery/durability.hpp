// Durability: in which order words are written and made durable, so that after a power loss nothing vouches for what is not
// there.
//
//     a range     its bytes first, then the header, whose cursor covers it; at once, if the range has the header in it
//     a new file  its bytes, of which nobody knows; only then the name that it is found by
//     an opening  the plan, then prefix, header and annex with the new marker; only then may anything else change
//     a close     all bytes first; then the seal that vouches for them is written, and made durable too
//     a shrink    all bytes and the smaller capacity; only then may the file become smaller
//
// After a flush that failed nothing is sealed: the disk may have lost pages for good, and later flushes do not say so.
//
// A disk is what has flush(range), which returns when the bytes of the range are durable: the backings, and the disks of
// models.
//
// Progress: blocking (the disk). Thread safety: where nothing else is said, the memory is used by nobody else.
// Invariants: REC-2, REC-3.
#pragma once

#include <cerrno>
#include <concepts>
#include <cstdint>
#include <expected>
#include <span>

#include "../layout/error.hpp"
#include "../layout/seal.hpp"
#include "../words/latch.hpp"
#include "plan.hpp"
#include "view.hpp"

namespace rarena::detail {

template <class D>
concept Disk = requires(const D& disk, Extent range) {
  { disk.flush(range) } -> std::same_as<std::expected<void, Error>>;
};

// Prefix, header and annex of the unified layout. Of the index behind them nothing is needed but its shape, which never
// changes: an opening makes the rest anew.
constexpr Extent header_range(const Geometry& g) { return extent_between(g.reserved(), static_cast<std::uint64_t>(g.index())); }

// Carries out the plan of an opening. Errors: those of the disk; what is durable then is not known.
template <WordStore Store, Disk D>
std::expected<void, Error> carry_out_durably(std::span<const Plan::Write> writes, Store store, const D& disk,
                                             const Geometry& geometry) {
  carry_out(writes, store);
  return disk.flush(header_range(geometry));
}

// Gives a new file, whose bytes in use are the range, the name that it is found by. Errors: those of the disk and of the
// naming; then it has no name.
template <Disk D, class Naming>
std::expected<void, Error> name_durably(const D& disk, Extent range, Naming give_name) {
  if (const auto flushed = disk.flush(range); !flushed) return flushed;
  return give_name();
}

// Says in the file that something went wrong that a later opening must know of: no seal vouches for anything any more.
template <WordStore Store>
void doubt(AnnexState why, Store store, const Geometry& geometry) {
  store.store(geometry.state(), static_cast<std::uint32_t>(why), Site::failure_store);
}

// What one opening for writing knows of its disk: that it has failed, once it has. Then the file says so too, and nothing
// vouches for it any more, whatever later flushes return.
//
// Errors of all: flush_failed, if an earlier one had failed; those of the disk.
class DiskRecord {
 public:
  // On return the range is durable, and no later opening takes it for free. After check(), where the memory can be shared with
  // a child. Thread safety: as the disk's.
  template <WordStore Store, Disk D>
  std::expected<void, Error> flush(const D& disk, Extent range, Store store, const Geometry& geometry) {
    if (const auto good = check(); !good) return good;
    if (const auto flushed = disk.flush(range); !flushed) return failed(flushed.error(), store, geometry);
    const Extent header = header_range(geometry);
    if (range.offset <= header.offset && header.end() <= range.end()) return {};
    if (const auto flushed = disk.flush(header); !flushed) return failed(flushed.error(), store, geometry);
    return {};
  }

  // Seals a memory, whose lists have this sum, as cleanly closed. After an error nothing vouches for it.
  template <WordStore Store, Disk D>
  std::expected<void, Error> seal(const D& disk, const MemoryView& view, std::uint64_t lists, Store store) {
    const Geometry& g = view.geometry();
    if (const auto good = check(view, store); !good) return good;
    if (const auto flushed = disk.flush({0, view.header().allocated}); !flushed) return failed(flushed.error(), store, g);
    store.store(g.seal(), clean_seal(view.prefix(), view.header(), view.annex(), lists), Site::plan_count);
    if (const auto flushed = disk.flush(header_range(g)); !flushed) return failed(flushed.error(), store, g);
    return {};
  }

  // Makes the memory one of a file of `capacity` bytes, which is as long as it was, and longer. After an error it is one of the
  // capacity that it had.
  template <WordStore Store, Disk D>
  std::expected<void, Error> prepare_shrinking(const D& disk, const MemoryView& view, Size capacity, Store store) {
    const Geometry& g = view.geometry();
    if (const auto good = check(view, store); !good) return good;
    store.store(g.capacity_record(), capacity, Site::plan_count);
    const auto flushed = flush(disk, {0, view.header().allocated}, store, g);
    if (!flushed) store.store(g.capacity_record(), g.capacity(), Site::plan_count);
    return flushed;
  }

  // Whether no flush has failed: none of this opening, and none of a child that could not take over, of which only the annex
  // tells.
  template <WordStore Store>
  std::expected<void, Error> check(const MemoryView& view, Store store) {
    const Geometry& g = view.geometry();
    const auto good = check();
    if (!good || view.load(g.state()) != static_cast<std::uint32_t>(AnnexState::flush_failed)) return good;
    return failed({.code = ErrorCode::flush_failed, .os_error = EIO}, store, g);
  }

  // A flush that somebody else made has failed. Returns its error.
  template <WordStore Store>
  std::unexpected<Error> failed(const Error& error, Store store, const Geometry& geometry) {
    first_error_.set(error.os_error != 0 ? error.os_error : EIO);
    doubt(AnnexState::flush_failed, store, geometry);
    return std::unexpected(error);
  }

 private:
  std::expected<void, Error> check() const;

  Latch first_error_;
};

}  // namespace rarena::detail
