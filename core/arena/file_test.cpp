// File arenas: made, closed, opened again.
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

template <class A>
class FileArena : public ::testing::Test {
 protected:
  static A open(const std::filesystem::path& path, const Options& options) { return value_of(A::map_mut(path, options)); }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};
using Arenas = ::testing::Types<Arena, unsync::Arena>;
TYPED_TEST_SUITE(FileArena, Arenas);

TYPED_TEST(FileArena, KeepsWhatWasWritten) {
  Extent segment;
  {
    const auto arena = this->open(this->path, {.capacity = 8192, .create_new = true});
    segment = take(arena, 100);
    paint(arena, segment, 0x42);
    EXPECT_TRUE(arena.flush());
    EXPECT_EQ(*arena.path(), this->path);
  }
  EXPECT_EQ(std::filesystem::file_size(this->path), 8192U);
  const auto arena = this->open(this->path, {.capacity = 1});
  EXPECT_EQ(arena.capacity(), 8192U) << "the size of the file, whatever the options say";
  EXPECT_TRUE(painted(arena, segment, 0x42));
  EXPECT_TRUE(arena.unify());
  expect_exact(arena, segment.size);
}

TYPED_TEST(FileArena, BytesThatAreNotFilledKeepWhatTheirOwnerLeft) {
  Extent segment;
  {
    const auto arena = this->open(this->path, {.create_new = true});
    segment = take(arena, 100);
    paint(arena, segment, 0x42);
    give(arena, segment);
    EXPECT_EQ(value_of(arena.allocate(100, 1, Fill::none)).segment, segment);
  }
  EXPECT_EQ(read_file(this->path).substr(segment.offset, segment.size), std::string(100, 0x42));
}

TYPED_TEST(FileArena, ClosingChangesNoByteButWhatWasAskedFor) {
  {
    this->open(this->path, {.create_new = true});
  }
  const Geometry geometry = Geometry::unified(0, 1024);
  const auto generation = static_cast<std::size_t>(geometry.generation().place);
  std::string before = read_file(this->path);
  EXPECT_EQ(before.substr(generation, 8), std::string("\1\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(before.substr(generation + 8, 48), std::string(48, '\0')) << "closed, it says nothing of machine and process";
  for (char openings = 2; openings < 5; ++openings) {
    {
      this->open(this->path, {});
    }
    before[generation] = openings;  // asked for by every opening
    EXPECT_TRUE(read_file(this->path) == before) << "opening " << int{openings};
  }
}

TYPED_TEST(FileArena, IsMadeOnlyWhereTheOptionsSaySo) {
  const auto missing = TypeParam::map_mut(this->path, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), system_error(ENOENT));
  EXPECT_FALSE(std::filesystem::exists(this->path));

  Extent segment;
  {
    const auto made = this->open(this->path, {.create = true});
    segment = take(made, 30);
  }
  EXPECT_EQ(this->open(this->path, {.create = true}).allocated(), segment.end()) << "opened, not made anew";

  for (const bool create : {false, true}) {
    const auto again = TypeParam::map_mut(this->path, {.create = create, .create_new = true});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::file_exists);
  }
  EXPECT_EQ(this->open(this->path, {}).allocated(), segment.end());
}

TYPED_TEST(FileArena, ATooSmallCapacityMattersOnlyToANewFile) {
  const auto refused = TypeParam::map_mut(this->path, {.capacity = 112, .create = true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{.code = ErrorCode::capacity_too_small, .asked = 113, .there = 112}));
  EXPECT_FALSE(std::filesystem::exists(this->path));
  {
    this->open(this->path, {.create = true});
  }
  EXPECT_EQ(this->open(this->path, {.capacity = 112, .create = true}).capacity(), 1024U);
}

TYPED_TEST(FileArena, HasOneUserAtATime) {
  {
    const auto first = this->open(this->path, {.create_new = true});
    const auto copy = first;  // NOLINT(performance-unnecessary-copy-initialization): a second handle is the point
    for (const bool create : {false, true}) {
      const auto second = TypeParam::map_mut(this->path, {.create = create});
      ASSERT_FALSE(second);
      EXPECT_EQ(second.error().code, ErrorCode::in_use);
    }
  }
  EXPECT_TRUE(TypeParam::map_mut(this->path, {})) << "the last copy gave the lock back";
}

TYPED_TEST(FileArena, TheFreelistSurvivesAndIsUsed) {
  for (const Freelist kind : {Freelist::optimistic, Freelist::pessimistic}) {
    const auto file = this->folder.file(kind == Freelist::optimistic ? "optimistic" : "pessimistic");
    const Options options{.freelist = kind, .create = true};
    std::vector<Extent> free;
    std::uint64_t live = 0;
    Size spare = 0, discarded = 0;
    {
      const auto arena = this->open(file, options);
      const auto segments = take_all(arena, {60, 30, 90});
      live += fill_up(arena).size;
      for (const Extent segment : segments) give(arena, segment);
      free = arena.free_segments();
      spare = arena.spare_descriptors();
      discarded = arena.discarded();
    }
    const auto arena = this->open(file, options);
    EXPECT_EQ(arena.free_segments(), free);
    EXPECT_EQ(arena.spare_descriptors(), spare);
    EXPECT_EQ(arena.discarded(), discarded);
    const Extent got = take(arena, 90);
    EXPECT_EQ(got.size, 90U);
    give(arena, got);
    EXPECT_EQ(arena.free_segments(), free);
    expect_exact(arena, live);
  }
}

TYPED_TEST(FileArena, KeepsReservedBytesAndItsMinimumSegmentSize) {
  {
    const auto arena = this->open(this->path, {.reserved = 11, .minimum_segment_size = 33, .create = true});
    paint(arena, {0, 11}, 0x33);
    EXPECT_TRUE(arena.set_minimum_segment_size(44));
  }
  const auto arena = this->open(this->path, {.reserved = 11, .minimum_segment_size = 33});
  EXPECT_EQ(arena.minimum_segment_size(), 44U);
  EXPECT_EQ(arena.reserved_bytes().size(), 11U);
  EXPECT_TRUE(painted(arena, {0, 11}, 0x33));
}

TYPED_TEST(FileArena, TheOtherStoreOpensItToo) {
  Extent segment;
  {
    segment = take(Arena(value_of(Arena::map_mut(this->path, {.create = true}))), 50);
  }
  const auto arena = this->open(this->path, {});
  EXPECT_EQ(arena.allocated(), segment.end());
}

TYPED_TEST(FileArena, ASmallestFileWorks) {
  {
    this->open(this->path, {.capacity = 113, .create = true});
  }
  const auto arena = this->open(this->path, {});
  EXPECT_EQ(take(arena, 1), (Extent{112, 1}));
  EXPECT_FALSE(arena.allocate(1, 1));
}

}  // namespace
}  // namespace rarena::detail
