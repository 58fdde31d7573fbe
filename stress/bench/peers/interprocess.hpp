// Boost.Interprocess: a best fit in a red-black tree over one memory, as an arena has it, with a lock.
#pragma once

#include <boost/interprocess/managed_external_buffer.hpp>
#include <new>
#include <vector>

#include "bench/peer.hpp"

namespace rarena::bench {

class InterprocessPeer {
 public:
  static constexpr std::string_view name = "Boost.Interprocess";

  explicit InterprocessPeer(std::size_t bytes)
      : memory_(bytes / sizeof(Line)),
        buffer_(boost::interprocess::create_only, memory_.data(), memory_.size() * sizeof(Line)) {}

  Block allocate(std::size_t size) { return {static_cast<std::byte*>(buffer_.allocate(size, std::nothrow)), size}; }
  void free(const Block& block) { buffer_.deallocate(block.memory); }

 private:
  struct alignas(64) Line {
    std::byte bytes[64];
  };

  std::vector<Line> memory_;
  boost::interprocess::managed_external_buffer buffer_;
};

static_assert(Peer<InterprocessPeer>);

}  // namespace rarena::bench
