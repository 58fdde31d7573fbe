// The two words of a descriptor, and their codecs. Pure functions.
//
//     link    u64   next descriptor: offset / 16 (28 bits) | mark (1 bit) | tag (35 bits)
//     extent  u64   offset (32 bits) | size (32 bits) of the free segment
//
// The same link word, without a mark, is the head of the freelist and of the spare stack. Source: the marked link of
// Harris (DISC 2001) and Michael (SPAA 2002), the tag of Michael and Scott (PODC 1996).
//
// Thread safety: values only. Invariants: FL-3 (every change of a link changes its tag: use the functions below). Tags begin
// again at 0 only where no thread holds an older link: in bytes that were no descriptor, and in exclusive operations.
#pragma once

#include <cstdint>

#include "extent.hpp"

namespace rarena::detail {

inline constexpr Size descriptor_size = 16;  // bytes, and the alignment of every descriptor

// A decoded link word.
class Link {
 public:
  static constexpr unsigned next_bits = 28, mark_bits = 1, tag_bits = 35;
  static constexpr std::uint64_t tag_limit = std::uint64_t{1} << tag_bits;

  constexpr Link() = default;
  constexpr explicit Link(std::uint64_t bits) : bits_(bits) {}
  constexpr Link(Offset next, bool marked, std::uint64_t tag)
      : bits_(std::uint64_t{next} / descriptor_size | std::uint64_t{marked} << next_bits |
              (tag % tag_limit) << (next_bits + mark_bits)) {}

  constexpr std::uint64_t bits() const { return bits_; }
  constexpr Offset next() const { return static_cast<Offset>((bits_ & next_mask) * descriptor_size); }
  constexpr bool marked() const { return (bits_ >> next_bits & 1) != 0; }
  constexpr std::uint64_t tag() const { return bits_ >> (next_bits + mark_bits); }

  // The successors of this value in the modification order of its word: each one counts the tag up (FL-3).
  constexpr Link linked_to(Offset next) const { return {next, false, tag() + 1}; }
  constexpr Link marked_to(Offset next) const { return {next, true, tag() + 1}; }

  friend constexpr bool operator==(Link, Link) = default;

 private:
  static constexpr std::uint64_t next_mask = (std::uint64_t{1} << next_bits) - 1;
  std::uint64_t bits_ = 0;
};

constexpr std::uint64_t encode(Extent extent) { return extent.offset | std::uint64_t{extent.size} << 32; }
constexpr Extent decode_extent(std::uint64_t bits) { return {static_cast<Offset>(bits), static_cast<Size>(bits >> 32)}; }

static_assert(Link::next_bits + Link::mark_bits + Link::tag_bits == 64);
static_assert((std::uint64_t{1} << Link::next_bits) * descriptor_size == std::uint64_t{1} << 32, "every offset has a link");
static_assert(Link(0xfffffff0u, true, Link::tag_limit - 1).bits() == ~std::uint64_t{0});
static_assert(Link(48, false, 5).next() == 48 && Link(48, false, 5).tag() == 5 && !Link(48, false, 5).marked());
static_assert(Link(48, false, Link::tag_limit - 1).linked_to(0).tag() == 0,
              "the tag wraps; proofs/ computes the pause it takes");
static_assert(decode_extent(encode(Extent{40, 7})) == Extent{40, 7});

}  // namespace rarena::detail
