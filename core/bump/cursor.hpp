// The cursor: threads carve segments off the untouched end of the memory by moving one word up.
//
// Progress: lock-free; a CAS fails only because another thread moved the cursor (or spuriously). Thread safety: any
// number of threads. The cursor needs no tag: a thread that gives back [a, b) owns it, so whenever the cursor equals b
// nothing above b is allocated, whatever happened in between.
//
// Invariants: SEG-1 (a success owns its range exclusively), SEG-3, CUR-1 (only the topmost segment goes back),
// SEG-2 (discarded bytes are counted).
#pragma once

#include <algorithm>
#include <cstdint>

#include "../layout/geometry.hpp"
#include "../words/word_store.hpp"

namespace rarena::detail {

// Where a request lands above the cursor; 64-bit arithmetic, so that no size wraps.
struct WideArithmetic {
  [[gnu::always_inline]] static constexpr Carved carve(std::uint32_t cursor, Request request, Size capacity) {
    const std::uint64_t start = align_up(cursor, request.alignment), end = start + request.size;
    if (end > capacity) return {};
    return {cursor, static_cast<Offset>(start), static_cast<Offset>(end)};
  }
};

template <WordStore Store, class Arithmetic = WideArithmetic>
class Cursor {
 public:
  Cursor(Store store, const Geometry& geometry) : store_(store), geometry_(geometry) {}

  // Room for the request, which is not of 0 bytes, claimed for the caller with its padding; nothing if it does not fit.
  // Lock-free.
  [[gnu::always_inline]] Carved take(Request request) const {
    return advance([&](std::uint32_t top) { return Arithmetic::carve(top, request, geometry_.capacity()); });
  }

  // Up to `count` whole descriptor slots, at least one, claimed for the caller; nothing if not one fits. Lock-free.
  Carved take_slab(Size count) const {
    return advance([&](std::uint32_t top) -> Carved {
      const std::uint64_t first = align_up(top, descriptor_size);
      const std::uint64_t fitting = first < geometry_.capacity() ? (geometry_.capacity() - first) / descriptor_size : 0;
      const Size slots = static_cast<Size>(std::min<std::uint64_t>(count, fitting));
      if (slots == 0) return {};
      return WideArithmetic::carve(top, {slots * descriptor_size, descriptor_size}, geometry_.capacity());
    });
  }

  // Moves the cursor down over a segment the caller owns, if it is the topmost one. false: it is not, and the caller
  // still owns it. Lock-free.
  bool give_back(Extent segment) const { return give_back(segment, allocated()); }
  // The same, by one who has just read the cursor.
  [[gnu::always_inline]] bool give_back(Extent segment, std::uint32_t top) const {
    auto loop = store_.loop_head();
    while (top == segment.end()) {
      store_.release(segment);
      // Linearization point of a give-back: success here.
      if (store_.compare_exchange_weak(geometry_.cursor(), top, segment.offset, Site::cursor_give_back)) [[likely]]
        return true;
      store_.claim(segment);
      store_.retry(loop);
    }
    return false;
  }

  // Gives up bytes that the caller owns for good: nobody owns them until the arena is rebuilt. Wait-free.
  void discard(Extent bytes) const {
    if (bytes.empty()) return;
    store_.release(bytes);
    count_discarded(bytes.size);
  }

  // Counts bytes as discarded that nobody uses any more. Wait-free.
  void count_discarded(Size bytes) const { store_.fetch_add(geometry_.discarded(), bytes, Site::discarded_add); }

  // Bytes that are discarded. A walk that comes after finds none of them free. Wait-free.
  Size discarded() const { return store_.load(geometry_.discarded(), Site::discarded_load); }

  // The cursor, at least as new as every segment the caller owns. Wait-free.
  std::uint32_t allocated() const { return store_.load(geometry_.cursor(), Site::cursor_load); }

 private:
  template <class Plan>
  [[gnu::always_inline]] Carved advance(Plan plan) const {
    auto loop = store_.loop_head();
    std::uint32_t top = allocated();
    for (;;) {
      const Carved carved = plan(top);
      if (!carved) return {};
      // Linearization point of a fast-path allocation: success here.
      if (store_.compare_exchange_weak(geometry_.cursor(), top, carved.end, Site::cursor_take)) [[likely]] {
        store_.claim(carved.all());
        return carved;
      }
      store_.retry(loop);
    }
  }

  Store store_;
  Geometry geometry_;
};

}  // namespace rarena::detail
