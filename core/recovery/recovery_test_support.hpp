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
#include <string>
#include <vector>

#include "../bump/cursor.hpp"
#include "../freelist/free_segments.hpp"
#include "../layout/seal.hpp"
#include "../words/ghosts.hpp"
#include "../words/plain_store.hpp"
#include "../words/words_test_support.hpp"
#include "plan.hpp"
#include "recover.hpp"
#include "structure.hpp"

namespace rarena::testing_support {

inline constexpr FileIdentity this_file{.boot = {std::byte{1}}, .device = 2, .inode = 3, .birth = 4};

class History {
 public:
  History(Freelist kind, Size capacity, std::uint64_t seed, Size min_segment_size = 20)
      : kind_(kind), memory_(capacity, min_segment_size), random_(seed) {
    const auto prefix = encode(Prefix{.freelist = static_cast<std::uint8_t>(kind)});
    std::ranges::copy(prefix, memory_.data() + memory_.geometry().prefix());
    die();
  }

  // As the file of a process that has died.
  void die() {
    const Geometry& g = memory_.geometry();
    const IdentityMarks marks = marks_of(this_file);
    Annex annex{};
    annex.size = annex_size;
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

  // As a thread that dies between the mark and the unlinking: marks the n-th descriptor of the list.
  void mark(std::size_t n) {
    const Offset descriptor = structure().free.at(n).descriptor;
    const Link link(view().load(Geometry::link(descriptor)));
    store().store(Geometry::link(descriptor), link.marked_to(link.next()).bits(), Site::claim_mark);
  }
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
  FreeSegments<PlainStore> segments() { return {store(), memory_.geometry(), kind_, Tuning{.slab = 4}}; }
  void allocate(Size size, Size alignment) {
    const Request request{size, alignment};
    const auto fitted = Cursor<PlainStore>(store(), memory_.geometry()).take(request);
    const auto taken = fitted ? segments().settle(*fitted) : segments().take(request);
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

}  // namespace rarena::testing_support
