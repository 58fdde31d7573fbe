// The end of lists that are followed and not examined: exact where they are sound, and not known where they lead astray or do
// not end.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "recovery_test_support.hpp"
#include "rewind.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class EndOfLists : public ::testing::TestWithParam<Freelist> {
 protected:
  // Calls check(history, structure) for memories with three free segments and more, without an index and with one.
  static void over_lists(const std::function<void(const History&, const Structure&)>& check) {
    for (std::uint64_t seed = 0; seed < 20 && !HasFailure(); ++seed) {
      for (const IndexShape& index : {IndexShape{}, small_index(2000)}) {
        History history(GetParam(), 2000 + static_cast<Size>(index.bytes()), seed, 20, index);
        history.live_on(100);
        if (history.geometry().has_index()) history.plant();
        const Structure structure = history.structure();
        if (structure.free.size() > 2) check(history, structure);
      }
    }
  }
  using Damage = std::function<void(PlainStore)>;
  static std::optional<Offset> end_after(const History& history, const Damage& damage) {
    History copy = history;
    damage(copy.store());
    return end_of_lists(copy.view());
  }
};

INSTANTIATE_TEST_SUITE_P(Lists, EndOfLists, ::testing::Values(Freelist::optimistic, Freelist::pessimistic));

TEST_P(EndOfLists, IsWhereTheTopmostPartEnds) {
  int seen = 0;
  over_lists([&](const History& history, const Structure& structure) {
    Offset end = 0;
    for (const ListedSegment& s : structure.free)
      end = std::max({end, static_cast<Offset>(s.extent.end()), s.descriptor + descriptor_size});
    for (const Offset descriptor : structure.spare) end = std::max(end, descriptor + descriptor_size);
    EXPECT_EQ(end_after(history, [](PlainStore) {}), end);
    ++seen;
  });
  EXPECT_GT(seen, 20);
}

TEST_P(EndOfLists, IsNotKnownWhereTheyDoNotEnd) {
  over_lists([](const History& history, const Structure& structure) {
    for (const std::size_t back : {std::size_t{0}, structure.free.size() / 2, structure.free.size() - 1}) {
      const auto last = Geometry::link(structure.free.back().descriptor);
      const Link wrong(structure.free[back].descriptor, false, 1);
      EXPECT_EQ(end_after(history, [&](PlainStore store) { store.store(last, wrong.bits(), Site::plan_link); }), std::nullopt);
    }
  });
}

TEST_P(EndOfLists, IsNotKnownWhereTheyLeadAstray) {
  over_lists([](const History& history, const Structure& structure) {
    const Offset top = structure.allocated, first = structure.free.front().descriptor;
    for (const Offset next : {Offset{16}, top / 16 * 16, Offset{0xfffffff0}}) {
      const Link wrong(next, false, 1);
      for (const auto link : {Geometry::link(first), history.geometry().spare_head()})
        EXPECT_EQ(end_after(history, [&](PlainStore store) { store.store(link, wrong.bits(), Site::plan_link); }), std::nullopt)
            << next;
    }
    for (const Extent e : {Extent{top - 1, 2}, Extent{structure.data_offset - 1, 2}, Extent{~0U, ~0U}})
      EXPECT_EQ(end_after(history, [&](PlainStore store) { store.store(Geometry::extent(first), encode(e), Site::plan_link); }),
                std::nullopt);
  });
}

}  // namespace
}  // namespace rarena::detail
