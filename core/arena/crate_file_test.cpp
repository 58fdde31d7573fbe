// Files of the Rust crate (format version 0), which it wrote: opened for reading, decoded as core/recovery/golden/README.md
// says, and refused where they are damaged or to be written to.
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

struct KnownCrateFile {
  const char* name;
  Options options;
  Size allocated, discarded;
  std::vector<Extent> free;  // the usable bytes, behind the node
};

const std::vector<KnownCrateFile>& known_crate_files() {
  static const std::vector<KnownCrateFile> files = {
      {"none_r0", {.freelist = Freelist::none}, 624, 184, {}},
      {"opt_r0", {.freelist = Freelist::optimistic}, 624, 32, {{528, 48}, {352, 35}, {104, 32}, {216, 25}}},
      {"pes_r64",
       {.reserved = 64, .magic_version = 0x1234, .freelist = Freelist::pessimistic},
       688,
       32,
       {{280, 25}, {168, 32}, {416, 35}, {592, 48}}},
  };
  return files;
}

class CrateFile : public OldFile {
 protected:
  void SetUp() override { copy(file.name, file.options.reserved); }
  void expect_rejected(const Error& error) {
    const std::string before = read_file(path);
    for (const auto how : {Arena::map, Arena::map_copy_read_only}) {
      const auto opened = how(path, file.options);
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error(), error) << opened.error().message();
    }
    EXPECT_EQ(read_file(path), before);
  }
  Offset first_node() const { return file.free.front().offset - 8; }

  const KnownCrateFile& file = known_crate_files()[GetParam()];
};
INSTANTIATE_TEST_SUITE_P(All, CrateFile, ::testing::Range<std::size_t>(0, 3),
                         [](const auto& test) { return known_crate_files()[test.param].name; });
class CrateNoList : public CrateFile {};
INSTANTIATE_TEST_SUITE_P(All, CrateNoList, ::testing::Values<std::size_t>(0),
                         [](const auto& test) { return known_crate_files()[test.param].name; });
class CrateList : public CrateFile {};
INSTANTIATE_TEST_SUITE_P(All, CrateList, ::testing::Range<std::size_t>(1, 3),
                         [](const auto& test) { return known_crate_files()[test.param].name; });

TEST_P(CrateFile, IsRead) {
  const auto arena = value_of(Arena::map(path, file.options));
  EXPECT_EQ(arena.version(), 0U);
  EXPECT_EQ(arena.recovery().opening, Recovery::Opening::unsealed);
  EXPECT_EQ(arena.capacity(), 1024U);
  EXPECT_EQ(arena.data_offset(), header + 24);
  EXPECT_EQ(arena.allocated(), file.allocated);
  EXPECT_EQ(arena.discarded(), file.discarded);
  EXPECT_EQ(arena.minimum_segment_size(), 20U);
  EXPECT_EQ(arena.free_segments(), file.free);
  EXPECT_EQ(arena.get_pointer(arena.data_offset())[0], std::byte{'A'});
  EXPECT_TRUE(arena.reserved() == 0 || arena.reserved_bytes()[1] == std::byte{0xc1});
}

TEST_P(CrateFile, HasNoSealToDistrustSoItsListIsNotDropped) {
  Options options = file.options;
  options.drop_freelist = true;
  const auto arena = value_of(Arena::map(path, options));
  EXPECT_EQ(arena.recovery().opening, Recovery::Opening::unsealed);
  EXPECT_EQ(arena.free_segments(), file.free);
}

TEST_P(CrateFile, IsNotWrittenTo) {
  const std::string before = read_file(path);
  for (const auto how : {Arena::map_mut, Arena::map_copy}) {
    const auto opened = how(path, file.options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), (Error{.code = ErrorCode::wrong_format_version, .asked = 2, .there = 0}));
    EXPECT_NE(opened.error().message().find("Rust crate"), std::string::npos) << opened.error().message();
  }
  EXPECT_EQ(read_file(path), before);
}

TEST_P(CrateFile, HeadersAreChecked) {
  patch<std::uint32_t>(header + 8, 1025);
  expect_rejected({.code = ErrorCode::bad_header, .asked = 1024, .there = 1025, .at = header + 8});
  patch<std::uint32_t>(header + 8, 7);
  expect_rejected({.code = ErrorCode::bad_header, .asked = header + 24, .there = 7, .at = header + 8});
  patch<std::uint32_t>(header + 8, file.allocated);
  const std::uint64_t most = file.allocated - header - 24;
  patch<std::uint32_t>(header + 16, static_cast<std::uint32_t>(most + 1));
  expect_rejected({.code = ErrorCode::bad_header, .asked = most, .there = most + 1, .at = header + 16});
}

TEST_P(CrateList, NodesAreChecked) {
  const auto patched = [&](std::uint64_t at, std::uint32_t value, const Error& error) {
    const std::string bytes = read_file(path);
    patch(at, value);
    expect_rejected(error);
    write_file(path, 0, bytes.data(), bytes.size());
  };
  using Code = ErrorCode;
  const Offset node = first_node();
  patched(header + 4, 5, {.code = Code::bad_freelist, .asked = 0xffffffff, .there = 5, .at = header + 4});
  patched(header, 100'000, {.code = Code::bad_freelist, .asked = file.allocated - 8U, .there = 100'000, .at = header});
  patched(header, 16, {.code = Code::bad_freelist, .asked = header + 24, .there = 16, .at = header});
  patched(node, node + 4, {.code = Code::bad_freelist, .asked = node + 8U, .there = node + 4U, .at = node});
  patched(node, node, {.code = Code::bad_freelist, .asked = 0, .there = node, .at = node});
  patched(node + 4, 5000, {.code = Code::bad_freelist, .asked = file.allocated, .there = node + 5008U, .at = node + 4U});
}

TEST_P(CrateNoList, HasNoNode) {
  patch<std::uint32_t>(header, 104);
  expect_rejected({.code = ErrorCode::bad_freelist, .asked = 0xffffffff, .there = 104, .at = header});
}

// A walk that ends at the first violation sees no second one, wherever the first one is.
TEST_P(CrateList, AWalkEndsWhenItIsToldTo) {
  const auto first_of = [&] {
    const std::string bytes = read_file(path);
    const MemoryView view(reinterpret_cast<const std::byte*>(bytes.data()),
                          Geometry::crate(static_cast<Size>(file.options.reserved), 1024));
    std::vector<std::uint64_t> places;
    examine(view, {.violation = [&](const Error& error) {
              places.push_back(error.at);
              return false;
            }});
    return places;
  };
  EXPECT_EQ(first_of(), std::vector<std::uint64_t>{});
  const Offset second = file.free[1].offset - 8;
  patch<Size>(second + 4, 5000);
  EXPECT_EQ(first_of(), std::vector<std::uint64_t>{second + 4U});
  patch<Size>(first_node() + 4, 5000);
  EXPECT_EQ(first_of(), std::vector<std::uint64_t>{first_node() + 4U});
  patch<std::uint32_t>(header + 4, 5);
  EXPECT_EQ(first_of(), std::vector<std::uint64_t>{header + 4});
}

TEST_P(CrateList, SizesAreInOrder) {
  const Offset second = file.free[1].offset - 8;
  const Size size = file.free[0].size, wrong = file.options.freelist == Freelist::optimistic ? size + 1 : size - 1;
  patch(second + 4, wrong);
  expect_rejected({.code = ErrorCode::bad_freelist, .asked = file.free[0].size, .there = wrong, .at = second + 4U});
}

// A removed node that nobody unlinked: the crate does not record how many bytes it had.
TEST_P(CrateList, ARemovedNodeIsNotListed) {
  patch<std::uint32_t>(first_node() + 4, 0);
  const auto arena = value_of(Arena::map(path, file.options));
  EXPECT_EQ(arena.recovery().reclaimed, Tally{});
  EXPECT_EQ(arena.recovery().kept.segments, file.free.size() - 1);
  EXPECT_EQ(arena.free_segments(), std::vector<Extent>(file.free.begin() + 1, file.free.end()));
}

}  // namespace
}  // namespace rarena::detail
