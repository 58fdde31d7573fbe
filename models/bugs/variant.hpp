// Variants: which parts an allocator is put together from. Shipped is what users get; the others are those of known bugs.
//
// A variant says how to wrap an engine's store, how to make the allocator, with which room for merges, which chunk a magazine
// has, and whether the freelist is the format that the monitor knows.
#pragma once

#include "bugs.hpp"
#include "core/arena/allocator.hpp"
#include "crate_list.hpp"
#include "hoarding_merge.hpp"
#include "lying_store.hpp"
#include "wrapping_arithmetic.hpp"
#include "wrong_chunks.hpp"

namespace rarena::models {

struct Shipped {
  static constexpr bool known_format = true;
  template <WordStore Store>
  using Magazine = Chunk<Store>;
  template <class Store>
  static Store wrap(Store store, Lie, LieState&) {
    return store;
  }
  template <MergeRoom Room, class Store>
  static auto make(Store store, const Geometry& geometry, Freelist kind, const Tuning& tuning) {
    return make_allocator<Store, Room>(store, geometry, kind, tuning);
  }
};

struct Lying : Shipped {
  template <class Store>
  static LyingStore<Store> wrap(Store store, Lie lie, LieState& state) {
    return {store, lie, state};
  }
};

struct Wrapping : Shipped {
  template <MergeRoom Room, class Store>
  static auto make(Store store, const Geometry& geometry, Freelist kind, const Tuning& tuning) {
    using Bump = Cursor<Store, WrappingArithmetic>;
    using Segments = FreeSegments<Store, Room>;
    return Allocator<Store, Bump, Segments>(store, geometry, Bump(store, geometry), Segments(store, geometry, kind, tuning),
                                            tuning);
  }
};

struct CrateProtocol : Shipped {
  static constexpr bool known_format = false;
  template <MergeRoom Room, class Store>
  static auto make(Store store, const Geometry& geometry, Freelist kind, const Tuning& tuning) {
    using Bump = Cursor<Store>;
    return Allocator<Store, Bump, CrateList<Store>>(store, geometry, Bump(store, geometry),
                                                    CrateList<Store>(store, geometry, kind), tuning);
  }
};

// Takes the boundaries of an index for segments: to its geometry they are windows.
struct NoBoundaries : Shipped {
  template <MergeRoom Room, class Store>
  static auto make(Store store, const Geometry& geometry, Freelist kind, const Tuning& tuning) {
    const IndexShape& shape = geometry.index_shape();
    const auto windows = static_cast<std::uint32_t>((shape.bytes() - index_head_size) / sizeof(std::uint32_t));
    const Geometry other =
        Geometry::unified(geometry.reserved(), geometry.capacity(), {.window_shift = 31, .windows = windows});
    return make_allocator<Store, Room>(store, shape.none() ? geometry : other, kind, tuning);
  }
};

struct HoardingMerge : Shipped {
  template <MergeRoom Room, class Store>
  static auto make(Store store, const Geometry& geometry, Freelist kind, const Tuning& tuning) {
    using Bump = Cursor<Store>;
    using Segments = HoardingSegments<Store, Room>;
    return Allocator<Store, Bump, Segments>(store, geometry, Bump(store, geometry), Segments(store, geometry, kind, tuning),
                                            tuning);
  }
};

template <template <WordStore> class Wrong>
struct WrongMagazine : Shipped {
  template <WordStore Store>
  using Magazine = Wrong<Store>;
};

// Calls f with the variant of a bug of code; nullptr: the shipped code.
template <class F>
decltype(auto) with_variant(const Bug* bug, F f) {
  if (bug == nullptr) return f(Shipped{});
  if (bug->part == OtherPart::wrapping_arithmetic) return f(Wrapping{});
  if (bug->part == OtherPart::crate_list) return f(CrateProtocol{});
  if (bug->part == OtherPart::no_boundaries) return f(NoBoundaries{});
  if (bug->part == OtherPart::hoarding_merge) return f(HoardingMerge{});
  if (bug->part == OtherPart::twice_given_chunk) return f(WrongMagazine<TwiceGivenChunk>{});
  if (bug->part == OtherPart::kept_chunk) return f(WrongMagazine<KeptChunk>{});
  if (bug->part == OtherPart::hoarding_chunk) return f(WrongMagazine<HoardingChunk>{});
  return bug->lie == Lie::none ? f(Shipped{}) : f(Lying{});
}

}  // namespace rarena::models
