// Where the descriptors of a new list lie, and what becomes of every byte of the ground.
#include "new_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace rarena::detail {
namespace {

using recovery::Ground;
using recovery::NewList;
using Segments = std::vector<Extent>;
using Slots = std::vector<Offset>;

Segments segments_of(const NewList& list) { return {list.segments().begin(), list.segments().end()}; }
Slots slots_in(const NewList& list) { return {list.descriptors().begin(), list.descriptors().end()}; }

TEST(NewLists, HaveTheirSlabAtTheBeginningOfTheData) {
  const NewList list(
      {.kind = Freelist::pessimistic, .begin = 104, .holes = {{112, 100}, {400, 30}}, .room = {1000, 5000}, .spare = 2});
  EXPECT_EQ(slots_in(list), (Slots{112, 128, 144, 160}));
  EXPECT_EQ(segments_of(list), (Segments{{400, 30}, {176, 36}}));
  EXPECT_EQ(list.cursor(), 1000U);
}

// Not more than it has room for, and none where the others find none.
TEST(NewLists, KeepUnusedDescriptorsInTheirSlab) {
  const NewList begin({.kind = Freelist::pessimistic, .begin = 112, .holes = {{112, 64}, {400, 30}}, .spare = 16});
  EXPECT_EQ(slots_in(begin), (Slots{112, 128, 144, 160}));
  EXPECT_EQ(segments_of(begin), (Segments{{400, 30}}));
  const NewList nothing({.kind = Freelist::pessimistic, .begin = 112, .holes = {{300, 64}, {400, 48}}, .spare = 16});
  EXPECT_EQ(slots_in(nothing), (Slots{400, 416})) << "one for the other hole, and the next for what remains of this one";
  EXPECT_EQ(segments_of(nothing), (Segments{{432, 16}, {300, 64}}));
}

// Of the room it takes half at most.
TEST(NewLists, HaveTheirSlabAboveTheData) {
  const Ground ground{.kind = Freelist::optimistic, .begin = 112, .holes = {{200, 40}, {400, 60}}, .room = {1001, 500}};
  const NewList list(ground);
  EXPECT_EQ(slots_in(list), (Slots{1008, 1024, 1040}));
  EXPECT_EQ(segments_of(list), (Segments{{400, 60}, {200, 40}, {1001, 7}})) << "what aligning the slab cuts off is listed";
  EXPECT_EQ(list.cursor(), 1056U);
  Ground rebuilt = ground;
  rebuilt.least = 16;
  EXPECT_EQ(segments_of(NewList(rebuilt)), (Segments{{400, 60}, {200, 40}}));
  EXPECT_EQ(NewList(rebuilt).cursor(), 1040U);
  Ground narrow = ground;
  narrow.room = {1008, 64};
  EXPECT_EQ(slots_in(NewList(narrow)), (Slots{1008, 1024}));
  narrow.room = {1008, 63};
  EXPECT_EQ(slots_in(NewList(narrow)), (Slots{208, 224})) << "31 are not enough for two, and a hole becomes descriptors";
  EXPECT_EQ(NewList(narrow).cursor(), 1008U);
}

TEST(NewLists, HaveTheirSlabInTheSmallestHoleWithRoomForIt) {
  const Ground ground{
      .kind = Freelist::pessimistic, .begin = 112, .holes = {{200, 80}, {400, 200}, {800, 96}}, .room = {1000, 5000}};
  EXPECT_EQ(slots_in(NewList(ground)), (Slots{800, 816, 832}));
  EXPECT_EQ(segments_of(NewList(ground)), (Segments{{848, 48}, {200, 80}, {400, 200}}));
  Ground beside = ground;
  beside.taken = {832, 848};
  EXPECT_EQ(slots_in(NewList(beside)), (Slots{400, 416, 432})) << "at both edges of the other one it would lie over them";
  beside.taken = {816};
  EXPECT_EQ(slots_in(NewList(beside)), (Slots{848, 864, 880})) << "at its end";
  EXPECT_EQ(segments_of(NewList(beside)), (Segments{{800, 48}, {200, 80}, {400, 200}}));
}

TEST(NewLists, UseTheSmallestHolesWhereNoneHasRoomForASlab) {
  const NewList list({.kind = Freelist::pessimistic, .begin = 112, .holes = {{208, 32}, {304, 30}, {400, 32}, {500, 75}}});
  EXPECT_EQ(slots_in(list), (Slots{304, 400, 416})) << "of the two of equal size the highest";
  EXPECT_EQ(segments_of(list), (Segments{{320, 14}, {208, 32}, {500, 75}}));
}

// What a user has reserved.
TEST(NewLists, KeepReservedDescriptorsInSmallHoles) {
  Ground ground{.kind = Freelist::pessimistic, .begin = 112, .holes = {{208, 96}, {400, 192}, {700, 100}}, .spare = 16};
  EXPECT_EQ(NewList(ground).descriptors().size(), 3U);
  ground.spare = 17;
  EXPECT_EQ(NewList(ground).descriptors().size(), 17U + 2U) << "two segments are left";
}

// One slot with scraps on both sides would give less than it needs.
TEST(NewLists, PassOverHolesThatGiveNoMoreThanTheyNeed) {
  const NewList list({.kind = Freelist::pessimistic, .begin = 112, .holes = {{200, 30}, {304, 16}}});
  EXPECT_EQ(slots_in(list), (Slots{304}));
  EXPECT_EQ(segments_of(list), (Segments{{200, 30}}));
}

TEST(NewLists, TakeFromTheRoomWhatIsStillMissing) {
  const NewList list(
      {.kind = Freelist::pessimistic, .begin = 112, .holes = {{200, 8}, {300, 12}, {500, 3}}, .room = {1000, 60}});
  EXPECT_EQ(slots_in(list), (Slots{1008, 1024, 1040}));
  EXPECT_EQ(segments_of(list), (Segments{{200, 8}, {1000, 8}, {300, 12}}));
  EXPECT_FALSE(list.complete()) << "the smallest one has no descriptor";
  EXPECT_EQ(list.cursor(), 1056U);
}

TEST(NewLists, DoNotListWhatIsTooSmall) {
  const NewList list(
      {.kind = Freelist::pessimistic, .least = 16, .begin = 112, .holes = {{200, 15}, {300, 16}}, .room = {512, 99}});
  EXPECT_EQ(segments_of(list), (Segments{{300, 16}}));
  EXPECT_TRUE(list.complete());
  EXPECT_TRUE(NewList({.kind = Freelist::none, .holes = {{200, 100}}, .room = {512, 99}, .spare = 3}).segments().empty());
}

// What is wrong with a list on this ground: parts that overlap, or lie outside, or where they may not; a segment without
// descriptor; bytes that are neither free nor a descriptor though everything is listed.
std::optional<std::string> wrong_with(const Ground& ground, const Segments& segments, const Slots& slots, std::uint64_t cursor,
                                      bool complete) {
  std::vector<bool> ours(4096);
  const auto paint = [&](Extent e) {
    std::fill(ours.begin() + e.offset, ours.begin() + static_cast<std::ptrdiff_t>(e.end()), true);
  };
  std::ranges::for_each(ground.holes, paint);
  if (cursor != ground.room.offset) paint(extent_between(ground.room.offset, cursor));
  Segments parts = segments;
  for (const Offset slot : slots) {
    if (std::ranges::binary_search(ground.taken, slot)) return "a descriptor over an old one";
    if (slot % descriptor_size != 0) return "a descriptor that is not aligned";
    parts.push_back({slot, descriptor_size});
  }
  if (slots.size() < segments.size()) return "a segment without descriptor";
  for (const Extent part : parts)
    for (std::uint64_t at = part.offset; at < part.end(); ++at) {
      if (!ours[at]) return "overlaps, or lies outside";
      ours[at] = false;
    }
  if (complete && std::ranges::count(ours, true) != 0) return "bytes are lost";
  return std::nullopt;
}

// Grounds of all kinds; a list that is changed a little is found.
TEST(NewLists, AccountForEveryByte) {
  std::mt19937_64 random(7);
  const auto below = [&](Size bound) { return static_cast<Size>(random() % bound); };
  int complete = 0, bugs = 0;
  for (int i = 0; i < 3000; ++i) {
    Ground ground{.kind = i % 2 == 0 ? Freelist::optimistic : Freelist::pessimistic, .begin = 112};
    const Size most = 1U << (1 + below(8));
    Size at = 112 + below(20);
    while (at < 2500) {
      const Size size = 1 + below(most);
      ground.holes.push_back({at, size});
      at += size + 1 + below(60);
    }
    ground.room = {at, below(2) == 0 ? 0 : below(1000)};
    ground.spare = below(40);
    for (Offset slot = 112; below(2) == 0 && slot < 2500; slot += 16 * (1 + below(30))) ground.taken.push_back(slot);
    const NewList list(ground);
    const auto judge = [&](const Segments& segments, const Slots& slots) {
      return wrong_with(ground, segments, slots, list.cursor(), list.complete());
    };
    EXPECT_EQ(judge(segments_of(list), slots_in(list)), std::nullopt) << i;
    complete += list.complete() ? 1 : 0;
    if (list.segments().empty()) continue;
    Segments less = segments_of(list);
    less.back().size -= 1;
    Slots moved = slots_in(list);
    moved.back() += descriptor_size;
    Slots missing = slots_in(list);
    missing.resize(list.segments().size() - 1);
    bugs += (judge(less, slots_in(list)).has_value() || !list.complete()) && judge(segments_of(list), moved) &&
                    judge(segments_of(list), missing)
                ? 0
                : 1;
  }
  EXPECT_GT(complete, 700) << "of 3000";
  EXPECT_EQ(bugs, 0) << "that were not found";
}

}  // namespace
}  // namespace rarena::detail
