// TestMemory: a small zeroed memory of the unified layout for tests of the layers below the arena.
//
// Thread safety: none but the store's.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "../layout/geometry.hpp"
#include "word_store.hpp"

namespace rarena::detail::testing_support {

template <WordStore Store>
class TestMemory {
 public:
  explicit TestMemory(Size capacity, Size min_segment_size = 20, const IndexShape& index = {})
      : geometry_(Geometry::unified(0, capacity, index)), blocks_((capacity + sizeof(Block) - 1) / sizeof(Block)) {
    const Header header{0, 0, static_cast<std::uint32_t>(geometry_.data_offset()), 0, min_segment_size, 0};
    std::memcpy(data() + geometry_.header(), &header, sizeof header);
  }

  std::byte* data() { return blocks_.front().bytes; }
  Store store() { return Store(data()); }
  const Geometry& geometry() const { return geometry_; }
  Header header() {
    Header result{};
    std::memcpy(&result, data() + geometry_.header(), sizeof result);
    return result;
  }

 private:
  struct alignas(16) Block {
    std::byte bytes[16] = {};
  };

  Geometry geometry_;
  std::vector<Block> blocks_;
};

}  // namespace rarena::detail::testing_support
