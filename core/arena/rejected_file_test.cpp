// REC-1: files that are no sound arena are rejected with an error that says why, and are as they were afterwards.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

struct Trace {
  std::string bytes;
  std::int64_t seconds, nanoseconds;
  friend bool operator==(const Trace&, const Trace&) = default;
};

Trace trace(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::fstat(open_raw(path, O_RDONLY).number(), &status), 0);
  return {read_file(path), status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

class RejectedFile : public ::testing::TestWithParam<Freelist> {
 protected:
  // An arena with free segments of 120, 80 and 40 bytes and a spare stack of four.
  void SetUp() override {
    const auto arena = value_of(Arena::map_mut(path, options));
    const auto segments = take_all(arena, {40, 80, 120});
    take(arena, 100);
    for (const Extent segment : segments) give(arena, segment);
    if (GetParam() != Freelist::none) {
      ASSERT_EQ(listed(arena).size(), 3U);
      ASSERT_EQ(arena.spare_descriptors(), 4U);
    }
    top = arena.allocated();
  }

  template <class T>
  T at(std::uint64_t offset) const {
    const std::string bytes = read_file(path);
    T value{};
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
  }

  // Changes a field as a writer would who closes the file afterwards: with the seal that fits.
  template <class T>
  void patch(std::uint64_t offset, T value) {
    write_file(path, offset, &value, sizeof value);
    reseal(path, options.reserved);
  }

  // Opening with `wanted` gives `error`, and leaves the file alone.
  void expect_rejected(const Options& wanted, const Error& error) {
    const Trace before = trace(path);
    const auto opened = Arena::map_mut(path, wanted);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), error) << opened.error().message() << "\nexpected: " << error.message();
    EXPECT_EQ(unsync::Arena::map_mut(path, wanted).error(), error);
    EXPECT_EQ(trace(path), before);
  }
  void expect_rejected(const Error& error) { expect_rejected(options, error); }

  // Changes a field for one rejection, and puts the old value back.
  template <class T>
  void expect_rejected_with(std::uint64_t offset, T value, const Error& error) {
    SCOPED_TRACE("byte " + std::to_string(offset) + " = " + std::to_string(value));
    const T old = at<T>(offset);
    patch(offset, value);
    expect_rejected(error);
    patch(offset, old);
    EXPECT_TRUE(Arena::map_mut(path, options)) << "the old value is fine";
  }

  Link free_head() const { return Link(at<std::uint64_t>(16)); }
  Link spare_head() const { return Link(at<std::uint64_t>(24)); }

  // With 3 reserved bytes the prefix is at 3, the header at 16, the annex at 48, the data at 112.
  Options options{.capacity = 1024, .reserved = 3, .magic_version = 5, .freelist = GetParam(), .create = true};
  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
  std::uint32_t top = 0;
};

class NoList : public RejectedFile {};
class List : public RejectedFile {};
INSTANTIATE_TEST_SUITE_P(All, RejectedFile, ::testing::Values(Freelist::none, Freelist::optimistic, Freelist::pessimistic));
INSTANTIATE_TEST_SUITE_P(All, List, ::testing::Values(Freelist::optimistic, Freelist::pessimistic));
INSTANTIATE_TEST_SUITE_P(All, NoList, ::testing::Values(Freelist::none));

TEST_P(RejectedFile, Size) {
  auto wanted = options;
  wanted.create = false;
  for (const std::uint64_t size : {112U, 48U, 40U, 1U}) {
    std::filesystem::resize_file(path, size);
    expect_rejected({.code = ErrorCode::file_too_small, .asked = 113, .there = size});
    expect_rejected(wanted, {.code = ErrorCode::file_too_small, .asked = 113, .there = size});
  }
  std::filesystem::resize_file(path, 0);
  expect_rejected({.code = ErrorCode::file_empty});
  expect_rejected(wanted, {.code = ErrorCode::file_too_small, .asked = 113, .there = 0});
}

TEST_P(RejectedFile, SizeAbove32Bits) {
  std::filesystem::resize_file(path, std::uint64_t{1} << 32);  // sparse
  const auto opened = Arena::map_mut(path, options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), (Error{.code = ErrorCode::file_too_large, .asked = 0xffffffff, .there = std::uint64_t{1} << 32}));
  EXPECT_EQ(std::filesystem::file_size(path), std::uint64_t{1} << 32);
}

TEST_P(RejectedFile, Zeros) {
  const std::string zeros(1024, '\0');
  write_file(path, 0, zeros.data(), zeros.size());
  expect_rejected({.code = ErrorCode::not_an_arena, .asked = 'a', .there = 0, .at = 5});
}

TEST_P(RejectedFile, Prefix) {
  using Byte = std::uint8_t;
  const auto kind = static_cast<Byte>(GetParam());
  expect_rejected_with<Byte>(3, 9, {.code = ErrorCode::not_an_arena, .asked = 0, .there = 9, .at = 3});
  expect_rejected_with<Byte>(5, 'A', {.code = ErrorCode::not_an_arena, .asked = 'a', .there = 'A', .at = 5});
  expect_rejected_with<Byte>(6, 'i', {.code = ErrorCode::not_an_arena, .asked = 'l', .there = 'i', .at = 6});
  expect_rejected_with<std::uint16_t>(7, 6, {.code = ErrorCode::wrong_magic_version, .asked = 5, .there = 6});
  expect_rejected_with<std::uint16_t>(9, 258, {.code = ErrorCode::wrong_format_version, .asked = 2, .there = 258});
  expect_rejected_with<Byte>(4, 3, {.code = ErrorCode::wrong_freelist, .asked = kind, .there = 3});
  expect_rejected_with<Byte>(4, static_cast<Byte>((kind + 1) % 3),
                             {.code = ErrorCode::wrong_freelist, .asked = kind, .there = (kind + 1U) % 3});
}

TEST_P(RejectedFile, Options) {
  auto wanted = options;
  wanted.magic_version = 6;
  expect_rejected(wanted, {.code = ErrorCode::wrong_magic_version, .asked = 6, .there = 5});
  wanted = options;
  wanted.reserved = 0;
  expect_rejected(wanted, {.code = ErrorCode::not_an_arena, .asked = 'a', .there = 0, .at = 2});
  wanted.reserved = 2000;
  expect_rejected(wanted, {.code = ErrorCode::file_too_small, .asked = 2113, .there = 1024});
  wanted.reserved = 0xffffffff;
  expect_rejected(wanted, {.code = ErrorCode::file_too_small, .asked = 0x100000071, .there = 1024});
}

TEST_P(RejectedFile, Header) {
  using Number = std::uint32_t;
  const std::uint64_t data = 112;
  expect_rejected_with<Number>(32, 111, {.code = ErrorCode::bad_header, .asked = data, .there = 111, .at = 32});
  expect_rejected_with<Number>(32, 1025, {.code = ErrorCode::bad_header, .asked = 1024, .there = 1025, .at = 32});
  expect_rejected_with<Number>(32, 0xffffffff, {.code = ErrorCode::bad_header, .asked = 1024, .there = 0xffffffff, .at = 32});
  const Number largest = top - 112;
  expect_rejected_with<Number>(36, largest + 1,
                               {.code = ErrorCode::bad_header, .asked = largest, .there = largest + 1, .at = 36});
}

TEST_P(RejectedFile, Annex) {
  expect_rejected_with<std::uint32_t>(48, 65, {.code = ErrorCode::bad_header, .asked = 64, .there = 65, .at = 48});
  expect_rejected_with<std::uint32_t>(48, 0, {.code = ErrorCode::bad_header, .asked = 64, .there = 0, .at = 48});
}

// What others have cut off a file is not damage of its header. What is left may be read, and written to by who says so.
TEST_P(RejectedFile, CutShort) {
  std::filesystem::resize_file(path, top - 1);
  expect_rejected({.code = ErrorCode::file_cut_short, .asked = top, .there = top - 1U, .at = 32});
  auto wanted = options;
  wanted.drop_freelist = true;
  for (const auto how : {Arena::map, Arena::map_mut}) {
    const auto arena = value_of(how(path, wanted));
    EXPECT_EQ(arena.allocated(), top - 1);
    EXPECT_EQ(arena.recovery().doubt, Doubt::asked);
    EXPECT_EQ(arena.recovery().cut_bytes, 1U);
    EXPECT_EQ(arena.recovery().unlisted_bytes, top - 1U - 112U);
  }
  EXPECT_EQ(value_of(Arena::map_mut(path, options)).recovery().opening, Recovery::Opening::clean);
}

// A cursor where the file never had a byte is damage: nothing says that something was cut off.
TEST_P(RejectedFile, ACursorBehindAllThatEverWasIsNoCut) {
  patch<std::uint32_t>(32, 5000);
  expect_rejected({.code = ErrorCode::bad_header, .asked = 1024, .there = 5000, .at = 32});
  auto wanted = options;
  wanted.drop_freelist = true;
  const auto arena = value_of(Arena::map(path, wanted));
  EXPECT_EQ(arena.allocated(), 1024U);
  EXPECT_EQ(arena.recovery().cut_bytes, 0U);
}

TEST_P(RejectedFile, BytesThatNobodyHadAllocatedMayBeCutOff) {
  std::filesystem::resize_file(path, top);
  const auto arena = value_of(Arena::map_mut(path, options));
  EXPECT_EQ(arena.recovery().opening, Recovery::Opening::clean);
  EXPECT_EQ(arena.remaining(), 0U);
}

TEST_P(NoList, HasNoHeads) {
  expect_rejected_with<std::uint64_t>(16, 4, {.code = ErrorCode::bad_freelist, .asked = 0, .there = 4, .at = 16});
  expect_rejected_with<std::uint64_t>(24, 4, {.code = ErrorCode::bad_freelist, .asked = 0, .there = 4, .at = 24});
}

TEST_P(List, HeadsAreUnmarked) {
  for (const std::uint64_t at : {16U, 24U}) {
    const Link head(this->at<std::uint64_t>(at));
    const Link marked(head.next(), true, head.tag());
    expect_rejected_with(at, marked.bits(),
                         {.code = ErrorCode::bad_freelist, .asked = head.bits(), .there = marked.bits(), .at = at});
  }
}

TEST_P(List, DescriptorsLieInTheAllocatedBytes) {
  const std::uint64_t first = free_head().next(), spare = spare_head().next();
  for (const std::uint64_t at : {std::uint64_t{16}, std::uint64_t{24}, first, spare}) {
    const bool marked = at == spare;
    expect_rejected_with(at, Link(96, marked, 9).bits(),
                         {.code = ErrorCode::bad_freelist, .asked = 112, .there = 96, .at = at});
    const Offset above = static_cast<Offset>(align_up(top - descriptor_size + 1, descriptor_size));
    expect_rejected_with(at, Link(above, marked, 9).bits(),
                         {.code = ErrorCode::bad_freelist, .asked = top - 16, .there = above, .at = at});
    expect_rejected_with(at, Link(0xfffffff0, marked, 9).bits(),
                         {.code = ErrorCode::bad_freelist, .asked = top - 16, .there = 0xfffffff0, .at = at});
  }
}

TEST_P(List, CyclesAreFound) {
  const Offset first = free_head().next(), spare = spare_head().next();
  const auto second = Link(at<std::uint64_t>(first)).next();
  expect_rejected_with(spare, Link(spare, true, 9).bits(),
                       {.code = ErrorCode::bad_freelist, .asked = 0, .there = spare, .at = spare});
  const auto own_extent = at<std::uint64_t>(first + 8);
  patch(second + 8, own_extent);  // one size, so that the order does not give the cycle away
  patch(second, Link(second, false, 9).bits());
  expect_rejected({.code = ErrorCode::bad_freelist, .asked = 0, .there = second, .at = second});
}

TEST_P(List, ExtentsLieInTheAllocatedBytesAndAreNotEmpty) {
  const std::uint64_t word = free_head().next() + std::uint64_t{8};
  const Extent extent = decode_extent(at<std::uint64_t>(word));
  const auto reject = [&](Extent wrong, std::uint64_t asked, std::uint64_t there, std::uint64_t where) {
    expect_rejected_with(word, encode(wrong), {.code = ErrorCode::bad_freelist, .asked = asked, .there = there, .at = where});
  };
  reject({111, extent.size}, 112, 111, word);
  reject({0, 0}, 112, 0, word);
  reject({top - 10, 11}, top, top + 1, word);
  reject({0xffffffff, 0xffffffff}, top, 0x1fffffffe, word);
  reject({extent.offset, 0}, 1, 0, word + 4);
}

TEST_P(List, SizesAreInOrder) {
  const Offset first = free_head().next();
  const Offset second = Link(at<std::uint64_t>(first)).next();
  const Extent extent = decode_extent(at<std::uint64_t>(second + 8));
  const Size before = decode_extent(at<std::uint64_t>(first + 8)).size;
  const Size wrong = GetParam() == Freelist::optimistic ? before + 1 : before - 1;
  expect_rejected_with(second + 8, encode(Extent{extent.offset, wrong}),
                       {.code = ErrorCode::bad_freelist, .asked = before, .there = wrong, .at = second + std::uint64_t{12}});
}

TEST_P(List, SpareDescriptorsAreMarked) {
  const Offset spare = spare_head().next();
  const Link link(at<std::uint64_t>(spare));
  const Link unmarked(link.next(), false, link.tag());
  expect_rejected_with<std::uint64_t>(
      spare, unmarked.bits(), {.code = ErrorCode::bad_freelist, .asked = link.bits(), .there = unmarked.bits(), .at = spare});
}

// What a process that died between the mark and the unlinking leaves behind: nobody was handed the segment.
TEST_P(List, AMarkedDescriptorInTheListIsReclaimed) {
  const Offset first = free_head().next();
  const Link link(at<std::uint64_t>(first));
  const Extent segment = decode_extent(at<std::uint64_t>(first + 8));
  patch(first, link.marked_to(link.next()).bits());
  const auto arena = value_of(Arena::map_mut(path, options));
  EXPECT_EQ(arena.recovery().reclaimed, (Tally{1, segment.size}));
  EXPECT_EQ(arena.recovery().kept.segments, 3U);
  EXPECT_EQ(listed(arena).size(), 3U);
  EXPECT_EQ(arena.free_segments().front(), segment);
  expect_order(arena);
}

}  // namespace
}  // namespace rarena::detail
