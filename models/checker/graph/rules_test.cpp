// Rules of keys and interleavings that no other test notices when they are broken (mutants.py).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/checker/checker.hpp"
#include "models/checker/graph/canonical.hpp"
#include "models/checker/graph/interleaving.hpp"

namespace checker {
namespace {

// Message passing, seen: thread 0 writes cells 0 and 1, thread 1 reads cell 1 from it. Events are added in the given order of
// threads.
Graph message_passing(const std::vector<int>& order, bool seen = true) {
  Graph g;
  g.reset(2, 2);
  Stamp flag = no_event, read = no_event;
  for (const int thread : order) {
    if (thread == 1) {
      read = g.add(1, Kind::read, 1, {});
      continue;
    }
    const Stamp write = g.add(0, Kind::write, static_cast<Cell>(g.length(0)), {});
    g.place(write, 1);
    if (g.length(0) == 2) flag = write;
  }
  g[read].source = seen ? flag : initial;
  return g;
}

TEST(CanonicalKey, DoesNotDependOnTheOrderOfInsertion) {
  const std::string key = canonical_key(message_passing({0, 0, 1}));
  EXPECT_EQ(canonical_key(message_passing({0, 1, 0})), key);
  EXPECT_EQ(canonical_key(message_passing({1, 0, 0})), key);
  EXPECT_NE(canonical_key(message_passing({0, 0, 1}, false)), key);
}

// Success and a spurious failure with a store behind it are the same steps.
TEST(CanonicalKey, TellsASpuriousFailureFromSuccess) {
  atomic<int> x;
  const Result result = check({.check_duplicates = true}, [&] {
    int expected = 0;
    if (!x.compare_exchange_weak(expected, 1)) x.store(1);
  });
  EXPECT_EQ(result.counters.complete, 2U);
  EXPECT_EQ(result.counters.duplicates, 0U);
}

// Three read-modify-writes of one cell, none of which lies directly above its source. Taken by the places of their sources
// alone, they would follow one another.
TEST(Interleaving, RefusesReadModifyWritesInOthersPlaces) {
  Graph g;
  g.reset(3, 1);
  std::vector<Stamp> reads, writes;
  for (int thread = 0; thread < 3; ++thread) {
    reads.push_back(g.add(thread, Kind::read, 0, {.operation = Operation::add}));
    writes.push_back(g.add(thread, Kind::write, 0, {.operation = Operation::add}));
    g[reads.back()].updates = g[writes.back()].updates = true;
  }
  g.place(writes[2], 1);
  g.place(writes[0], 2);
  g.place(writes[1], 3);
  g[reads[0]].source = initial;
  g[reads[1]].source = writes[2];
  g[reads[2]].source = writes[0];
  EXPECT_FALSE(Interleaving().compute(g));
}

}  // namespace
}  // namespace checker
