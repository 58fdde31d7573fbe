// Tuning: what one opening of an arena chooses about its freelist, and the memory does not record.
//
// Thread safety: values only.
#pragma once

#include <cstdint>

#include "../layout/extent.hpp"

namespace rarena {

/// When adjacent free segments become one.
enum class Merging : std::uint8_t {
  automatic,   ///< when an allocation would fail, when descriptors run out, and on request
  on_request,  ///< BasicArena::merge() and compact_freelist() only
};

/// Where an allocation looks first.
enum class Reuse : std::uint8_t {
  at_exhaustion,  ///< at the cursor; in the freelist when that has reached the end of the memory
  first,          ///< in the freelist; at the cursor if nothing fits
};

namespace detail {

// What an opening chooses. Options has the same for users; these are what the parts get.
struct Tuning {
  // How often an allocation that found no room looks again: a concurrent split puts its remainder back a moment later.
  std::uint8_t maximum_retries = 5;
  // Where an allocation looks first.
  Reuse reuse = Reuse::at_exhaustion;
  // How many descriptors are made at a time, at least 1.
  Size slab = 16;
  // When adjacent free segments become one.
  Merging merging = Merging::on_request;
  // A search that walks past more descriptors than this makes a table of boundaries.
  Size walk = 32;
};

}  // namespace detail

}  // namespace rarena
