// An arena that was full of small segments and is not any more: what its descriptors take, and where the free bytes are, after
// compaction, a rebuild and an opening.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class Descriptors : public EveryArena {
 protected:
  static constexpr Options options{.capacity = 64 * 1024, .merging = Merging::on_request};

  // Full of segments of 16, 32 or 48 bytes, of which 1 in 30 is left. Painted.
  template <class A>
  static std::vector<Extent> emptied(const A& arena) {
    Random random(5);
    std::vector<Extent> all, live;
    while (const auto got = arena.allocate(16 * (1 + random.below(3)), 16, Fill::none)) all.push_back(got->segment);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i % 30 != 0) {
        give(arena, all[i]);
        continue;
      }
      live.push_back(all[i]);
      paint(arena, all[i], all[i].offset);
    }
    EXPECT_TRUE(arena.merge());
    return live;
  }
  template <class A>
  static std::uint64_t descriptor_bytes(const A& arena) {
    return (arena.free_segments().size() + arena.spare_descriptors()) * std::uint64_t{descriptor_size};
  }
  template <class A>
  static Size largest(const A& arena) {
    Size size = arena.remaining();
    for (const Extent segment : arena.free_segments()) size = std::max(size, segment.size);
    return size;
  }
  static std::uint64_t total_of(const std::vector<Extent>& segments) {
    std::uint64_t bytes = 0;
    for (const Extent segment : segments) bytes += segment.size;
    return bytes;
  }
  template <class A>
  static void expect_whole(const A& arena, const std::vector<Extent>& live) {
    expect_exact(arena, total_of(live));
    for (const Extent segment : live) EXPECT_TRUE(painted(arena, segment, segment.offset)) << segment.offset;
  }
};
INSTANTIATE_TEST_SUITE_P(All, Descriptors, ::testing::ValuesIn(combinations({Freelist::optimistic, Freelist::pessimistic})),
                         combination_name);

TEST_P(Descriptors, AreReleasedByCompaction) {
  run(options, [&](auto arena) {
    const std::vector<Extent> live = emptied(arena);
    const std::uint64_t before = descriptor_bytes(arena);
    const Size piece = largest(arena), discarded = arena.discarded();
    EXPECT_GT(before, arena.capacity() / 20) << "the test is about many";
    ASSERT_TRUE(arena.compact_freelist());
    EXPECT_LT(descriptor_bytes(arena), before / 4);
    EXPECT_GT(largest(arena), piece);
    EXPECT_EQ(arena.discarded(), discarded);
    expect_whole(arena, live);
    const auto free = arena.free_segments();
    ASSERT_TRUE(arena.compact_freelist());
    EXPECT_EQ(arena.free_segments(), free);
    for (const Extent segment : live) give(arena, segment);
    expect_exact(arena, 0);
    ASSERT_TRUE(arena.compact_freelist());
    EXPECT_LE(descriptor_bytes(arena), 20 * descriptor_size);
    EXPECT_GT(largest(arena), arena.capacity() * 9 / 10);
  });
}

TEST_P(Descriptors, AreNotReleasedIfTheyAreReserved) {
  Options reserving = options;
  reserving.descriptor_reserve = 500;
  run(reserving, [&](auto arena) {
    (void)emptied(arena);
    ASSERT_TRUE(arena.compact_freelist());
    EXPECT_GE(arena.spare_descriptors(), 400U);
  });
}

// What was listed stays listed, however small it is.
TEST_P(Descriptors, ScrapsAreNotDiscarded) {
  run({.capacity = 4096, .minimum_segment_size = 100, .merging = Merging::on_request}, [&](auto arena) {
    const auto segments = take_all(arena, {5, 7, 15, 16, 17, 40, 200, 5});
    for (const int i : {0, 2, 4, 6}) give(arena, segments[static_cast<std::size_t>(i)]);
    const Size discarded = arena.discarded();
    ASSERT_TRUE(arena.compact_freelist());
    EXPECT_EQ(arena.discarded(), discarded);
    EXPECT_EQ(total_of(arena.free_segments()), 5U + 15 + 17 + 200);
    ASSERT_TRUE(arena.rebuild(std::vector{segments[1], segments[3], segments[5], segments[7]}));
    EXPECT_TRUE(std::ranges::count_if(arena.free_segments(), [](Extent e) { return e.size < 100; }) != 0)
        << "less than the minimum";
    expect_exact(arena, 7U + 16 + 40 + 5);
  });
}

// A file that is opened: by the process that closed it, and after one that died.
class ReopenedDescriptors : public Descriptors {};
INSTANTIATE_TEST_SUITE_P(Kinds, ReopenedDescriptors,
                         ::testing::Values(Combination{true, Kind::file, Freelist::optimistic},
                                           Combination{true, Kind::file, Freelist::pessimistic}),
                         combination_name);

TEST_P(ReopenedDescriptors, AreReleasedByAnOpening) {
  const TemporaryFolder folder;
  const auto path = folder.file("arena");
  Options how = options;
  how.freelist = GetParam().freelist;
  how.create = true;
  std::vector<Extent> live, closed;
  std::uint64_t before = 0;
  Size piece = 0;
  {
    const auto arena = value_of(Arena::map_mut(path, how));
    live = emptied(arena);
    before = descriptor_bytes(arena);
    piece = largest(arena);
    closed = arena.free_segments();
  }
  const std::string bytes = read_file(path);
  {
    const auto reader = value_of(Arena::map(path, how));
    EXPECT_EQ(reader.free_segments(), closed) << "who only reads sees what is there";
  }
  EXPECT_EQ(read_file(path), bytes);
  {
    const auto arena = value_of(Arena::map_mut(path, how));
    EXPECT_EQ(arena.recovery().kept.segments, closed.size()) << "as it was found";
    EXPECT_LT(descriptor_bytes(arena), before / 4);
    EXPECT_GT(largest(arena), piece);
    expect_whole(arena, live);
    closed = arena.free_segments();
  }
  const auto arena = value_of(Arena::map_mut(path, how));
  EXPECT_EQ(arena.free_segments(), closed) << "there is nothing left to release";
  expect_whole(arena, live);
  for (int i = 0; i < 100; ++i) paint(arena, take(arena, 20), 0xee);
  for (const Extent segment : live) EXPECT_TRUE(painted(arena, segment, segment.offset)) << segment.offset;
}

}  // namespace
}  // namespace rarena::detail
