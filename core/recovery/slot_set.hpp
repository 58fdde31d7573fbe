// SlotSet: a set of slot numbers, as bits in pages that are made when a number in them is put in. So an empty set of a large
// memory costs next to nothing, and slots that lie together, as descriptors do, cost a bit each.
//
// Progress: O(1) amortised; any_in O(slots / 64). Thread safety: one thread. Invariants: none. Not part of the public
// interface.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace rarena::detail::recovery {

class SlotSet {
 public:
  // Of numbers below `slots`, which are not more than 2^30. Throws std::bad_alloc, as insert does.
  explicit SlotSet(std::uint64_t slots) : numbers_((slots + page_slots - 1) / page_slots) {}

  // false: the number was there before.
  bool insert(std::uint64_t slot) {
    std::uint16_t& number = numbers_[slot / page_slots];
    if (number == 0) {
      pages_.push_back(std::make_unique<Page>());
      number = static_cast<std::uint16_t>(pages_.size());
    }
    std::uint64_t& word = (*pages_[number - 1U])[slot % page_slots / word_slots];
    const std::uint64_t bit = std::uint64_t{1} << slot % word_slots;
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }

  // Whether there is a number in [first, last].
  bool any_in(std::uint64_t first, std::uint64_t last) const {
    while (first <= last) {
      const std::uint64_t end = std::min(last, first / page_slots * page_slots + (page_slots - 1));
      const std::uint16_t number = numbers_[first / page_slots];
      if (number != 0 && any_in(*pages_[number - 1U], first % page_slots, end % page_slots)) return true;
      first = end + 1;
    }
    return false;
  }

 private:
  static constexpr std::uint64_t word_slots = 64, page_slots = std::uint64_t{1} << 15U;
  using Page = std::array<std::uint64_t, page_slots / word_slots>;

  static bool any_in(const Page& page, std::uint64_t first, std::uint64_t last) {
    const std::size_t low = first / word_slots, high = last / word_slots;
    const std::uint64_t from = ~std::uint64_t{0} << first % word_slots,
                        to = ~std::uint64_t{0} >> (word_slots - 1 - last % word_slots);
    if (low == high) return (page[low] & from & to) != 0;
    if ((page[low] & from) != 0 || (page[high] & to) != 0) return true;
    for (std::size_t i = low + 1; i < high; ++i)
      if (page[i] != 0) return true;
    return false;
  }

  std::vector<std::uint16_t> numbers_;  // of the pages, from 1 on; 0: there is none
  std::vector<std::unique_ptr<Page>> pages_;
};

}  // namespace rarena::detail::recovery
