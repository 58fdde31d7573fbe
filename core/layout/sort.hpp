// A radix sort by a key of 32 bits, least significant digit first: of many items, several times as quick as one that compares.
//
// Progress: O(n). Thread safety: a function of its arguments. Invariants: none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace rarena::detail {

template <unsigned digit_bits, class T, class Key>
std::span<T> sort_by_digits_of(std::span<T> items, std::span<T> other, Key key) {
  constexpr unsigned digits = 1U << digit_bits, passes = (32 + digit_bits - 1) / digit_bits;
  const auto digit = [&](const T& item, unsigned pass) { return key(item) >> pass * digit_bits & (digits - 1); };
  std::array<std::array<std::uint32_t, digits>, passes> counts{};
  for (const T& item : items)
    for (unsigned pass = 0; pass < passes; ++pass) ++counts[pass][digit(item, pass)];
  for (unsigned pass = 0; pass < passes && !items.empty(); ++pass) {
    auto& next = counts[pass];
    if (next[digit(items.front(), pass)] == items.size()) continue;
    std::uint32_t sum = 0;
    for (std::uint32_t& n : next) sum += std::exchange(n, sum);
    for (const T& item : items) other[next[digit(item, pass)]++] = item;
    std::swap(items, other);
  }
  return items;
}

// Sorts `items` stably by key(item), a std::uint32_t. `other` is as large; the sorted items are in what is returned, which is
// one of the two. Digits that all items have in common are passed over.
template <class T, class Key>
std::span<T> sort_by_digits(std::span<T> items, std::span<T> other, Key key) {
  // For a few items the counters of large digits would cost more than one more pass.
  constexpr std::size_t few = 2048;
  if (items.size() < few) return sort_by_digits_of<8>(items, other, key);
  return sort_by_digits_of<11>(items, other, key);
}

}  // namespace rarena::detail
