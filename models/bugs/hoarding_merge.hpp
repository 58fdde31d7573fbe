// HoardingSegments: the freelist with a merge that takes the segments of all runs out of the list before it puts any back. Who
// is killed in between loses them all. The known bug hoarding_merge.
//
// Progress: lock-free. Thread safety: any number of threads. Invariants: breaks what REC-2 promises of a kill: at most one run.
#pragma once

#include <algorithm>
#include <array>

#include "core/freelist/free_segments.hpp"
#include "models/scenario/internals.hpp"

namespace rarena::models {

template <WordStore Store, MergeRoom Room>
class HoardingSegments : public FreeSegments<Store, Room> {
 public:
  HoardingSegments(Store store, const Geometry& geometry, Freelist kind, const Tuning& tuning)
      : FreeSegments<Store, Room>(store, geometry, kind, tuning), store_(store), geometry_(geometry), kind_(kind),
        walk_(tuning.walk) {}

  std::uint64_t merge() const {
    if (kind_ == Freelist::optimistic) return merge_in(SortedList<Store, Optimistic>(store_, geometry_, walk_));
    if (kind_ == Freelist::pessimistic) return merge_in(SortedList<Store, Pessimistic>(store_, geometry_, walk_));
    return 0;
  }

 private:
  static constexpr std::size_t most = 8;

  std::uint64_t merge_in(const auto& list) const {
    std::array<Claimed, most> hoard{};
    std::size_t count = 0;
    while (count < most) {
      const auto taken = list.claim_any();
      if (!taken) break;
      hoard[count++] = *taken;
    }
    std::ranges::sort(hoard.begin(), hoard.begin() + count, {}, [](const Claimed& taken) { return taken.segment.offset; });
    std::uint64_t joined = 0;
    for (std::size_t i = 0; i < count;) {
      Claimed run = hoard[i];
      for (++i; i < count && hoard[i].segment.offset == run.segment.end(); ++i, ++joined) {
        run.segment.size += hoard[i].segment.size;
        DescriptorSupply<Store>(store_, geometry_).push(hoard[i].descriptor);
      }
      list.insert(run.descriptor, run.segment);
    }
    return joined;
  }

  Store store_;
  Geometry geometry_;
  Freelist kind_;
  Size walk_;
};

}  // namespace rarena::models
