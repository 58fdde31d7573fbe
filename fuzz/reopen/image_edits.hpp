// Structured edits of an image: changes that a byte mutator finds seldom, because they need to know the format.
//
//     edit_image     one change of prefix, header, annex, a link, an extent, the lists, or the size of the file; what it makes
//                    may be anything
//     sound_image    a new image of a sound arena: random segments, free ones listed in order, descriptors anywhere
//
// Neither sets a seal that depends on the machine: that is a choice of the input.
//
// Thread safety: functions of their arguments. Invariants: SEG-1, FL-1 (what sound_image makes keeps them).
#pragma once

#include <cstddef>
#include <vector>

#include "core/arena/options.hpp"
#include "models/oracle/random.hpp"

namespace rarena::fuzz {

using Image = std::vector<std::byte>;

// `options` are those that the image will be opened with. The image stays at most `limit` bytes.
void edit_image(Image& image, const Options& options, std::size_t limit, oracle::Random& random);

// Fits options with a kind, and reserved bytes that leave room below `limit`; else it is empty.
Image sound_image(const Options& options, std::size_t limit, oracle::Random& random);

}  // namespace rarena::fuzz
