// A radix sort by a key of 32 bits, least significant digit first: of many items, several times as quick as one that compares.
//
// Progress: O(n). Thread safety: a function of its arguments. Invariants: none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace rarena {

// Sorts `items` stably by key(item), a std::uint32_t. `other` is as large; the sorted items are in what is returned, which is
// one of the two. Digits that all items have in common are passed over.
template <class T, class Key>
std::span<T> sort_by_digits(std::span<T> items, std::span<T> other, Key key) {
  constexpr unsigned digit_bits = 11, digits = 1U << digit_bits;
  for (unsigned shift = 0; shift < 32 && !items.empty(); shift += digit_bits) {
    const auto digit = [&](const T& item) { return key(item) >> shift & (digits - 1); };
    std::array<std::uint32_t, digits> next{};
    for (const T& item : items) ++next[digit(item)];
    if (next[digit(items.front())] == items.size()) continue;
    std::uint32_t sum = 0;
    for (std::uint32_t& n : next) sum += std::exchange(n, sum);
    for (const T& item : items) other[next[digit(item)]++] = item;
    std::swap(items, other);
  }
  return items;
}

}  // namespace rarena
