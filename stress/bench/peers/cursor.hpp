// The least that a cursor costs which threads share: a load and a CAS. It is no allocator.
#pragma once

#include <memory>
#include <new>

#include "bench/peer.hpp"
#include "core/words/atomic_store.hpp"

namespace rarena::bench {

class CursorPeer {
 public:
  using Block = bench::Block;
  static constexpr std::string_view name = "cursor";
  static constexpr bool threads = true;
  static constexpr bool stays = true;
  static constexpr bool bounded = true;

  explicit CursorPeer(std::size_t bytes) : bytes_(bytes), memory_(std::make_unique_for_overwrite<std::byte[]>(bytes)) {}

  Block allocate(std::size_t size) {
    const AtomicStore words(word_);
    std::uint64_t top = words.load(cursor, detail::Site::cursor_load);
    do {
      if (bytes_ - top < size) return {};
    } while (!words.compare_exchange_weak(cursor, top, top + size, detail::Site::cursor_take));
    return {memory_.get() + top, size};
  }
  void reset() { AtomicStore(word_).store(cursor, std::uint64_t{0}, detail::Site::min_segment_store); }

 private:
  static constexpr detail::Word<std::uint64_t> cursor{};

  alignas(64) std::byte word_[64] = {};
  std::size_t bytes_;
  std::unique_ptr<std::byte[]> memory_;
};

static_assert(Resets<CursorPeer> && !Frees<CursorPeer>);

}  // namespace rarena::bench
