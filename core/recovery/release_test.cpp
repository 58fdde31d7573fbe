// Descriptors that nobody needs are released by compaction and by openings: behind every prefix of their plans the memory is
// sound, no byte is lost, and a kill or a power loss leaves the old lists or the new ones. REC-2, REC-3, SEG-2. The bugs at the
// end must be found.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <vector>

#include "list_plan.hpp"
#include "new_list.hpp"
#include "recover.hpp"
#include "recovery_test_support.hpp"
#include "relist.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

// What is wrong with lists in which descriptors have been released: bytes that are lost, given up or counted twice, too many
// unused descriptors, descriptors that separate free bytes.
std::optional<std::string> unreleased(const Structure& before, const Structure& there) {
  if (there.unlisted_bytes() != before.unlisted_bytes()) return "bytes are lost";
  if (there.discarded != before.discarded) return "bytes were given up";
  if (there.spare.size() > kept_spare) return "unused descriptors were not released";
  std::map<std::uint64_t, std::pair<std::uint64_t, bool>> parts;  // from offset to end, and whether it is free
  for (const ListedSegment& s : there.free) {
    parts[s.extent.offset] = {s.extent.end(), true};
    parts[s.descriptor] = {s.descriptor + descriptor_size, false};
  }
  for (const Offset spare : there.spare) parts[spare] = {spare + descriptor_size, false};
  std::uint64_t end = 0;
  int large = 0;
  for (const auto& [offset, part] : parts) {
    if (offset != end) large = 0;
    if (part.second && part.first - offset >= descriptor_size && ++large > 1) return "descriptors separate free bytes";
    end = part.first;
  }
  return std::nullopt;
}

class Releases : public ::testing::TestWithParam<Freelist> {
 protected:
  // Memories that were full of small segments, with many descriptors in many places, because slabs are small. Without an index
  // and with one.
  static void over_emptied(Freelist kind, const std::function<void(History&)>& check) {
    for (std::uint64_t seed = 0; seed < 24 && !HasFailure(); ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      const Size room = seed % 2 == 0 ? 4000 : 9000;
      for (const IndexShape& index : {IndexShape{}, small_index(room)}) {
        History history(kind, room + static_cast<Size>(index.bytes()), seed, seed % 3 == 0 ? 1 : 7, index);
        history.reserve(8);
        history.live_on(static_cast<int>(100 + 10 * seed));
        history.free_most(seed % 4 == 0 ? 60 : 85);
        history.merge();
        history.live_on(seed % 3 == 0 ? 0 : 10);
        if (history.geometry().has_index()) history.plant();
        ASSERT_EQ(fault(history.view(), history.live()), std::nullopt);
        check(history);
      }
    }
  }
  void over_emptied(const std::function<void(History&)>& check) { over_emptied(GetParam(), check); }
};
INSTANTIATE_TEST_SUITE_P(Kinds, Releases, ::testing::Values(Freelist::optimistic, Freelist::pessimistic));

// Whether the plan empties the lists first, as where there is no room beside them.
bool empties_first(const Plan& plan, const Geometry& g) {
  return plan.writes().size() > 1 && plan.writes()[0].place == g.spare_head().place && plan.writes()[1].value == 0;
}

TEST_P(Releases, ByCompaction) {
  int beside = 0, released = 0;
  over_emptied([&](History& history) {
    const Structure before = history.structure();
    const Plan plan = plan_compaction(history.view(), before);
    EXPECT_EQ(fault_in_prefixes(history, plan.writes(), history.live()), std::nullopt);
    carry_out(plan.writes(), history.store());
    const Structure there = history.structure();
    EXPECT_EQ(unreleased(before, there), std::nullopt);
    EXPECT_TRUE(plan_compaction(history.view(), there).empty());
    beside += empties_first(plan, history.geometry()) ? 0 : 1;
    released += there.descriptor_bytes() < before.descriptor_bytes() ? 1 : 0;
  });
  EXPECT_GT(beside, 10) << "of 48";
  EXPECT_EQ(released, 48);
}

// Full of segments of 8 bytes, there is no room beside the descriptors that are in use.
TEST_P(Releases, ByCompactionWhereThereIsNoRoomBeside) {
  History history(GetParam(), 2000, 1, 1);
  history.reserve(70);
  history.fill(8);
  history.free_every(3);
  history.free_most(30);
  const Structure before = history.structure();
  const Plan plan = plan_compaction(history.view(), before);
  EXPECT_TRUE(empties_first(plan, history.geometry()));
  EXPECT_EQ(fault_in_prefixes(history, plan.writes(), history.live()), std::nullopt);
  carry_out(plan.writes(), history.store());
  EXPECT_EQ(unreleased(before, history.structure()), std::nullopt);
}

// As many as the user has reserved.
TEST_P(Releases, NotWhatIsReserved) {
  over_emptied([&](History& history) {
    const Structure before = history.structure();
    const Plan plan = plan_compaction(history.view(), before, 1000);
    carry_out(plan.writes(), history.store());
    EXPECT_EQ(recover(history.view(), history.structure(), {Recovery::Opening::process_died, Doubt::none}, this_file, 1000)
                  .structure.spare,
              history.structure().spare);
  });
}

TEST_P(Releases, ByAnOpening) {
  int released = 0;
  over_emptied([&](History& history) {
    for (const bool clean : {false, true}) {
      History file = history;
      if (clean) close_cleanly(file);
      const Structure before = file.structure();
      const auto opening = clean ? Recovery::Opening::clean : Recovery::Opening::process_died;
      ASSERT_EQ(file.opening(), opening);
      const auto [report, after, plan, undo] = recover(file.view(), before, {opening, Doubt::none}, this_file);
      EXPECT_EQ(fault_in_prefixes(file, plan.writes(), file.live()), std::nullopt);
      EXPECT_EQ(doubt_in_prefixes(file, plan.writes()), std::nullopt);
      EXPECT_TRUE(goes_back(file, plan, undo));
      EXPECT_EQ(report.kept.segments, before.free.size()) << "as it was found";
      carry_out(plan.writes(), file.store());
      const Structure there = file.structure();
      EXPECT_EQ(there.free, after.free) << "the structure and the writes agree";
      EXPECT_EQ(there.spare, after.spare);
      EXPECT_EQ(there.allocated, after.allocated);
      if (there.spare == before.spare) continue;
      ++released;
      EXPECT_EQ(unreleased(before, there), std::nullopt);
      const auto again = recover(file.view(), there, {Recovery::Opening::process_died, Doubt::none}, this_file);
      EXPECT_EQ(again.structure.free, there.free) << "REC-3";
      EXPECT_EQ(again.structure.spare, there.spare);
    }
  });
  EXPECT_GT(released, 60) << "of 96";
}

// Few unused descriptors are no reason to write anything but what every opening writes.
TEST_P(Releases, NothingWhereFewAreUnused) {
  History history(GetParam(), 4000, 1);
  history.fill(40);
  history.free_every(2);
  ASSERT_GT(history.structure().free.size(), 16U);
  ASSERT_LE(history.structure().spare.size(), kept_spare);
  close_cleanly(history);
  const auto opened = recover(history.view(), history.structure(), {Recovery::Opening::clean, Doubt::none}, this_file);
  EXPECT_LE(opened.plan.writes().size(), opening_writes);
}

// REC-2: a power loss in an opening may keep what it has written to data and lose what it has written to the header, as long as
// no flush has returned. Whatever is there, only lists that were sealed are trusted.
std::optional<std::string> trusts_other_lists(const History& before, PlanWrites writes) {
  History file = before;
  const Structure sealed = file.structure();
  for (const Plan::Write& write : writes) {
    if (write.place < static_cast<Place>(file.geometry().data_offset())) continue;
    carry_out(std::span(&write, 1), file.store());
    if (file.opening() == Recovery::Opening::untrusted) continue;
    if (auto wrong = fault(file.view(), before.live())) return wrong;
    if (file.structure().free != sealed.free || file.structure().spare != sealed.spare) return "other lists are trusted";
  }
  return std::nullopt;
}

TEST_P(Releases, TrustNoMixedListsAfterAPowerLoss) {
  over_emptied([&](History& history) {
    close_cleanly(history);
    const auto opened = recover(history.view(), history.structure(), {Recovery::Opening::clean, Doubt::none}, this_file);
    EXPECT_EQ(trusts_other_lists(history, opened.plan.writes()), std::nullopt);
  });
}

// Bugs that must be found. Each is planted in the plan of a compaction that makes the list anew beside the old one.
class ReleasesWithABug : public Releases {
 protected:
  using Bug = std::function<std::vector<Plan::Write>(const History&, PlanWrites)>;

  // In how many memories a bug is noticed.
  int found(const Bug& bug, int& tried) {
    int noticed = 0;
    tried = 0;
    over_emptied([&](History& history) {
      const Structure before = history.structure();
      const Plan plan = plan_compaction(history.view(), before);
      const bool anew = std::ranges::count(plan.writes(), history.geometry().spare_head().place, &Plan::Write::place) != 0;
      if (!anew || empties_first(plan, history.geometry()) || before.spare.size() <= kept_spare) return;
      ++tried;
      const std::vector<Plan::Write> writes = bug(history, plan.writes());
      History changed = history;
      carry_out(std::span<const Plan::Write>(writes), changed.store());
      if (fault_in_prefixes(history, writes, history.live()) || unreleased(before, changed.structure())) ++noticed;
    });
    EXPECT_GT(tried, 10) << "of 48";
    return noticed;
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, ReleasesWithABug, ::testing::Values(Freelist::optimistic, Freelist::pessimistic));

std::vector<Plan::Write> without(PlanWrites writes, Place place) {
  std::vector<Plan::Write> rest;
  std::ranges::copy_if(writes, std::back_inserter(rest), [&](const Plan::Write& w) { return w.place != place; });
  return rest;
}

TEST_P(ReleasesWithABug, NoneIsNotFound) {
  int tried = 0;
  EXPECT_EQ(found([](const History&, PlanWrites writes) { return std::vector(writes.begin(), writes.end()); }, tried), 0);
}

TEST_P(ReleasesWithABug, AReleasedDescriptorThatIsStillUnusedIsFound) {
  int tried = 0;
  const auto keeps_stack = [](const History& h, PlanWrites writes) { return without(writes, h.geometry().spare_head().place); };
  EXPECT_EQ(found(keeps_stack, tried), tried);
}

TEST_P(ReleasesWithABug, OneThatIsCountedAsDiscardedTooIsFound) {
  int tried = 0;
  const auto counts_twice = [](const History& h, PlanWrites writes) {
    std::vector<Plan::Write> all(writes.begin(), writes.end());
    const auto word = h.geometry().discarded();
    all.push_back({word.place, History(h).structure().discarded + descriptor_size, false});
    return all;
  };
  EXPECT_EQ(found(counts_twice, tried), tried);
}

TEST_P(ReleasesWithABug, ANewListBeforeTheOldStackIsGoneIsFound) {
  int tried = 0;
  const auto late_drop = [](const History& h, PlanWrites writes) {
    std::vector<Plan::Write> all(writes.begin(), writes.end());
    const auto at = [&](Word<std::uint64_t> word) { return std::ranges::find(all, word.place, &Plan::Write::place); };
    std::iter_swap(at(h.geometry().spare_head()), at(h.geometry().free_head()));
    return all;
  };
  const int noticed = found(late_drop, tried);
  EXPECT_EQ(noticed, tried);
}

TEST_P(ReleasesWithABug, AListBeforeItsDescriptorsIsFound) {
  int tried = 0;
  const auto early_head = [](const History& h, PlanWrites writes) {
    std::vector<Plan::Write> all(writes.begin(), writes.end());
    const auto head = std::ranges::find(all, h.geometry().free_head().place, &Plan::Write::place);
    std::rotate(all.begin(), head, head + 1);
    return all;
  };
  const int noticed = found(early_head, tried);
  EXPECT_EQ(noticed, tried);
}

// A new descriptor where an old one is in use: behind a prefix the old list leads astray.
TEST_P(ReleasesWithABug, ADescriptorOverAnOldOneIsFound) {
  int tried = 0, noticed = 0;
  over_emptied([&](History& history) {
    const Structure before = history.structure();
    const recovery::NewList list(recovery::ground_of(before, history.geometry().capacity(), kept_spare));
    const auto in_use = [&](Offset d) { return std::ranges::count(before.free, d, &ListedSegment::descriptor) != 0; };
    if (std::ranges::none_of(list.descriptors(), in_use)) return;
    Plan plan;
    recovery::ListPlan(plan, history.view()).replace(list.segments(), list.descriptors(), static_cast<Offset>(list.cursor()));
    ++tried;
    noticed += fault_in_prefixes(history, plan.writes(), history.live()) ? 1 : 0;
  });
  EXPECT_GT(tried, 4);
  EXPECT_EQ(noticed, tried);
}

// A new descriptor over an unused one in an opening: its words may be there after a power loss, under the old seal, whose sum
// knows the offsets of unused descriptors only. Such a file would be refused.
TEST_P(ReleasesWithABug, ANewListOverTheOldStackIsFound) {
  int tried = 0, noticed = 0;
  over_emptied(Freelist::optimistic, [&](History& history) {
    close_cleanly(history);
    const Structure before = history.structure();
    const recovery::NewList list(recovery::ground_beside(before, history.geometry().capacity(), kept_spare, false));
    if (!list.complete()) return;
    Plan plan;
    recovery::ListPlan(plan, history.view()).replace(list.segments(), list.descriptors(), static_cast<Offset>(list.cursor()));
    ++tried;
    noticed += trusts_other_lists(history, plan.writes()) ? 1 : 0;
  });
  EXPECT_GT(noticed, 0) << "of " << tried;
}

}  // namespace
}  // namespace rarena::detail
