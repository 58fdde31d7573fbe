// ListedEnd: an offset below which all free segments and descriptors lie, for as long as nothing comes into the lists.
//
// What comes into the list of free segments is counted (`inserted` in freelist/hints.hpp), and an unused descriptor that comes
// changes the head of the stack, whose tag counts up (FL-3). Nobody is at work when either is looked at, and then both are
// exact. So a rewind to a position that is not below the offset has nothing to move, and need not look at the lists.
//
// An arena without an index does not count, and nothing is known of it.
//
// Progress: wait-free, O(1). Thread safety: only while nobody else is using the arena. Invariants: SEG-1.
#pragma once

#include <cstdint>
#include <optional>

#include "../freelist/hints.hpp"

namespace rarena::detail {

template <WordStore Store>
class ListedEnd {
 public:
  // Everything that is listed now lies below the offset.
  void know(Store store, const Geometry& geometry, Offset end) {
    known_ = geometry.has_index();
    end_ = end;
    lists_ = lists(store, geometry);
  }

  // An offset below which everything lies that is listed, if one is known.
  [[nodiscard]] std::optional<Offset> known(Store store, const Geometry& geometry) const {
    return known_ && lists_ == lists(store, geometry) ? std::optional(end_) : std::nullopt;
  }

 private:
  struct Lists {
    std::uint64_t inserted = 0, spare_head = 0;

    friend bool operator==(const Lists&, const Lists&) = default;
  };

  static Lists lists(Store store, const Geometry& geometry) {
    return {.inserted = Hints<Store>(store, geometry).inserted(),
            .spare_head = store.load(geometry.spare_head(), Site::spare_load)};
  }

  bool known_ = false;
  Offset end_ = null_offset;
  Lists lists_;
};

}  // namespace rarena::detail
