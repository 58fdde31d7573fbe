// History: what the threads of one execution did to a memory and to its disk, as data, and what must lie before what.
//
// A mark is a write of a word, or a moment at which it changes what a crash must leave alone (models/scenario/client.hpp). A
// cut says how many marks of each thread have happened. It is consistent if it contains what its marks read from and what their
// threads did before: what is closed under po u rf. Such are the memories that a process that is killed leaves in the page
// cache: its threads stop between two instructions, and each store of an instruction that has been executed gets there. (A
// compiler that moved a relaxed store before an earlier one would add others.)
//
// Source: Mattern, "Virtual time and global states of distributed systems", 1988. Thread safety: values.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/layout/extent.hpp"
#include "core/layout/word.hpp"
#include "models/scenario/client.hpp"

namespace rarena::models::crash {

// Per thread: how many of its marks.
using Cut = std::array<std::uint16_t, maximum_threads>;

// What a thread that is killed may take with it: so many ranges of bytes, and descriptors that lie elsewhere.
struct Lost {
  static constexpr std::uint16_t anything = 1000;
  std::uint16_t ranges = anything, descriptors = anything;
};

struct Mark {
  std::optional<Moment> moment = {};  // nullopt: a write
  std::uint16_t order = 0;            // write: place in the modification order of its word, from 1
  std::uint16_t steps = 0;            // of its thread, up to here
  Place place = 0;                    // write
  std::uint64_t value = 0;            // write
  Extent extent = {};                 // of the moment
  Cut needs = {};                     // the least consistent cut that contains it
  Lost may_lose = {};                 // behind it

  bool is_write() const { return !moment; }
};

struct History {
  std::vector<std::vector<Mark>> threads;

  unsigned count() const { return static_cast<unsigned>(threads.size()); }
  Cut everything() const {
    Cut all{};
    for (unsigned t = 0; t < count(); ++t) all[t] = static_cast<std::uint16_t>(threads[t].size());
    return all;
  }
  // The last mark of a thread in a cut, which is not empty there.
  const Mark& last(unsigned thread, const Cut& cut) const { return threads[thread][cut[thread] - 1U]; }

  // The part of it that a predicate of marks selects.
  template <class Select>
  History only(Select select) const;
  // Marks of thread 0 before everything, and after everything.
  void prepend(std::vector<Mark> marks);
  void append(std::vector<Mark> marks);
};

constexpr Cut join(const Cut& a, const Cut& b) {
  Cut both{};
  for (std::size_t i = 0; i < both.size(); ++i) both[i] = std::max(a[i], b[i]);
  return both;
}

// The greatest consistent cut within another one.
inline Cut greatest_within(const History& history, Cut cut) {
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned t = 0; t < history.count(); ++t)
      while (cut[t] > 0 && join(history.last(t, cut).needs, cut) != cut) {
        --cut[t];
        changed = true;
      }
  }
  return cut;
}

template <class Select>
History History::only(Select select) const {
  History part;
  std::vector<std::vector<std::uint16_t>> selected;  // per thread: of its first n marks
  for (const auto& marks : threads) {
    auto& counts = selected.emplace_back(1, std::uint16_t{0});
    for (const Mark& mark : marks) counts.push_back(static_cast<std::uint16_t>(counts.back() + (select(mark) ? 1 : 0)));
  }
  for (const auto& marks : threads) {
    auto& kept = part.threads.emplace_back();
    for (const Mark& mark : marks) {
      if (!select(mark)) continue;
      kept.push_back(mark);
      for (unsigned s = 0; s < count(); ++s) kept.back().needs[s] = selected[s][mark.needs[s]];
    }
  }
  return part;
}

inline void History::prepend(std::vector<Mark> marks) {
  const auto more = static_cast<std::uint16_t>(marks.size());
  for (auto& thread : threads)
    for (Mark& mark : thread) mark.needs[0] = static_cast<std::uint16_t>(mark.needs[0] + more);
  for (std::uint16_t i = 0; i < more; ++i) marks[i].needs = {static_cast<std::uint16_t>(i + 1)};
  threads[0].insert(threads[0].begin(), marks.begin(), marks.end());
}

inline void History::append(std::vector<Mark> marks) {
  Cut before = everything();
  for (Mark& mark : marks) {
    ++before[0];
    mark.needs = before;
  }
  threads[0].insert(threads[0].end(), marks.begin(), marks.end());
}

}  // namespace rarena::models::crash
