// Plans are sound behind every prefix: what a process leaves that is killed in the middle of recovery, rebuild, compaction or
// rewind. REC-2, REC-3. The bugs at the end reorder a plan, and must be found.
#include "plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <vector>

#include "recover.hpp"
#include "recovery_test_support.hpp"
#include "relist.hpp"
#include "rewind.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class Plans : public ::testing::TestWithParam<Freelist> {
 protected:
  // Calls check(history) for memories of different ages, without an index and with one.
  void over_histories(const std::function<void(History&)>& check) {
    for (std::uint64_t seed = 0; seed < 40 && !HasFailure(); ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      const Size room = seed % 2 == 0 ? 2000 : 6000;
      for (const IndexShape& index : {IndexShape{}, small_index(room)}) {
        History history(GetParam(), room + static_cast<Size>(index.bytes()), seed, seed % 3 == 0 ? 1 : 20, index);
        history.live_on(static_cast<int>(20 + 10 * seed));
        if (history.geometry().has_index()) history.plant();
        ASSERT_EQ(fault(history.view(), history.live()), std::nullopt);
        check(history);
      }
    }
  }
  void over_positions(const std::function<void(History&, Offset)>& check);
};

INSTANTIATE_TEST_SUITE_P(All, Plans, ::testing::Values(Freelist::none, Freelist::optimistic, Freelist::pessimistic));

Recovered recovered(History& history, Recovery::Opening opening) {
  return recover(history.view(), history.structure(), {opening, Doubt::none}, this_file);
}

// Whether the list has the root boundaries, in their order, and no others, and no table is handed out.
bool roots_alone(History& history) {
  const Roots roots(history.geometry(), history.structure().kind());
  const auto boundaries = history.structure().boundaries;
  if (boundaries.size() != roots.count()) return false;
  for (std::uint32_t n = 0; n < roots.count(); ++n) {
    const ListedBoundary expected{roots.descriptor(n), roots.key(n), null_offset, boundaries[n].position};
    if (boundaries[n] != expected) return false;
  }
  return roots.count() == 0 || history.view().load(history.geometry().next_table()) == 0;
}

// Whether an opening of it may release descriptors (release_test.cpp).
bool releases(History& history) { return history.structure().spare.size() > kept_spare; }

void mark_some(History& history) {
  const std::size_t count = history.structure().free.size();
  for (std::size_t i = 0; i < count; ++i)
    if (history.below(3) == 0) history.mark(i);
}

TEST_P(Plans, RecoveryOfADeadProcess) {
  over_histories([&](History& history) {
    mark_some(history);
    const auto [report, after, plan, undo] = recovered(history, Recovery::Opening::process_died);
    if (!history.geometry().has_index() && !releases(history)) {
      EXPECT_EQ(plan.writes().size(), report.reclaimed.segments + opening_writes);
    }
    EXPECT_EQ(fault_in_prefixes(history, plan.writes(), history.live()), std::nullopt);
    EXPECT_EQ(doubt_in_prefixes(history, plan.writes()), std::nullopt);
    carry_out(plan.writes(), history.store());
    const Structure there = history.structure();
    EXPECT_EQ(there.free, after.free) << "the report of the structure and the writes agree";
    EXPECT_EQ(there.spare, after.spare);
    EXPECT_TRUE(roots_alone(history));
    const auto [second, same, again, back] = recovered(history, Recovery::Opening::process_died);
    EXPECT_EQ(same.free, after.free) << "REC-3";
    if (!history.geometry().has_index()) {
      EXPECT_EQ(again.writes().size(), opening_writes) << "REC-3: a second recovery has nothing to do but to open";
    }
  });
}

// An untrusted list that names a live segment as free.
std::optional<Recovered> untrusted(History& history) {
  if (history.structure().free.empty() || history.live().empty()) return std::nullopt;
  history.seal(12345);
  const Offset descriptor = history.structure().free.back().descriptor;
  history.store().store(Geometry::extent(descriptor), encode(history.live().front()), Site::insert_extent);
  return recovered(history, Recovery::Opening::untrusted);
}

TEST_P(Plans, RecoveryOfAnUntrustedMemory) {
  over_histories([&](History& history) {
    const auto dropped = untrusted(history);
    if (!dropped) return;
    const Plan& plan = dropped->plan;
    EXPECT_EQ(fault_in_prefixes(history, plan.writes(), history.live(), true), std::nullopt);
    carry_out(plan.writes(), history.store());
    EXPECT_EQ(history.opening(), Recovery::Opening::untrusted) << "nobody has died since";
    history.note_death();
    EXPECT_EQ(history.opening(), Recovery::Opening::process_died);
    EXPECT_TRUE(history.structure().free.empty() && history.structure().spare.empty());
    EXPECT_TRUE(roots_alone(history));
  });
}

TEST_P(Plans, Rebuild) {
  over_histories([&](History& history) {
    while (history.below(2) == 0 && !history.live().empty()) history.forget_live(history.live().size() / 2);  // lost by a crash
    const auto plan = plan_rebuild(history.view(), history.live());
    ASSERT_TRUE(plan) << plan.error().message();
    EXPECT_EQ(fault_in_prefixes(history, plan->writes(), history.live()), std::nullopt);
    carry_out(plan->writes(), history.store());
    const Structure there = history.structure();
    EXPECT_EQ(there.unlisted_bytes(), live_bytes(history.live())) << "SEG-2";
    EXPECT_TRUE(roots_alone(history));
    std::vector<Extent> free;
    for (const ListedSegment& s : there.free) {
      free.push_back(s.extent);
      EXPECT_FALSE(s.marked);
    }
    std::ranges::sort(free, {}, &Extent::offset);
    for (std::size_t i = 1; i < free.size(); ++i) EXPECT_LT(free[i - 1].end(), free[i].offset) << "neighbours are one";

    const auto again = plan_rebuild(history.view(), history.live());
    carry_out(again->writes(), history.store());
    EXPECT_EQ(history.structure().free, there.free);
    EXPECT_EQ(history.structure().allocated, there.allocated);
  });
}

// An opening whose flush fails takes back what it wrote. A process that is killed in the middle of that leaves a prefix of the
// undo.
TEST_P(Plans, UndoOfARecovery) {
  over_histories([&](History& history) {
    mark_some(history);
    const auto [report, after, plan, undo] = recovered(history, Recovery::Opening::process_died);
    EXPECT_EQ(undo.writes().size(), plan.writes().size());
    EXPECT_TRUE(goes_back(history, plan, undo));
    History opened = history;
    carry_out(plan.writes(), opened.store());
    EXPECT_EQ(fault_in_prefixes(opened, undo.writes(), history.live()), std::nullopt);
    EXPECT_EQ(doubt_in_prefixes(opened, undo.writes()), std::nullopt);
  });
}

TEST_P(Plans, UndoOfARecoveryOfAnUntrustedMemory) {
  over_histories([&](History& history) {
    const auto dropped = untrusted(history);
    if (!dropped) return;
    const Plan &plan = dropped->plan, &undo = dropped->undo;
    EXPECT_TRUE(goes_back(history, plan, undo));
    History opened = history;
    carry_out(plan.writes(), opened.store());
    opened.note_death();
    EXPECT_EQ(fault_in_prefixes(opened, undo.writes(), history.live(), true), std::nullopt);
    carry_out(undo.writes(), opened.store());
    EXPECT_EQ(opened.opening(), Recovery::Opening::untrusted) << "as it was";
  });
}

// REC-2: what is sealed at a close has no boundaries, and behind every prefix of the way there the file is one that was open.
TEST_P(Plans, Closing) {
  over_histories([&](History& history) {
    mark_some(history);
    const Structure before = history.structure();
    const auto [plan, lists] = plan_closing(history.view(), before);
    EXPECT_EQ(plan.empty(), before.boundaries.empty());
    EXPECT_EQ(fault_in_prefixes(history, plan.writes(), history.live()), std::nullopt);
    EXPECT_EQ(doubt_in_prefixes(history, plan.writes()), std::nullopt);
    carry_out(plan.writes(), history.store());
    const Structure there = history.structure();
    EXPECT_EQ(there.free, before.free) << "with their marks";
    EXPECT_TRUE(there.boundaries.empty());
    EXPECT_EQ(there.sum.value(), lists);
    EXPECT_TRUE(plan_closing(history.view(), there).plan.empty());
  });
}

// No operation but an opening is undone, but every plan can be.
TEST_P(Plans, UndoOfARebuild) {
  over_histories([&](History& history) {
    const auto plan = plan_rebuild(history.view(), history.live());
    ASSERT_TRUE(plan);
    const Plan undo = plan_undo(*plan, history.view());
    EXPECT_TRUE(goes_back(history, *plan, undo));
    History rebuilt = history;
    carry_out(plan->writes(), rebuilt.store());
    EXPECT_EQ(fault_in_prefixes(rebuilt, undo.writes(), history.live()), std::nullopt);
  });
}

// At the end of the memory a list costs its descriptors and not more: the rest of a segment that was made a slab stays free.
TEST_P(Plans, RebuildOfAFullMemory) {
  if (GetParam() == Freelist::none) return;
  History history(GetParam(), 1000, 1);
  history.store().store(history.geometry().cursor(), std::uint32_t{1000}, Site::plan_count);
  const Extent low{120, 2}, high{998, 2};
  const auto plan = plan_rebuild(history.view(), std::vector{low, high});
  ASSERT_TRUE(plan);
  carry_out(plan->writes(), history.store());
  const Structure there = history.structure();
  ASSERT_EQ(there.free.size(), 1U);
  EXPECT_EQ(there.free[0].extent, (Extent{144, 854})) << "[122, 128) is lost to alignment, [128, 144) is the descriptor";
  EXPECT_EQ(there.discarded, 8U + 6U) << "[112, 120) is too small";
  EXPECT_TRUE(there.spare.empty());
}

TEST_P(Plans, Compaction) {
  over_histories([&](History& history) {
    mark_some(history);
    const Structure before = history.structure();
    const Plan plan = plan_compaction(history.view(), before);
    EXPECT_EQ(fault_in_prefixes(history, plan.writes(), history.live()), std::nullopt);
    carry_out(plan.writes(), history.store());
    const Structure there = history.structure();
    EXPECT_EQ(there.unlisted_bytes(), before.unlisted_bytes()) << "no byte is lost";
    EXPECT_EQ(there.discarded, before.discarded) << "and none is discarded";
    for (const ListedSegment& a : there.free) {
      EXPECT_FALSE(a.marked);
      EXPECT_NE(a.extent.end(), there.allocated);
      for (const ListedSegment& b : there.free) EXPECT_NE(a.extent.end(), b.extent.offset) << "neighbours are one";
    }
    EXPECT_LE(there.spare.size(), kept_spare);
    EXPECT_TRUE(plan_compaction(history.view(), there).empty());
    EXPECT_TRUE(there.boundaries.size() == before.boundaries.size() || roots_alone(history))
        << "boundaries stay, or all are new";
  });
}

// What is left of live segments below a position, and those of them that are whole.
std::vector<Extent> left_below(const std::vector<Extent>& live, Offset position) {
  std::vector<Extent> left;
  for (const Extent e : live)
    if (e.offset < position) left.push_back({e.offset, std::min(e.size, position - e.offset)});
  return left;
}
std::vector<Extent> whole_below(std::vector<Extent> live, Offset position) {
  std::erase_if(live, [&](Extent e) { return e.end() > position; });
  return live;
}

// Calls check(history, position) for copies of memories of different ages, several times each.
void Plans::over_positions(const std::function<void(History&, Offset)>& check) {
  over_histories([&](History& history) {
    const Structure before = history.structure();
    for (int i = 0; i < 8; ++i) {
      History copy = history;
      check(copy, before.data_offset + history.below(before.allocated - before.data_offset + 1));
    }
  });
}

TEST_P(Plans, Rewind) {
  int anew = 0, in_place = 0;
  over_positions([&](History& history, Offset position) {
    const Structure before = history.structure();
    const std::vector<Extent> live = left_below(history.live(), position);
    const ListChange change = plan_rewind(history.view(), before, position);
    EXPECT_EQ(fault_in_prefixes(history, change.plan.writes(), whole_below(history.live(), position)), std::nullopt);
    carry_out(change.plan.writes(), history.store());
    EXPECT_EQ(fault(history.view(), live), std::nullopt) << "what is left of a segment that was cut is still live";
    const Structure there = history.structure();
    EXPECT_EQ(there.allocated, position);
    EXPECT_GE(there.unlisted_bytes(), live_bytes(live)) << "what is live may be freed: it does not count as discarded";
    for (const ListedSegment& s : there.free) EXPECT_LE(std::max<std::uint64_t>(s.extent.end(), s.descriptor), change.end);
    for (const Offset descriptor : there.spare) EXPECT_LT(descriptor, change.end);
    if (change.kind == ListChange::Kind::anew) {
      EXPECT_TRUE(roots_alone(history));
      EXPECT_LE(there.spare.size(), kept_spare);
      ++anew;
    } else {
      EXPECT_EQ(there.boundaries.size(), before.boundaries.size()) << "boundaries stay";
      ++in_place;
    }
    EXPECT_TRUE(position != before.allocated || change.plan.empty());
  });
  EXPECT_GT(in_place, 50);
  EXPECT_TRUE(anew > 50 || GetParam() == Freelist::none);
}

// The bytes of the list that lie below are the same ones afterwards, and so is the list of what the position does not touch.
TEST_P(Plans, ARewindInPlaceMovesNothingElse) {
  int returning = 0;
  over_positions([&](History& history, Offset position) {
    mark_some(history);
    const Structure before = history.structure();
    const ListChange change = plan_rewind(history.view(), before, position);
    if (change.kind != ListChange::Kind::in_place) return;
    carry_out(change.plan.writes(), history.store());
    const Structure there = history.structure();
    returning += change.come.empty() ? 0 : 1;
    std::vector<ListedSegment> stay;
    std::uint64_t bytes = 0;
    for (ListedSegment s : before.free) {
      s.marked = false;
      bytes += live_bytes(left_below({s.extent, {s.descriptor, descriptor_size}}, position));
      if (s.extent.end() <= position && s.descriptor < position) stay.push_back(s);
    }
    for (const Offset descriptor : before.spare) bytes += descriptor < position ? descriptor_size : 0;
    EXPECT_EQ(there.free_bytes() + there.descriptor_bytes(), bytes) << "no byte is lost";
    EXPECT_EQ(there.free.size(), stay.size() + change.come.size());
    auto next = there.free.begin();
    for (const ListedSegment& s : stay) {
      next = std::ranges::find(next, there.free.end(), s);
      ASSERT_NE(next, there.free.end()) << "in their order";
    }
  });
  EXPECT_TRUE(returning > 10 || GetParam() == Freelist::none) << returning;
}

// Nothing is listed above the position: two words are all there is to write.
TEST_P(Plans, Lowering) {
  over_histories([&](History& history) {
    const Structure before = history.structure();
    Offset end = before.data_offset;
    for (const ListedSegment& s : before.free)
      end = std::max({end, s.descriptor + descriptor_size, static_cast<Offset>(s.extent.end())});
    for (const Offset descriptor : before.spare) end = std::max(end, descriptor + descriptor_size);
    EXPECT_EQ(end_of_lists(history.view()), end);
    const Offset position = end + history.below(before.allocated - end + 1);
    const ListChange change = plan_lowering(history.view(), position, end);
    EXPECT_LE(change.plan.writes().size(), 2U);
    EXPECT_EQ(change.end, end);
    const Plan same = plan_rewind(history.view(), before, position).plan;
    EXPECT_TRUE(std::ranges::equal(change.plan.writes(), same.writes())) << "as with the lists looked at";
    EXPECT_EQ(fault_in_prefixes(history, change.plan.writes(), whole_below(history.live(), position)), std::nullopt);
  });
}

TEST_P(Plans, Clear) {
  over_histories([&](History& history) {
    const Plan plan = plan_clear(history.view());
    EXPECT_EQ(fault_in_prefixes(history, plan.writes(), {}), std::nullopt);
    carry_out(plan.writes(), history.store());
    EXPECT_TRUE(roots_alone(history));
    EXPECT_EQ(history.structure().allocated, history.geometry().data_offset());
    EXPECT_EQ(history.structure().unlisted_bytes() + history.structure().free.size() + history.structure().discarded, 0U);
  });
}

// A bug that must be found, "seal written before the walk": killed behind it, the next opening trusts the list that was to be
// dropped.
TEST(PlansWithABug, TheMarkerBeforeTheDropIsFound) {
  bool found = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    History history(Freelist::optimistic, 2000, seed);
    history.live_on(100);
    const auto dropped = untrusted(history);
    if (!dropped) continue;
    carry_out(dropped->plan.writes().last(opening_writes), history.store());
    history.note_death();
    const bool trusted = history.opening() != Recovery::Opening::untrusted;
    found = found || (trusted && fault(history.view(), history.live()));
  }
  EXPECT_TRUE(found);
}

// A bug that must be found: a list that is published before its descriptors are written.
TEST(PlansWithABug, AHeadBeforeItsDescriptorsIsFound) {
  bool found = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    History history(Freelist::pessimistic, 2000, seed);
    history.live_on(100);
    const auto plan = plan_rebuild(history.view(), history.live());
    ASSERT_TRUE(plan);
    carry_out(plan->writes().first(4), history.store());
    carry_out(plan->writes().last(1), history.store());
    found = found || fault(history.view(), history.live());
  }
  EXPECT_TRUE(found);
}

// A bug that must be found: an undo in the order of the plan. The seal is written twice, and the one between the two would
// stay.
TEST(PlansWithABug, AnUndoThatIsNotReversedIsFound) {
  int tried = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    History history(Freelist::optimistic, 2000, seed);
    history.live_on(100);
    const auto dropped = untrusted(history);
    if (!dropped) continue;
    const Plan &plan = dropped->plan, &undo = dropped->undo;
    ASSERT_TRUE(goes_back(history, plan, undo));
    Plan forward;
    for (std::size_t i = undo.writes().size(); i > 0; --i) forward.add(undo.writes()[i - 1]);
    EXPECT_FALSE(goes_back(history, plan, forward)) << "seed " << seed;
    ++tried;
  }
  EXPECT_GT(tried, 10);
}

// A bug that must be found: boundaries that are published before they are written. What stands there is what an earlier opening
// has left.
TEST(PlansWithABug, ABoundaryBeforeItsWordsIsFound) {
  int found = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    constexpr Size room = 2000;
    const IndexShape index = small_index(room);
    History history(Freelist::pessimistic, room + static_cast<Size>(index.bytes()), seed, 20, index);
    history.live_on(100);
    history.plant();
    const auto plan = plan_rebuild(history.view(), history.live());
    ASSERT_TRUE(plan);
    const auto of_boundary = [&](const Plan::Write& w) {
      return w.place >= history.geometry().root(0) && w.place < static_cast<Place>(history.geometry().data_offset());
    };
    std::vector<Plan::Write> writes;
    std::ranges::copy_if(plan->writes(), std::back_inserter(writes), std::not_fn(of_boundary));
    std::ranges::copy_if(plan->writes(), std::back_inserter(writes), of_boundary);
    EXPECT_EQ(fault_in_prefixes(history, plan->writes(), history.live()), std::nullopt);
    found += fault_in_prefixes(history, writes, history.live()) ? 1 : 0;
  }
  EXPECT_GT(found, 10);
}

// Bugs that must be found: a rewind that moves the cursor first, and one that takes positions above which something is listed
// for free of it.
TEST(PlansWithABug, ACursorBeforeTheListIsFound) {
  int found = 0, blind = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    History history(Freelist::pessimistic, 2000, seed);
    history.live_on(100);
    const Structure before = history.structure();
    const Offset position = before.data_offset + (before.allocated - before.data_offset) / 2;
    const ListChange change = plan_rewind(history.view(), before, position);
    const auto writes = change.plan.writes();
    if (change.gone.empty() || writes.back().place != history.geometry().cursor().place) continue;
    std::vector<Plan::Write> reversed(writes.rbegin(), writes.rend());
    const auto live = whole_below(history.live(), position);
    found += fault_in_prefixes(history, reversed, live) ? 1 : 0;
    blind += fault_in_prefixes(history, plan_lowering(history.view(), position, position).plan.writes(), live) ? 1 : 0;
  }
  EXPECT_GT(found, 10);
  EXPECT_EQ(blind, found);
}

TEST(PlansWithABug, AFreeLiveSegmentIsFound) {
  History history(Freelist::optimistic, 2000, 1);
  history.live_on(100);
  ASSERT_FALSE(history.structure().free.empty());
  std::vector<Extent> live = history.live();
  live.push_back(history.structure().free.front().extent);
  EXPECT_TRUE(fault(history.view(), live));
}

TEST_P(Plans, ALiveSegmentThatOverlapsOrLiesOutsideChangesNothing) {
  History history(GetParam(), 2000, 7);
  history.live_on(60);
  ASSERT_GE(history.live().size(), 2U);
  const Structure s = history.structure();
  const auto error = [&](std::vector<Extent> live) {
    const auto plan = plan_rebuild(history.view(), live);
    EXPECT_FALSE(plan);
    return plan ? Error{} : plan.error();
  };
  EXPECT_EQ(error({{s.data_offset, 20}, {s.data_offset + 10, 5}}), (Error{.code = ErrorCode::overlapping_segments,
                                                                          .asked = s.data_offset + 20ULL,
                                                                          .there = s.data_offset + 10ULL,
                                                                          .at = s.data_offset}));
  EXPECT_EQ(error({{s.data_offset, 20}, {s.data_offset, 20}}).code, ErrorCode::overlapping_segments);
  EXPECT_EQ(error({{s.data_offset - 1, 2}}).code, ErrorCode::out_of_range);
  EXPECT_EQ(error({{s.allocated - 1, 2}}).code, ErrorCode::out_of_range);
  EXPECT_EQ(error({{0xffffffff, 0xffffffff}}).code, ErrorCode::out_of_range);
  EXPECT_TRUE(plan_rebuild(history.view(), std::vector<Extent>{{0, 0}})) << "an empty segment is nowhere";
}

}  // namespace
}  // namespace rarena::detail
