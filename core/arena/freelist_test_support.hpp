// A freelist with an index over a memory of a test, and what can be seen of it.
#pragma once

#include <vector>

#include "../recovery/index_region.hpp"
#include "../words/words_test_support.hpp"
#include "allocator.hpp"

namespace rarena::detail::testing_support {

// Links the root boundaries in the order of the list, as a fresh memory has them.
template <WordStore Store>
void plant_roots(TestMemory<Store>& memory, Freelist kind) {
  const Geometry& g = memory.geometry();
  const Roots roots(g, kind);
  const auto store = memory.store();
  Word<std::uint64_t> prev = g.free_head();
  for (std::uint32_t n = 0; n < roots.count(); ++n) {
    const Offset root = roots.descriptor(n);
    store.store(Geometry::extent(root), encode(Extent{null_offset, roots.key(n)}), Site::plan_link);
    store.store(Geometry::link(root), std::uint64_t{0}, Site::plan_link);
    store.store(prev, Link(root, false, 0).bits(), Site::plan_link);
    prev = Geometry::link(root);
  }
}

// A memory, and an allocator over it.
template <WordStore Store>
struct IndexedArena {
  IndexedArena(Freelist list_kind, const IndexShape& shape, const Tuning& tuning, Size capacity = 64 * 1024)
      : kind(list_kind), memory(capacity, 16, shape),
        allocator(make_allocator(memory.store(), memory.geometry(), list_kind, tuning)) {
    plant_roots(memory, kind);
  }

  std::vector<Size> sizes() const {
    std::vector<Size> result;
    allocator.segments().walk([&](Extent e) { result.push_back(e.size); });
    return result;
  }
  Size spare() const {
    Size count = 0;
    allocator.segments().walk_spare([&](Offset) { ++count; });
    return count;
  }
  Size tables() { return memory.store().load(memory.geometry().next_table(), Site::index_room); }
  // Nothing is left above the cursor.
  Extent exhaust() const { return allocator.allocate({allocator.remaining(), 1})->segment; }
  // What lies between data and cursor and is neither free nor a descriptor nor discarded.
  std::uint64_t live() {
    std::uint64_t known = memory.geometry().data_offset() + allocator.cursor().discarded();
    allocator.segments().walk_all([&](Extent e) { known += e.size; });
    return allocator.cursor().allocated() - known;
  }
  // What the windows say but what begins there.
  std::uint64_t wrong_windows() {
    const Geometry& g = memory.geometry();
    if (!g.has_windows()) return 0;
    std::vector<Size> bytes(g.index_shape().windows);
    allocator.segments().walk([&](Extent e) { bytes[g.window_of(e.offset)] += e.size; });
    std::uint64_t wrong = 0;
    for (std::uint32_t i = 0; i < bytes.size(); ++i) wrong += bytes[i] != memory.store().load(g.window(i), Site::hint_load);
    return wrong;
  }

  Freelist kind;
  TestMemory<Store> memory;
  decltype(make_allocator(std::declval<Store>(), std::declval<Geometry>(), Freelist{}, Tuning{})) allocator;
};

}  // namespace rarena::detail::testing_support
