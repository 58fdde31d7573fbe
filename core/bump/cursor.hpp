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
#include <optional>

#include "../layout/geometry.hpp"
#include "../words/word_store.hpp"

namespace rarena {

// Where a request lands above the cursor; 64-bit arithmetic, so that no size wraps.
struct WideArithmetic {
  static constexpr std::optional<Fitted> fit_above(std::uint32_t cursor, Request request, Size capacity) {
    return fit(extent_between(cursor, std::max(cursor, capacity)), request);
  }
};

template <WordStore Store, class Arithmetic = WideArithmetic>
class Cursor {
 public:
  Cursor(Store store, const Geometry& geometry) : store_(store), geometry_(geometry) {}

  // The request fitted at the cursor, its bytes (padding and used; rest is meaningless) claimed for the caller.
  // nullopt if it does not fit. Lock-free.
  std::optional<Fitted> take(Request request) const {
    return advance([&](std::uint32_t top) { return Arithmetic::fit_above(top, request, geometry_.capacity()); });
  }

  // Up to `count` whole descriptor slots, at least one, claimed for the caller. nullopt if not one fits. Lock-free.
  std::optional<Fitted> take_slab(Size count) const {
    return advance([&](std::uint32_t top) {
      const std::uint64_t first = align_up(top, descriptor_size);
      const std::uint64_t fitting = first < geometry_.capacity() ? (geometry_.capacity() - first) / descriptor_size : 0;
      const Size slots = static_cast<Size>(std::min<std::uint64_t>(count, fitting));
      if (slots == 0) return std::optional<Fitted>();
      return WideArithmetic::fit_above(top, {slots * descriptor_size, descriptor_size}, geometry_.capacity());
    });
  }

  // Moves the cursor down over a segment the caller owns, if it is the topmost one. false: it is not, and the caller
  // still owns it. Lock-free.
  bool give_back(Extent segment) const {
    const auto loop = store_.loop_head();
    std::uint32_t top = allocated();
    while (top == segment.end()) {
      store_.release(segment);
      // Linearization point of a give-back: success here.
      if (store_.compare_exchange_weak(geometry_.cursor(), top, segment.offset, Site::cursor_give_back)) return true;
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
  std::optional<Fitted> advance(Plan plan) const {
    const auto loop = store_.loop_head();
    std::uint32_t top = allocated();
    for (;;) {
      const std::optional<Fitted> fitted = plan(top);
      if (!fitted) return std::nullopt;
      const auto end = static_cast<std::uint32_t>(fitted->used.end());
      // Linearization point of a fast-path allocation: success here.
      if (store_.compare_exchange_weak(geometry_.cursor(), top, end, Site::cursor_take)) {
        store_.claim(extent_between(fitted->padding.offset, fitted->used.end()));
        return fitted;
      }
      store_.retry(loop);
    }
  }

  Store store_;
  Geometry geometry_;
};

}  // namespace rarena
