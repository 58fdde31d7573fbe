// Cuts of small histories, counted by hand; what a power loss may leave of them.
#include "history.hpp"

#include <gtest/gtest.h>

#include <set>

#include "cuts.hpp"
#include "page_loss.hpp"
#include "process_kill.hpp"

namespace rarena::models::crash {
namespace {

constexpr Size cursor_at_start = 112;

Mark write(Place place, std::uint64_t value, std::uint16_t order, Cut needs) {
  return {.order = order, .steps = needs[0], .place = place, .value = value, .extent = {}, .needs = needs};
}
Mark moment_of(Moment moment, Extent extent, Cut needs) { return {.moment = moment, .extent = extent, .needs = needs}; }

struct Count {
  std::set<Cut> seen;
  int depth = 0;
  void take(const Mark&, unsigned) { ++depth; }
  void drop(std::size_t count) { depth -= static_cast<int>(count); }
  bool visit(const Cut& cut) {
    EXPECT_EQ(depth, cut[0] + cut[1]);
    EXPECT_TRUE(seen.insert(cut).second) << "no cut comes twice";
    return true;
  }
};

std::set<Cut> cuts_of(const History& history) {
  Count count;
  Cuts(history, Cut{}, history.everything(), count).run();
  EXPECT_EQ(count.depth, 0);
  return count.seen;
}

TEST(Cuts, OfIndependentThreadsAreAll) {
  History history;
  history.threads = {{write(64, 1, 1, {1, 0}), write(64, 2, 2, {2, 0})}, {write(72, 1, 1, {0, 1})}};
  EXPECT_EQ(cuts_of(history).size(), 6U);
}

TEST(Cuts, ContainWhatTheirMarksNeed) {
  History history;  // the only write of thread 1 has read the second one of thread 0
  history.threads = {{write(64, 1, 1, {1, 0}), write(64, 2, 2, {2, 0})}, {write(72, 1, 1, {2, 1})}};
  const auto cuts = cuts_of(history);
  EXPECT_EQ(cuts, (std::set<Cut>{{0, 0}, {1, 0}, {2, 0}, {2, 1}}));
  EXPECT_EQ(greatest_within(history, {1, 1}), (Cut{1, 0}));
  EXPECT_EQ(greatest_within(history, {2, 1}), (Cut{2, 1}));
}

TEST(Cuts, OfAPartCountItsMarksOnly) {
  History history;
  history.threads = {{write(64, 1, 1, {1, 0}), write(72, 2, 1, {2, 0})}, {write(72, 1, 2, {2, 1})}};
  const History part = history.only([](const Mark& mark) { return mark.place == 72; });
  EXPECT_EQ(cuts_of(part), (std::set<Cut>{{0, 0}, {1, 0}, {1, 1}}));
}

TEST(Snapshots, AreWhatTheModificationOrderSays) {
  const Image image = Image(Freelist::pessimistic).room(2 * granule);
  Snapshot memory(closed_file_of(image), image.geometry());
  const Place cursor = image.geometry().cursor().place;
  memory.take(write(cursor, 144, 2, {}), 0);
  const Fingerprint newest = memory.print();
  memory.take(write(cursor, 128, 1, {}), 1);  // an older write changes nothing
  EXPECT_EQ(word_at(memory.bytes(), image.geometry(), cursor), 144U);
  EXPECT_EQ(memory.print(), newest);
  memory.drop(2);
  EXPECT_EQ(word_at(memory.bytes(), image.geometry(), cursor), cursor_at_start);
  EXPECT_EQ(memory.print(), Fingerprint{});
}

TEST(Files, OfAnIndexAreClosedWithoutItsBoundaries) {
  const Image image = Image(Freelist::pessimistic, {.first = 4, .roots = 3}).descriptors(1).free(2 * granule);
  const Geometry g = image.geometry();
  const Bytes closed = closed_file_of(image);
  EXPECT_TRUE(examine(MemoryView(closed.data.data(), g), {}).boundaries.empty());
  Reopening reopening(image, 2, Defect::none);
  EXPECT_EQ(reopening.in_the_same_boot(closed, 0, Claim::closed), "");
  Bytes opened = closed;
  Tape unread;
  EXPECT_EQ(reopening.open(opened, 1, unread), "");
  EXPECT_EQ(examine(MemoryView(opened.data.data(), g), {}).boundaries.size(), 3U);
  EXPECT_EQ(word_at(opened, g, g.largest().place), 2 * granule) << "and with hints that are so";
  EXPECT_EQ(word_at(opened, g, g.pressed().place), 0U);
}

// One thread bumps the cursor over two granules, one by one.
History two_bumps(const Image& image, bool promised) {
  const Place cursor = image.geometry().cursor().place;
  const Extent first{cursor_at_start, granule};
  History history;
  history.threads = {{write(cursor, 128, 1, {1}), moment_of(Moment::live, first, {2})}};
  if (promised) {
    history.threads[0].push_back(moment_of(Moment::flush, header_range(image.geometry()), {3}));
    history.threads[0].push_back(moment_of(Moment::durable, first, {4}));
  }
  const auto so_far = static_cast<std::uint16_t>(history.threads[0].size());
  history.threads[0].push_back(write(cursor, 144, 2, {static_cast<std::uint16_t>(so_far + 1)}));
  return history;
}

TEST(PageLosses, LeaveEachPageAsItWasAtSomeMoment) {
  const Image image = Image(Freelist::none).room(2 * granule);
  PageLoss power(image, 2, Mode::power, Defect::none, 8);
  EXPECT_EQ(power(two_bumps(image, false)), "");
  // Being opened: 2 seals, generations, witnesses, files, and 3 of boot with device; open: 3 cursors; being closed: not sealed
  // and sealed; closed: 3 of boot with device, 2 files, 2 witnesses.
  EXPECT_EQ(power.counters().files, 48U + 3 + 2 + 12);
}

TEST(PageLosses, LeaveWhatAFlushCovered) {
  const Image image = Image(Freelist::none).room(2 * granule);
  EXPECT_EQ(PageLoss(image, 2, Mode::power, Defect::none, 8)(two_bumps(image, true)), "");
  const std::string wrong = PageLoss(image, 2, Mode::power, Defect::no_header_flush, 8)(two_bumps(image, true));
  EXPECT_TRUE(wrong.starts_with("REC-2: what must be kept lies above the cursor, 112")) << wrong;
}

TEST(ProcessKills, KeepWhatIsLive) {
  const Image image = Image(Freelist::none).room(2 * granule);
  ProcessKill kill(image, 2, Defect::none);
  EXPECT_EQ(kill(two_bumps(image, false)), "");
  EXPECT_EQ(kill.counters().files, 4U) << "112, 128, 128 with a live segment, 144";
  History at_most = two_bumps(image, false);
  at_most.threads[0][0].may_lose = {1, 0};
  EXPECT_EQ(ProcessKill(image, 2, Defect::none)(at_most), "");
  at_most.threads[0][0].may_lose = {0, 0};
  const std::string more = ProcessKill(image, 2, Defect::none)(at_most);
  EXPECT_TRUE(more.starts_with("REC-2: a kill loses 1 ranges and 0 descriptors")) << more;
  History early = two_bumps(image, false);  // the segment is handed out before the cursor has moved
  std::swap(early.threads[0][0], early.threads[0][1]);
  const std::string wrong = ProcessKill(image, 2, Defect::none)(early);
  EXPECT_TRUE(wrong.starts_with("REC-2: what must be kept lies above the cursor, 112; killed when thread 0")) << wrong;
}

}  // namespace
}  // namespace rarena::models::crash
