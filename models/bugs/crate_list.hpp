// The list protocol of the Rust crate rarena-allocator 0.6.0, described from its documentation and behaviour, as a second
// freelist that exists only here: a node is a word inside the free block (size and next in one u64; size 0 means removed);
// a removal marks, then tries once to unlink; a search that meets a removed successor waits for its owner.
//
// What is wrong with it: if the single unlink attempt fails, nobody ever unlinks the node, and later calls wait for ever
// (two threads suffice). The crate also loses the 8 bytes of the node with each recycled block;
// that is not modelled.
//
// Thread safety: none worth the name. Invariants: breaks PRG-1.
#pragma once

#include <optional>

#include "core/bump/cursor.hpp"
#include "core/freelist/free_segments.hpp"
#include "core/words/word_store.hpp"
#include "models/scenario/internals.hpp"

namespace rarena::models {

template <WordStore Store>
class CrateList {
 public:
  CrateList(Store store, const Geometry& geometry, Freelist kind)
      : store_(store), geometry_(geometry), kind_(kind), cursor_(store, geometry) {}

  std::uint64_t inserted() const { return 0; }
  bool inserted_since(std::uint64_t&) const { return true; }
  Allocation settle(Carved carved) const { return {carved.used(), carved.used()}; }

  std::optional<Allocation> take(Request request) const {
    for (auto loop = store_.loop_head();; store_.retry(loop)) {
      const Step at = find([&](Size size) { return kind_ == Freelist::optimistic || size >= request.size; });
      if (at.node == null_offset || size_of(at.word) < request.size) return std::nullopt;
      std::uint64_t expected = at.word;
      if (!store_.compare_exchange_weak(node(at.node), expected, pack(removed, next_of(at.word)), Site::claim_mark)) continue;
      // The single attempt: if it fails, the removed node stays where it is.
      expected = at.prev_word;
      store_.compare_exchange_weak(at.prev, expected, pack(size_of(at.prev_word), next_of(at.word)), Site::claim_unlink);
      const Extent segment{at.node, size_of(at.word)};
      store_.claim(segment);
      return Allocation{segment, {segment.offset, request.size}};
    }
  }

  void put(Extent segment) const {
    store_.release(segment);
    for (auto loop = store_.loop_head();; store_.retry(loop)) {
      const Step at =
          find([&](Size size) { return kind_ == Freelist::optimistic ? segment.size >= size : segment.size <= size; });
      store_.store(node(segment.offset), pack(segment.size, at.node), Site::insert_link);
      std::uint64_t expected = at.prev_word;
      if (store_.compare_exchange_weak(at.prev, expected, pack(size_of(at.prev_word), segment.offset), Site::insert_publish))
        return;
    }
  }

  FreeBytes left_for(Request) const { return {}; }
  bool merge_for(Request) const { return false; }
  bool merging() const { return false; }
  std::uint64_t merge() const { return 0; }
  Size discard_all() const { return 0; }

  // Snapshots see nothing: what is wrong with this list shows without them.
  template <class Visit>
  void walk(Visit) const {}
  template <class Visit>
  void walk_spare(Visit) const {}
  template <class Visit>
  void walk_all(Visit) const {}

 private:
  static constexpr Size removed = 0;

  struct Step {
    Word<std::uint64_t> prev{};
    std::uint64_t prev_word = 0;
    Offset node = null_offset;
    std::uint64_t word = 0;
  };

  static constexpr std::uint64_t pack(Size size, Offset next) { return std::uint64_t{size} << 32 | next; }
  static constexpr Size size_of(std::uint64_t word) { return static_cast<Size>(word >> 32); }
  static constexpr Offset next_of(std::uint64_t word) { return static_cast<Offset>(word); }
  static constexpr Word<std::uint64_t> node(Offset offset) { return {Place{offset}}; }

  template <class Stop>
  Step find(Stop stop) const {
    Step at{.prev = geometry_.free_head(), .prev_word = store_.load(geometry_.free_head(), Site::find_head)};
    auto loop = store_.loop_head();
    while ((at.node = next_of(at.prev_word)) != null_offset) {
      at.word = store_.load(node(at.node), Site::find_link);
      if (size_of(at.word) == removed) {
        // Waits for the remover to unlink it.
        store_.retry(loop);
        at.prev_word = store_.load(at.prev, Site::find_head);
        continue;
      }
      if (stop(size_of(at.word))) return at;
      at.prev = node(at.node);
      at.prev_word = at.word;
    }
    return at;
  }

  Store store_;
  Geometry geometry_;
  Freelist kind_;
  Cursor<Store> cursor_;
};

}  // namespace rarena::models
