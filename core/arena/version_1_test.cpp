// Files of format version 1, which the library wrote before there was an annex (core/recovery/golden/README.md): opened for
// reading, and refused, unchanged, where they are to be written to.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "arena.hpp"
#include "old_file_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;
using Opening = Recovery::Opening;

struct KnownVersion1File {
  const char* name;
  Options options;
  bool closed;
  Size allocated, discarded, spare;
  std::vector<Extent> free;
};

const std::vector<KnownVersion1File>& known_version_1_files() {
  static const std::vector<KnownVersion1File> files = {
      {"v1_none_r0", {.freelist = Freelist::none}, true, 632, 184, 0, {}},
      {"v1_opt_r0", {.freelist = Freelist::optimistic}, true, 752, 8, 3, {{643, 61}, {465, 50}, {224, 40}, {336, 33}}},
      {"v1_opt_r64",
       {.reserved = 64, .freelist = Freelist::optimistic},
       true,
       800,
       8,
       2,
       {{691, 61}, {513, 50}, {272, 40}, {384, 33}}},
      {"v1_pes_r64",
       {.reserved = 64, .magic_version = 0x1234, .freelist = Freelist::pessimistic},
       true,
       800,
       8,
       2,
       {{384, 33}, {272, 40}, {513, 50}, {691, 61}}},
      {"v1_killed_r0", {.freelist = Freelist::optimistic}, false, 752, 8, 3, {{643, 61}, {465, 50}, {224, 40}, {336, 33}}},
  };
  return files;
}

class Version1 : public OldFile {
 protected:
  void SetUp() override { copy(file.name, file.options.reserved); }
  std::uint64_t free_bytes() const {
    std::uint64_t bytes = 0;
    for (const Extent segment : file.free) bytes += segment.size;
    return bytes;
  }
  // The segments of the history that were not freed, each full of its letter, and the reserved bytes.
  void expect_live(const Arena& arena) const {
    const Size sizes[] = {64, 40, 72, 33, 96, 50, 128, 61, 48};
    Offset at = file.allocated - 592;
    for (unsigned i = 0; i < 9; at += sizes[i++]) EXPECT_TRUE(i % 2 != 0 || painted(arena, {at, sizes[i]}, 'A' + i)) << i;
    for (unsigned i = 0; i < arena.reserved(); ++i) EXPECT_EQ(arena.reserved_bytes()[i], std::byte(0xc0 + i % 16));
  }
  void expect_untrusted(const Arena& arena, Doubt doubt) const {
    const std::uint64_t all = file.allocated - header - header_size;
    const std::uint64_t descriptors = (file.free.size() + file.spare) * std::uint64_t{descriptor_size};
    const std::uint64_t named = file.discarded + free_bytes() + descriptors;
    EXPECT_EQ(arena.recovery(), (Recovery{.opening = Opening::untrusted,
                                          .doubt = doubt,
                                          .dropped = {file.free.size(), free_bytes()},
                                          .lost_bytes = named,
                                          .unlisted_bytes = all}));
    EXPECT_TRUE(arena.free_segments().empty());
    EXPECT_EQ(arena.spare_descriptors(), 0U);
    EXPECT_EQ(arena.discarded(), 0U);
  }

  const KnownVersion1File& file = known_version_1_files()[GetParam()];
};
INSTANTIATE_TEST_SUITE_P(All, Version1, ::testing::Range<std::size_t>(0, known_version_1_files().size()),
                         [](const auto& test) { return known_version_1_files()[test.param].name; });

TEST_P(Version1, IsRead) {
  const std::string before = read_file(path);
  for (const auto how : {Arena::map, Arena::map_copy_read_only}) {
    const auto arena = value_of(how(path, file.options));
    EXPECT_EQ(arena.version(), 1U);
    EXPECT_TRUE(arena.read_only());
    EXPECT_EQ(arena.capacity(), 1024U);
    EXPECT_EQ(arena.data_offset(), header + 32) << "there is no annex";
    EXPECT_EQ(arena.allocated(), file.allocated);
    EXPECT_EQ(arena.minimum_segment_size(), 20U);
    EXPECT_EQ(arena.freelist(), file.options.freelist);
    EXPECT_EQ(arena.allocate(8, 1).error(), (Error{.code = ErrorCode::read_only}));
    expect_live(arena);
    if (!file.closed) {
      expect_untrusted(arena, Doubt::not_closed);
      continue;
    }
    EXPECT_EQ(arena.free_segments(), file.free);
    EXPECT_EQ(arena.spare_descriptors(), file.spare);
    EXPECT_EQ(arena.discarded(), file.discarded);
    expect_exact(arena, 64 + 72 + 96 + 128 + 48);
    EXPECT_EQ(arena.recovery(), (Recovery{.opening = Opening::clean,
                                          .kept = {file.free.size(), free_bytes()},
                                          .unlisted_bytes = 64 + 72 + 96 + 128 + 48}));
  }
  EXPECT_EQ(read_file(path), before);
}

TEST_P(Version1, IsReadWithoutItsListsWhereTheUserSaysSo) {
  Options options = file.options;
  options.drop_freelist = true;
  expect_untrusted(value_of(Arena::map(path, options)), Doubt::asked);
}

TEST_P(Version1, IsNotWrittenTo) {
  const std::string before = read_file(path);
  for (const bool create : {false, true})
    for (const auto how : {Arena::map_mut, Arena::map_copy}) {
      Options options = file.options;
      options.create = create;
      const auto opened = how(path, options);
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error(), (Error{.code = ErrorCode::wrong_format_version, .asked = 2, .there = 1}));
      EXPECT_NE(opened.error().message().find("rarena 0.1"), std::string::npos) << opened.error().message();
    }
  EXPECT_EQ(read_file(path), before);
}

// The seal covers the header. Version 1 had no sum over the lists, so that in them only what the walk finds is noticed.
TEST_P(Version1, AChangedHeaderIsUntrusted) {
  patch<std::uint32_t>(header + 20, file.discarded + 1);
  const auto arena = value_of(Arena::map(path, file.options));
  EXPECT_EQ(arena.recovery().opening, Opening::untrusted);
  EXPECT_TRUE(arena.free_segments().empty());
}

TEST_P(Version1, ADamagedListIsRejected) {
  if (!file.closed || file.free.empty()) return;
  const std::string bytes = read_file(path);
  std::uint64_t head = 0;
  std::memcpy(&head, bytes.data() + header, sizeof head);
  const Offset first = Link(head).next();
  patch<std::uint64_t>(first + 8U, encode(Extent{file.allocated - 10, 11}));
  const Error error{.code = ErrorCode::bad_freelist, .asked = file.allocated, .there = file.allocated + 1U, .at = first + 8U};
  for (const auto how : {Arena::map, Arena::map_copy_read_only}) EXPECT_EQ(how(path, file.options).error(), error);
}

// A file of version 1 that is too short for the annex of version 2 is one all the same.
TEST_P(Version1, MayBeShorterThanAnAnnex) {
  if (file.options.freelist != Freelist::none) return;
  std::string bytes = read_file(path);
  std::filesystem::resize_file(path, 44);
  patch<std::uint32_t>(header + 16, 44);
  const auto arena = value_of(Arena::map(path, file.options));
  EXPECT_EQ(arena.capacity(), 44U);
  EXPECT_EQ(arena.allocated(), 44U);
  EXPECT_EQ(arena.recovery().opening, Opening::untrusted) << "its seal is that of the longer one";
}

}  // namespace
}  // namespace rarena::detail
