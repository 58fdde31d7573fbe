// What handles of bytes are read and written with: a range, integers in both orders, varints, slices, a writer.
#include "byte_access.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "bytes.hpp"
#include "with_arena.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

static_assert(std::ranges::contiguous_range<Bytes> && std::ranges::sized_range<Bytes>);
static_assert(std::ranges::contiguous_range<const Bytes> && std::ranges::contiguous_range<BytesWithArena>);
static_assert(std::is_same_v<std::ranges::range_reference_t<Bytes>, std::byte&>);
static_assert(std::is_same_v<std::ranges::range_reference_t<const Bytes>, const std::byte&>, "a const handle is not written");
static_assert(sizeof(Bytes) == sizeof(void*) + sizeof(Allocation) + sizeof(Epoch), "no length, and nothing for the base");
static_assert(WritableBytes<Bytes> && WritableBytes<unsync::BytesWithArena> && !WritableBytes<const Bytes>);

// Each test with the handles of both kinds, of 40 bytes that begin and end inside an arena.
class ByteAccessTest : public ::testing::Test {
 protected:
  template <class Use>
  void with_both(Use use) const {
    auto before = value_of(arena.alloc_bytes(16)), plain = value_of(arena.alloc_bytes(40));
    auto keeping = value_of(arena.alloc_bytes_owned(40));
    const auto behind = value_of(arena.alloc_bytes(16));
    use(plain);
    use(keeping);
    for (const auto* neighbour : {&std::as_const(before), &behind})
      EXPECT_TRUE(std::ranges::all_of(*neighbour, [](std::byte b) { return b == std::byte{0}; }));
  }

  Arena arena = value_of(Arena::alloc({}));
};

TEST_F(ByteAccessTest, IsAContiguousRange) {
  with_both([](auto& bytes) {
    std::span all(bytes);
    EXPECT_EQ(all.data(), bytes.data());
    EXPECT_EQ(all.size(), 40U);
    for (std::byte& b : bytes) b = std::byte{1};
    EXPECT_EQ(std::ranges::count(bytes, std::byte{1}), 40);
    const std::span<const std::byte> read(std::as_const(bytes));
    EXPECT_EQ(read.data(), bytes.data());
    EXPECT_EQ(bytes.end() - bytes.begin(), 40);
  });
  Bytes none;
  EXPECT_EQ(none.begin(), none.end());
  EXPECT_TRUE(std::span(none).empty());
}

TEST_F(ByteAccessTest, SlicesStayInside) {
  with_both([](auto& bytes) {
    const auto slice = value_of(bytes.subspan(10, 20));
    EXPECT_EQ(slice.data(), bytes.data() + 10);
    EXPECT_EQ(slice.size(), 20U);
    EXPECT_EQ(value_of(std::as_const(bytes).subspan(40, 0)).size(), 0U);
    for (const auto& [position, size] : {std::pair{std::uint64_t{21}, std::uint64_t{20}},
                                         {41, 0},
                                         {0, 41},
                                         {1, ~std::uint64_t{0}},
                                         {~std::uint64_t{0}, 1},
                                         {~std::uint64_t{0}, 2}})
      EXPECT_EQ(bytes.subspan(position, size).error().code, ErrorCode::out_of_range) << position << " " << size;
    const Error error = bytes.subspan(21, 20).error();
    EXPECT_EQ(error.at, bytes.offset() + 21U) << "counted from the start of the arena";
    EXPECT_EQ(error.asked, bytes.offset() + 41U);
    EXPECT_EQ(error.there, bytes.offset() + 40U);
  });
}

TEST_F(ByteAccessTest, IntegersInBothOrders) {
  with_both([](auto& bytes) {
    ASSERT_TRUE(bytes.put(1, 0x01020304, std::endian::big));
    ASSERT_TRUE(bytes.put(5, std::uint64_t{0x0102}, std::endian::little));
    EXPECT_EQ(bytes.template get<std::uint32_t>(1, std::endian::big), 0x01020304U);
    EXPECT_EQ(bytes.template get<std::uint32_t>(1, std::endian::little), 0x04030201U);
    EXPECT_EQ(bytes.template get<std::uint16_t>(5, std::endian::big), 0x0201U);
    EXPECT_EQ(bytes.template get<std::uint64_t>(5), 0x0102U) << "this processor's own";
    EXPECT_FALSE(bytes.put(37, 0x01020304, std::endian::big));
    EXPECT_FALSE(bytes.template get<UInt128>(25, std::endian::big));
    EXPECT_EQ(bytes.template get<int>(37, std::endian::big).error(), bytes.template get<int>(37).error());
  });
}

TEST_F(ByteAccessTest, Varints) {
  with_both([](auto& bytes) {
    EXPECT_EQ(bytes.put_varint(3, 300U), 2U);
    EXPECT_EQ(bytes.template get_varint<std::uint32_t>(3), (Varint<std::uint32_t>{300, 2}));
    EXPECT_EQ(bytes.put_varint(39, 300U).error().code, ErrorCode::out_of_range);
    ASSERT_TRUE(bytes.put(38, std::array<std::uint8_t, 2>{0x80, 0x80}));
    EXPECT_EQ(bytes.template get_varint<std::uint32_t>(38).error(), (Error{.code = ErrorCode::out_of_range,
                                                                           .asked = bytes.offset() + 41U,
                                                                           .there = bytes.offset() + 40U,
                                                                           .at = bytes.offset() + 38U}));
    EXPECT_EQ(bytes.template get_varint<std::uint8_t>(38).error(),
              (Error{.code = ErrorCode::varint_overflow, .asked = 1, .there = 0x80, .at = bytes.offset() + 39U}));
    ASSERT_TRUE(bytes.put(38, std::array<std::uint8_t, 2>{0x80, 0}));
    EXPECT_EQ(bytes.template get_varint<std::uint32_t>(38).error(),
              (Error{.code = ErrorCode::varint_overlong, .asked = 1, .there = 2, .at = bytes.offset() + 38U}));
  });
}

TEST_F(ByteAccessTest, AWriterAndAReaderOverThem) {
  with_both([](auto& bytes) {
    auto writer = bytes.writer();
    ASSERT_TRUE(writer.put(std::uint16_t{5}, std::endian::big));
    ASSERT_TRUE(writer.put_varint(-1));
    EXPECT_EQ(writer.capacity(), 40U);
    EXPECT_EQ(bytes.size(), 40U) << "the handle's size is that of all bytes";
    Reader reader = bytes.reader();
    EXPECT_EQ(reader.get<std::uint16_t>(std::endian::big), 5);
    EXPECT_EQ(reader.get_varint<int>(), -1);
    EXPECT_EQ(reader.remaining(), 37U);
  });
}

// A value at an aligned address behind bytes of any number: in an arena it has an aligned offset, too.
TEST_F(ByteAccessTest, WhatIsAlignedHasAnAlignedOffset) {
  const auto odd = value_of(arena.alloc_bytes(3));
  auto bytes = value_of(arena.alloc_bytes(40));
  auto writer = bytes.writer();
  ASSERT_TRUE(writer.put(std::uint8_t{1}));
  const auto placed = writer.put_aligned(std::uint64_t{7});
  ASSERT_TRUE(placed.has_value());
  const auto position = reinterpret_cast<std::byte*>(*placed) - bytes.data();
  EXPECT_EQ((bytes.offset() + static_cast<std::uint64_t>(position)) % alignof(std::uint64_t), 0U);
  EXPECT_EQ(bytes.get<std::uint64_t>(static_cast<std::uint64_t>(position)), 7U);
}

// The crate counts from the start of the segment, where the padding is.
TEST_F(ByteAccessTest, AlignsBehindPaddingInFrontOfTheBytes) {
  const auto rest = (8 - arena.allocated() % 8) % 8;
  const auto odd = value_of(arena.alloc_bytes(rest + 3U));
  auto bytes = value_of(arena.alloc_aligned_bytes(24, 8));
  ASSERT_EQ(bytes.offset(), bytes.segment().offset + 5U) << "there is padding";
  auto writer = bytes.writer();
  const auto placed = writer.put_aligned(std::uint64_t{7});
  ASSERT_TRUE(placed.has_value());
  EXPECT_EQ(reinterpret_cast<std::byte*>(*placed), bytes.data());
}

// The crate checks the padding, and writes the value behind the buffer: its neighbour's bytes.
TEST_F(ByteAccessTest, AnAlignedValueThatDoesNotFitLeavesTheNeighbourAlone) {
  auto bytes = value_of(arena.alloc_aligned_bytes(12, 8));
  const auto neighbour = value_of(arena.alloc_bytes(8));
  ASSERT_EQ(neighbour.offset(), bytes.offset() + 12U);
  auto writer = bytes.writer();
  ASSERT_TRUE(writer.advance(5));
  EXPECT_EQ(writer.put_aligned(~std::uint64_t{0}).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(neighbour.get<std::uint64_t>(0), 0U);
}

// What is allocated in an arena, read at offsets of the arena.
TEST_F(ByteAccessTest, AnArenaIsReadAtOffsets) {
  auto bytes = value_of(arena.alloc_bytes(10));
  ASSERT_TRUE(bytes.put(1, std::uint16_t{0x0102}, std::endian::big));
  ASSERT_EQ(bytes.put_varint(3, std::int64_t{-300}), 2U);
  const std::span<const std::byte> used(arena.data(), arena.allocated());
  EXPECT_EQ(load_integer<std::uint16_t>(used, bytes.offset() + 1U, std::endian::big), 0x0102);
  EXPECT_EQ(load_varint<std::int64_t>(used, bytes.offset() + 3U), (Varint<std::int64_t>{-300, 2}));
  for (const std::uint64_t offset : {std::uint64_t{arena.allocated()} - 1, std::uint64_t{arena.allocated()}, ~std::uint64_t{0}})
    EXPECT_EQ(load_integer<std::uint16_t>(used, offset, std::endian::big).error().code, ErrorCode::out_of_range) << offset;
}

TEST(WriterOfAHandle, OwnsItAndFollowsItWhenTheArenaMoves) {
  const TemporaryFolder folder;
  auto arena = value_of(Arena::map_mut(folder.file("arena"), {.capacity = 20000, .create_new = true}));
  Writer writer(value_of(arena.alloc_bytes(40)));
  ASSERT_TRUE(writer.put(std::uint32_t{7}, std::endian::big));
  ASSERT_TRUE(arena.truncate(std::uint64_t{1} << 26));
  EXPECT_EQ(writer.written().data(), arena.get_pointer(writer.target().offset()));
  ASSERT_TRUE(writer.put(std::uint32_t{8}, std::endian::big));
  EXPECT_EQ(writer.pop<std::uint64_t>(std::endian::big), std::uint64_t{7} << 32 | 8);
  const Offset offset = writer.target().offset();
  {
    const Bytes bytes = writer.release();
    EXPECT_EQ(bytes.offset(), offset);
    EXPECT_TRUE(bytes.owns());
    EXPECT_EQ(writer.capacity(), 0U);
  }
  expect_exact(arena, 0);
}

TEST(WriterOfAHandle, FreesItAtItsEnd) {
  const auto arena = value_of(unsync::Arena::alloc({}));
  {
    Writer writer(value_of(arena.alloc_bytes(40)));
    Writer other(std::move(writer));
    expect_exact(arena, 40);
  }
  expect_exact(arena, 0);
}

}  // namespace
}  // namespace rarena::detail
