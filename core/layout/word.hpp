// The name of one shared word: its place and its width. Pure.
//
// A place is a signed byte distance from the start of the memory. In the unified layout it is an offset; in the pure
// layout the header lies in front of the memory, at negative places.
//
// Thread safety: values only.
#pragma once

#include <concepts>
#include <cstdint>

namespace rarena::detail {

using Place = std::int64_t;

template <class T>
  requires std::same_as<T, std::uint32_t> || std::same_as<T, std::uint64_t>
struct Word {
  using value_type = T;
  Place place = 0;

  friend constexpr bool operator==(Word, Word) = default;
};

}  // namespace rarena::detail
