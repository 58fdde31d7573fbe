// ReferenceArena: the specification of the arena as a small sequential program. What each call returns, what the list holds
// after it and in which order, which descriptor describes what, and where every byte below the cursor has gone: all of it
// exactly.
//
// One thread that drives an arena must see just this, whatever the memory, the store and the history. With an index, hints say
// when merges are made, of which the reference has none: it asks, and an arena may do whatever some answers lead to. It is not
// asked where a merge serves a request that would be refused (FL-5). It shares with core the values of core/layout and the
// options, and none of its algorithms.
//
// Thread safety: a value. Invariants: SEG-1, SEG-2, FL-1, FL-4, FL-5, CUR-1, REC-3 as behaviour.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "core/arena/options.hpp"
#include "core/layout/error.hpp"
#include "core/layout/extent.hpp"

namespace rarena::reference {

enum class Backing : std::uint8_t { heap, anonymous, file };

// A successful allocation: what is owned, and the part that was asked for.
struct Granted {
  Extent segment;
  Extent used;

  friend bool operator==(const Granted&, const Granted&) = default;
};

// A free segment and the descriptor that describes it.
struct Listed {
  Offset descriptor = null_offset;
  Extent segment;

  friend bool operator==(const Listed&, const Listed&) = default;
};

class ReferenceArena {
 public:
  // A new arena. `page`: the alignment of maps, in bytes. Errors: those of the arena's factories.
  static std::expected<ReferenceArena, Error> make(const Options& options, Backing backing, Size page);

  // The answers to what is asked from now on: whether a merge is made, the first one in bit 0. How often has been asked.
  void answer(std::uint32_t merges) {
    answers_ = merges;
    asked_ = 0;
  }
  unsigned asked() const { return asked_; }
  static constexpr unsigned most_asked = 16;

  // The calls of BasicArena, by their names.
  std::expected<Granted, Error> allocate(std::uint64_t size, std::uint64_t alignment);
  std::expected<void, Error> dealloc(Extent bytes);
  std::uint64_t merge();
  Size discard_freelist();
  std::expected<void, Error> increase_discarded(std::uint64_t bytes);
  std::expected<void, Error> set_minimum_segment_size(std::uint64_t bytes);
  std::expected<void, Error> rebuild(std::span<const Extent> live);
  void compact_freelist();
  std::expected<void, Error> rewind(std::int64_t position);
  void clear();
  std::expected<void, Error> truncate(std::uint64_t capacity);
  // An opening after a clean close, or after the death of a process whose threads were all between two calls: where many
  // descriptors are unused, they are released.
  void open_again();
  // An opening that finds an untrusted seal.
  void drop_lists();

  // What there is.
  Size capacity() const { return capacity_; }
  Size data_offset() const { return data_offset_; }
  Size allocated() const { return cursor_; }
  Size discarded() const { return discarded_; }
  Size minimum_segment_size() const { return minimum_; }
  const std::vector<Listed>& list() const { return list_; }    // in the order of the list
  const std::vector<Offset>& spare() const { return spare_; }  // unused descriptors, the next one to be used last
  // Free segments that the last merge left, or an opening or exclusive operation since that made the list anew: a slab is a
  // quarter of them.
  std::size_t left() const { return left_; }
  Backing backing() const { return backing_; }
  const Options& options() const { return options_; }

  // SEG-2: the bytes below the cursor that are neither `live`, nor free, nor descriptors, nor discarded.
  std::int64_t unaccounted(std::uint64_t live_bytes) const;
  // Whether there are none of them: since the last rewind or drop_lists there was a rebuild or a clear, or there was neither.
  bool exact() const { return exact_; }

 private:
  class Relisting;

  ReferenceArena(const Options& options, Backing backing, Size data_offset, Size largest_alignment, bool index);

  std::uint64_t room() const { return capacity_ - cursor_; }
  bool keeps(Extent part) const;
  bool earlier(Size a, Size b) const;
  std::expected<void, Error> check_inside(Extent bytes) const;
  struct Wanted {
    Size size, alignment;
  };
  struct Cut {
    std::vector<Offset> slots;
    Extent front, rest;
  };
  std::unexpected<Error> no_room(std::uint64_t asked) const;
  static bool fits(Extent segment, Wanted wanted);
  bool merges(bool without_index);
  bool serves_merged(Wanted wanted) const;
  std::optional<Granted> take(Wanted wanted);
  std::optional<Granted> take_fresh(Wanted wanted);
  std::optional<Granted> take_listed(Wanted wanted);
  std::optional<Listed> take_fitting(Wanted wanted);
  void join(std::optional<Wanted> wanted);
  void join(const std::vector<Listed>& run);
  void insert(Offset descriptor, Extent segment);
  void put(Extent segment);
  Offset unused();
  static Cut cut_slots(Extent segment, Size most);
  void break_up(Size slots);
  std::vector<Offset> carve(Size count);
  void stack(const std::vector<Offset>& slots);
  void reserve_descriptors();
  std::size_t kept() const;
  std::vector<Extent> holes(std::uint64_t below) const;
  bool leave_in_place(std::uint64_t to);
  bool orderly() const;
  void join_neighbours();
  enum class Beside : std::uint8_t { nothing, used, all };
  Relisting relisting(Beside beside) const;
  void relist(Relisting fresh);

  Options options_;
  Backing backing_;
  bool index_;
  Size capacity_, data_offset_, largest_alignment_;
  Size cursor_, discarded_ = 0, minimum_;
  std::vector<Listed> list_;
  std::vector<Offset> spare_;
  bool exact_ = true;
  std::size_t left_ = 0;
  std::uint32_t answers_ = 0;
  unsigned asked_ = 0;
};

}  // namespace rarena::reference
