// MemoryView: the words of an arena's memory, read and never written, as recovery sees them.
//
// The bytes may be anything. A word is read only where the caller has checked that it lies inside.
//
// Thread safety: a value over bytes that nobody may be changing. Invariants: REC-1 (nothing here can write).
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "../layout/geometry.hpp"

namespace rarena::detail {

class MemoryView {
 public:
  // `memory` is offset 0. The geometry's prefix and header are inside (the pure layout: in front of it).
  MemoryView(const std::byte* memory, const Geometry& geometry) : memory_(memory), geometry_(geometry) {}

  template <class T>
  T load(Word<T> word) const {
    return at<T>(word.place);
  }
  Prefix prefix() const { return decode_prefix(at<std::array<std::byte, prefix_size>>(geometry_.prefix())); }
  Header header() const { return at<Header>(geometry_.header()); }
  // All 0 where there is none.
  Annex annex() const { return geometry_.has_annex() ? at<Annex>(geometry_.annex()) : Annex{}; }
  // The bytes at a place as a value.
  template <class T>
  T at(Place place) const {
    T value;
    std::memcpy(&value, memory_ + place, sizeof value);
    return value;
  }
  std::span<const std::byte> bytes(Extent range) const { return {memory_ + range.offset, range.size}; }
  const Geometry& geometry() const { return geometry_; }

 private:
  const std::byte* memory_;
  Geometry geometry_;
};

}  // namespace rarena::detail
