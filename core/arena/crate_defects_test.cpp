// The defects of the Rust crate (0.6.0) around opening, exclusive operations and sizes, each as a test that this library
// passes. Those of its list under concurrency are in models/bugs.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class CrateDefects : public ::testing::Test {
 protected:
  void made(const Options& options) {
    const auto arena = value_of(Arena::map_mut(path, options));
    const auto segments = take_all(arena, {64, 40, 72});
    for (const Extent segment : segments) paint(arena, segment, 0x77);
    give(arena, segments[1]);
  }
  void expect_untouched(const Options& wanted) {
    const std::string before = read_file(path);
    EXPECT_FALSE(Arena::map_mut(path, wanted));
    EXPECT_EQ(read_file(path), before);
  }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};

// "opening zeroes bytes before it validates: a wrong option or path destroys the file"
TEST_F(CrateDefects, AWrongOptionDestroysNothing) {
  made({.capacity = 4096, .reserved = 8, .magic_version = 7, .create = true});
  const Options good{.reserved = 8, .magic_version = 7};
  for (const bool create : {false, true}) {
    Options wanted = good;
    wanted.create = create;
    wanted.magic_version = 8;
    expect_untouched(wanted);
    wanted = good;
    wanted.create = create;
    wanted.freelist = Freelist::optimistic;
    expect_untouched(wanted);
    wanted = good;
    wanted.create = create;
    wanted.reserved = 0;
    expect_untouched(wanted);
  }
  EXPECT_TRUE(Arena::map_mut(path, good));
}

TEST_F(CrateDefects, AWrongPathDestroysNothing) {
  const std::string text(5000, 't');
  {
    const FileHandle file = open_raw(path, O_RDWR | O_CREAT);
    ASSERT_EQ(::pwrite(file.number(), text.data(), text.size(), 0), 5000);
  }
  expect_untouched({.capacity = 1 << 20, .create = true});
  EXPECT_EQ(read_file(path), text);
}

// "opening resizes before it validates"
TEST_F(CrateDefects, AnotherCapacityResizesNothing) {
  made({.capacity = 4096, .create = true});
  for (const Size capacity : {Size{1}, Size{100}, Size{1} << 20}) {
    EXPECT_EQ(value_of(Arena::map_mut(path, {.capacity = capacity, .create = true})).capacity(), 4096U);
    EXPECT_EQ(std::filesystem::file_size(path), 4096U);
  }
}

// "offsets are never checked"
TEST_F(CrateDefects, OffsetsOfAFileAreChecked) {
  made({.capacity = 4096, .create = true});
  const std::uint64_t words[] = {Link(0xfffffff0, false, 1).bits(), Link(4080, false, 1).bits(), Link(16, false, 1).bits()};
  for (const std::uint64_t word : words) {
    write_file(path, 8, &word, sizeof word);
    reseal(path, 0);
    expect_untouched({});
  }
  const std::uint32_t cursor = 5000;
  write_file(path, 24, &cursor, sizeof cursor);
  reseal(path, 0);
  expect_untouched({});
}

// "two writers open one file without a lock"
TEST_F(CrateDefects, ASecondWriterIsRefused) {
  const auto first = value_of(Arena::map_mut(path, {.create = true}));
  const auto second = Arena::map_mut(path, {.create = true});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::in_use);
  EXPECT_EQ(second.error().message(), "file is in use by another arena");
}

// "`rewind` and `clear` leave freelist nodes above the cursor: overlap later"
TEST_F(CrateDefects, NothingIsFreeAboveTheCursor) {
  for (const bool clear : {false, true}) {
    auto arena = value_of(Arena::alloc({.capacity = 1024}));
    const auto segments = take_all(arena, {100, 100, 100});
    take(arena, 50);
    give(arena, segments[1]);
    ASSERT_EQ(arena.free_segments().size(), 1U);
    ASSERT_TRUE(clear ? arena.clear() : arena.rewind(ArenaPosition::start(segments[0].offset + 10)));
    EXPECT_TRUE(arena.free_segments().empty());
    std::vector<Extent> live;
    while (const auto got = arena.allocate(60, 1)) {
      for (const Extent other : live) EXPECT_TRUE(got->segment.end() <= other.offset || other.end() <= got->segment.offset);
      live.push_back(got->segment);
    }
    EXPECT_GT(live.size(), 10U);
  }
}

// "`maximum_retries == 0` underflows"
TEST_F(CrateDefects, NoRetriesAreNoRetries) {
  const auto arena = value_of(Arena::alloc({.maximum_retries = 0}));
  fill_up(arena);
  EXPECT_EQ(arena.allocate(1, 1).error().code, ErrorCode::insufficient_space);
}

// "`with_offset` can misalign the header": here the reserved bytes are what moves it.
TEST_F(CrateDefects, TheHeaderIsAlignedBehindAnyReservedBytes) {
  for (Size reserved = 0; reserved < 70; ++reserved) {
    const auto file = folder.file(std::to_string(reserved));
    const Options options{.reserved = reserved, .create = true};
    Extent segment;
    {
      const auto arena = value_of(Arena::map_mut(file, options));
      EXPECT_EQ(Geometry::unified(reserved, 1024).header() % 8, 0);
      const auto segments = take_all(arena, {40, 50});
      take(arena, 30);
      give(arena, segments[0]);
      segment = arena.free_segments().front();
    }
    EXPECT_EQ(value_of(Arena::map_mut(file, options)).free_segments().front(), segment);
  }
}

// "`allocated + size` wraps at 2^32"
TEST_F(CrateDefects, NoSizeWraps) {
  const auto arena = value_of(Arena::map_mut(path, {.create = true}));
  take(arena, 100);
  const Size before = arena.allocated();
  for (const std::uint64_t size : {0xffffffffULL, 0x100000000ULL, 0xffffffffffffffffULL, 0x100000000ULL - before})
    EXPECT_EQ(arena.allocate(size, 8).error().code, ErrorCode::insufficient_space);
  EXPECT_EQ(arena.allocated(), before);
}

// "each recycle loses 8 bytes, so a freed n-byte segment never serves n bytes again"
TEST_F(CrateDefects, AFreedSegmentServesItsSizeAgain) {
  for (const Freelist kind : {Freelist::optimistic, Freelist::pessimistic}) {
    const auto arena = value_of(Arena::alloc({.capacity = 4096, .freelist = kind}));
    Extent segment = take(arena, 96);
    fill_up(arena);
    for (int i = 0; i < 1000; ++i) {
      give(arena, segment);
      ASSERT_EQ(arena.free_segments(), std::vector{segment});
      ASSERT_EQ(take(arena, 96), segment);
    }
  }
}

// "slow-path aligned buffers begin at the node word: a stale reader takes user bytes for a node"
TEST_F(CrateDefects, DescriptorsAreNeverInsideASegment) {
  const auto arena = value_of(Arena::alloc({.capacity = 4096, .maximum_alignment = 64}));
  const Extent segment = take(arena, 500);
  fill_up(arena);
  give(arena, segment);
  const auto got = value_of(arena.allocate(100, 64));
  const MemoryView view(arena.data(), Geometry::pure(0, 4096));
  for (const ListedSegment& s : examine(view, {}).free) {
    EXPECT_TRUE(s.descriptor + std::uint64_t{descriptor_size} <= got.segment.offset || got.segment.end() <= s.descriptor);
    EXPECT_TRUE(s.extent.end() <= got.segment.offset || got.segment.end() <= s.extent.offset);
  }
}

}  // namespace
}  // namespace rarena::detail
