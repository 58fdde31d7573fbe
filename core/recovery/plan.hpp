// Plan: what an exclusive operation (recovery, rebuild, compaction, rewind) is going to write, word by word, as data.
//
// A plan is made from a memory that is only read, and then written in its order. A process that is killed in between leaves a
// prefix of the plan, so a planner owes: behind every prefix the memory satisfies SEG-1 and FL-1, and what a completed flush
// covered is not free. The tests try every prefix (plan_test.cpp).
//
// Progress: O(words). Thread safety: nobody else may be using the memory while a plan is made and written.
// Invariants: REC-2, REC-3 (prefixes), FL-3 (tags count up where a link keeps its descriptor).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../layout/geometry.hpp"
#include "../words/word_store.hpp"
#include "view.hpp"

namespace rarena::detail {

class Plan {
 public:
  struct Write {
    Place place = 0;
    std::uint64_t value = 0;
    bool wide = false;  // 64 bits, else 32

    friend bool operator==(const Write&, const Write&) = default;
  };

  void set(Word<std::uint32_t> word, std::uint32_t value) { writes_.push_back({word.place, value, false}); }
  void set(Word<std::uint64_t> word, std::uint64_t value) { writes_.push_back({word.place, value, true}); }

  void add(const Write& write) { writes_.push_back(write); }
  void add_all(const Plan& other) { writes_.insert(writes_.end(), other.writes_.begin(), other.writes_.end()); }
  void reserve(std::size_t writes) { writes_.reserve(writes); }

  std::span<const Write> writes() const { return writes_; }
  bool empty() const { return writes_.empty(); }

 private:
  std::vector<Write> writes_;
};

template <WordStore Store>
void carry_out(std::span<const Plan::Write> writes, Store store) {
  for (const Plan::Write& w : writes) {
    if (w.wide)
      store.store(Word<std::uint64_t>{w.place}, w.value, Site::plan_link);
    else
      store.store(Word<std::uint32_t>{w.place}, static_cast<std::uint32_t>(w.value), Site::plan_count);
  }
}

// The writes that bring back what a plan, or a prefix of it, has changed; behind every prefix of them the memory is what it was
// behind some prefix of the plan.
Plan plan_undo(const Plan& plan, const MemoryView& view);

}  // namespace rarena::detail
