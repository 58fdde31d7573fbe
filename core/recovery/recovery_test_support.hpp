// What the tests of recovery share: a memory with a history, whose live segments are known, as bytes that can be copied.
//
// Thread safety: one thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "../bump/cursor.hpp"
#include "../freelist/free_segments.hpp"
#include "../freelist/policy.hpp"
#include "../layout/seal.hpp"
#include "../words/ghosts.hpp"
#include "../words/plain_store.hpp"
#include "../words/words_test_support.hpp"
#include "index_region.hpp"
#include "plan.hpp"
#include "recover.hpp"
#include "structure.hpp"

namespace rarena::detail::testing_support {

inline constexpr FileIdentity this_file{.boot = {std::byte{1}}, .device = 2, .inode = 3, .birth = 4};

// A small index: all sizes of these memories have roots.
constexpr IndexShape small_index(Size capacity) {
  return {.window_shift = 8, .windows = (capacity - 1) / 256 + 1, .first = 0, .roots = 16, .tables = 4};
}

class History {
 public:
  // With an index the history comes first, in a list without boundaries, and then plant().
  History(Freelist kind, Size capacity, std::uint64_t seed, Size min_segment_size = 20, const IndexShape& index = {})
      : kind_(kind), memory_(capacity, min_segment_size, index), random_(seed) {
    const IndexHead head = head_of(index);
    if (!index.none()) std::memcpy(memory_.data() + memory_.geometry().index(), &head, sizeof head);
    const auto prefix = encode(Prefix{.freelist = static_cast<std::uint8_t>(kind)});
    std::ranges::copy(prefix, memory_.data() + memory_.geometry().prefix());
    die();
  }

  // As the file of a process that has died.
  void die() {
    const Geometry& g = memory_.geometry();
    const IdentityMarks marks = marks_of(this_file);
    Annex annex{};
    annex.size = static_cast<Size>(g.data_offset() - static_cast<std::uint64_t>(g.annex()));
    annex.capacity = g.capacity();
    annex.generation = 1;
    annex.boot = marks.boot;
    annex.device = marks.device;
    annex.file = marks.file;
    annex.witness[1].word = owner_died;
    std::memcpy(memory_.data() + g.annex(), &annex, sizeof annex);
    seal(dirty_marker(1, marks));
  }
  // The system's words about the process, in both cells.
  void note_death() {
    for (const std::uint64_t generation : {0U, 1U})
      store().store(memory_.geometry().witness(generation), owner_died, Site::witness_store);
  }
  Recovery::Opening opening() {
    const auto left = left_as(view(), structure().sum.value(), this_file);
    return left.value().opening;
  }

  // Random allocations and frees. Afterwards nothing is poisoned.
  void live_on(int steps) {
    for (int i = 0; i < steps; ++i) {
      if (below(100) < 55 || live_.empty())
        allocate(1 + below(120), 1U << below(5));
      else
        free(below(static_cast<Size>(live_.size())));
    }
    ghosts::forget(memory_.data(), memory_.geometry().capacity());
  }

  // Takes segments of this size until there is no room.
  void fill(Size size) {
    for (std::size_t before = live_.size() + 1; live_.size() != before;) {
      before = live_.size();
      allocate(size, 1);
    }
  }
  // Frees every n-th live segment.
  void free_every(std::size_t nth) {
    for (std::size_t n = live_.size(); n-- > 0;)
      if (n % nth == 0) free(n);
    ghosts::forget(memory_.data(), memory_.geometry().capacity());
  }
  // Frees about so many of 100 live segments.
  void free_most(Size percent) {
    for (std::size_t n = live_.size(); n-- > 0;)
      if (below(100) < percent) free(n);
    ghosts::forget(memory_.data(), memory_.geometry().capacity());
  }

  // Joins neighbours, which leaves unused descriptors.
  void merge() { segments().merge(); }
  void reserve(Size descriptors) { segments().reserve(descriptors); }

  // As a thread that dies between the mark and the unlinking: marks the n-th descriptor of the list.
  void mark(std::size_t n) {
    const Offset descriptor = structure().free.at(n).descriptor;
    const Link link(view().load(Geometry::link(descriptor)));
    store().store(Geometry::link(descriptor), link.marked_to(link.next()).bits(), Site::claim_mark);
  }
  // Boundaries as threads leave them: the roots, and tables of some, one of them twice, of another one only half.
  void plant();
  // Puts a boundary where it belongs.
  void plant_boundary(Offset descriptor, Size key);

  void seal(std::uint32_t value) { store().store(memory_.geometry().seal(), value, Site::plan_count); }

  PlainStore store() { return memory_.store(); }
  MemoryView view() { return {memory_.data(), memory_.geometry()}; }
  Structure structure() { return examine(view(), {}); }
  const std::vector<Extent>& live() const { return live_; }
  const Geometry& geometry() const { return memory_.geometry(); }
  std::byte* data() { return memory_.data(); }
  Size below(Size bound) { return static_cast<Size>(random_() % bound); }

  // As a segment of its own; for live segments that the history does not know how to free.
  void forget_live(std::size_t n) { live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(n)); }

 private:
  // No search begins in the index, which nobody has planted yet.
  Geometry geometry_of_history() const {
    const Geometry& g = memory_.geometry();
    IndexShape shape = g.index_shape();
    shape.tables += shape.roots * descriptor_size / table_size;
    shape.roots = 0;
    return g.has_index() ? Geometry::unified(g.reserved(), g.capacity(), shape) : g;
  }
  FreeSegments<PlainStore> segments() { return {store(), geometry_of_history(), kind_, Tuning{.slab = 4}}; }
  void allocate(Size size, Size alignment) {
    const Request request{size, alignment};
    const Carved fresh = Cursor<PlainStore>(store(), memory_.geometry()).take(request);
    const auto taken = fresh ? segments().settle(fresh) : segments().take(request);
    if (taken) live_.push_back(taken->segment);
  }
  void free(std::size_t n) {
    const Extent segment = live_[n];
    forget_live(n);
    if (!Cursor<PlainStore>(store(), memory_.geometry()).give_back(segment)) segments().put(segment);
  }

  Freelist kind_;
  TestMemory<PlainStore> memory_;
  std::vector<Extent> live_;
  std::mt19937_64 random_;
};

inline void History::plant_boundary(Offset descriptor, Size key) {
  Word<std::uint64_t> word = geometry().free_head();
  Link link(view().load(word));
  for (; link.next() != null_offset; link = Link(view().load(word))) {
    const Extent extent = decode_extent(view().load(Geometry::extent(link.next())));
    if (!precedes(kind_, extent.size, key)) break;
    word = Geometry::link(link.next());
  }
  const Word<std::uint64_t> own = Geometry::link(descriptor);
  store().store(Geometry::extent(descriptor), encode(Extent{null_offset, key}), Site::insert_extent);
  store().store(own, Link(view().load(own)).linked_to(link.next()).bits(), Site::insert_link);
  const Link before = link.marked() ? link.marked_to(descriptor) : link.linked_to(descriptor);
  store().store(word, before.bits(), Site::insert_publish);
}

inline void History::plant() {
  const Geometry& g = geometry();
  const Roots roots(g, kind_);
  for (std::uint32_t n = 0; n < roots.count(); ++n) plant_boundary(roots.descriptor(n), roots.key(n));
  // The tables of 2^5 twice, of 2^6, and of 2^7 one that is not yet published.
  const std::uint32_t powers[] = {5, 5, 6, 7};
  for (std::uint32_t table = 0; table < g.index_shape().tables && roots.count() != 0; ++table) {
    const std::uint32_t power = powers[table % 4], width = 1U << (power - table_bits);
    for (std::uint32_t i = 0; i < table_boundaries / (table == 3 ? 2 : 1); ++i) {
      const Size low = (1U << power) + i * width;
      plant_boundary(g.table(table) + i * descriptor_size, kind_ == Freelist::pessimistic ? low : low + width - 1);
    }
    const auto parent = Geometry::extent(g.root(power));
    const Size key = decode_extent(view().load(parent)).size;
    if (table != 3) store().store(parent, encode(Extent{g.table(table), key}), Site::insert_extent);
  }
  store().store(g.next_table(), g.index_shape().tables, Site::plan_count);
}

// What is wrong with a memory whose lists are about to be trusted, or nothing: SEG-1 (nothing that is live is listed), FL-1.
inline std::optional<std::string> fault(const MemoryView& view, const std::vector<Extent>& live) {
  std::optional<std::string> wrong;
  const Structure structure = examine(view, {.violation = [&](const Error& error) {
                                        wrong = error.message();
                                        return false;
                                      }});
  if (wrong) return wrong;
  std::map<Offset, Extent> owned;
  for (const Extent segment : live) {
    if (segment.end() > structure.allocated) return "a live segment lies above the cursor";
    owned[segment.offset] = segment;
  }
  const auto touches_live = [&](Extent part) {
    const auto after = owned.lower_bound(part.offset);
    return (after != owned.end() && after->first < part.end()) ||
           (after != owned.begin() && std::prev(after)->second.end() > part.offset);
  };
  for (const ListedSegment& segment : structure.free)
    if (touches_live(segment.extent) || touches_live({segment.descriptor, descriptor_size})) return "a live segment is listed";
  for (const Offset spare : structure.spare)
    if (touches_live({spare, descriptor_size})) return "a live segment is a descriptor";
  return std::nullopt;
}

// SEG-2: what is listed and what is discarded is all that is not live.
inline std::uint64_t live_bytes(const std::vector<Extent>& live) {
  std::uint64_t bytes = 0;
  for (const Extent segment : live) bytes += segment.size;
  return bytes;
}

// As a file that was closed.
inline void close_cleanly(History& history) {
  const auto [plan, lists] = plan_closing(history.view(), history.structure());
  carry_out(plan.writes(), history.store());
  history.seal(clean_seal(history.view().prefix(), history.view().header(), history.view().annex(), lists));
}

using PlanWrites = std::span<const Plan::Write>;

// What is wrong behind some prefix of the writes, if a reader trusts the lists exactly where an opening would.
inline std::optional<std::string> fault_in_prefixes(const History& before, PlanWrites writes, const std::vector<Extent>& live,
                                                    bool as_opening = false) {
  History history = before;
  for (std::size_t done = 0; done <= writes.size(); ++done) {
    if (done > 0) carry_out(writes.subspan(done - 1, 1), history.store());
    const bool trusted = !as_opening || history.opening() != Recovery::Opening::untrusted;
    if (!trusted) continue;
    if (auto wrong = fault(history.view(), live)) return "behind " + std::to_string(done) + " writes: " + *wrong;
  }
  return std::nullopt;
}

// What every opening writes: the seal of now, generation, boot, device, file, state, the marker.
inline constexpr std::size_t opening_writes = 7;

// REC-3: a process that is killed behind some prefix of the writes of an opening, with the witness of the new opening there,
// leaves what no later opening doubts.
inline std::optional<std::string> doubt_in_prefixes(const History& before, PlanWrites writes) {
  History history = before;
  for (std::size_t done = 0; done <= writes.size(); ++done) {
    if (done > 0) carry_out(writes.subspan(done - 1, 1), history.store());
    History dead = history;
    dead.note_death();
    if (dead.opening() == Recovery::Opening::untrusted) return "doubted behind " + std::to_string(done) + " writes";
  }
  return std::nullopt;
}

using Snapshot = std::vector<std::byte>;
inline Snapshot bytes_of(History& history) { return {history.data(), history.data() + history.geometry().capacity()}; }

// The memory behind every prefix of the writes, the empty one too.
inline std::vector<Snapshot> trail(const History& before, PlanWrites writes) {
  History history = before;
  std::vector<Snapshot> states{bytes_of(history)};
  for (const Plan::Write& write : writes) {
    carry_out(std::span(&write, 1), history.store());
    states.push_back(bytes_of(history));
  }
  return states;
}

// Whether the undo of a plan goes back over the states that the plan has made, the last one first, and from every one of them
// ends where the plan began.
inline bool goes_back(const History& before, const Plan& plan, const Plan& undo) {
  std::vector<Snapshot> forth = trail(before, plan.writes());
  const std::size_t count = forth.size() - 1;
  for (std::size_t done = 0; done <= count; ++done) {
    History history = before;
    carry_out(plan.writes().first(done), history.store());
    carry_out(undo.writes(), history.store());
    if (bytes_of(history) != forth.front()) return false;
  }
  History history = before;
  carry_out(plan.writes(), history.store());
  std::ranges::reverse(forth);
  return trail(history, undo.writes()) == forth;
}

}  // namespace rarena::detail::testing_support
