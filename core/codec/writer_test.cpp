// Writer and Reader: what is appended, what is read back, and that a call that fails changes nothing.
#include "writer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "reader.hpp"

namespace rarena::detail {
namespace {

// Aligned bytes, painted.
struct Page {
  Page() { bytes.fill(std::byte{0xee}); }
  alignas(64) std::array<std::byte, 64> bytes;
  std::span<std::byte> first(std::size_t size) { return std::span(bytes).first(size); }
};

std::span<const std::byte> bytes_of_text(std::string_view text) { return std::as_bytes(std::span(text)); }
std::vector<unsigned> numbers_of(std::span<const std::byte> bytes) {
  std::vector<unsigned> numbers;
  for (const std::byte b : bytes) numbers.push_back(std::to_integer<unsigned>(b));
  return numbers;
}
using Numbers = std::vector<unsigned>;

using SpanWriter = Writer<std::span<std::byte>>;
static_assert(!std::copy_constructible<SpanWriter> && std::is_nothrow_move_constructible_v<SpanWriter>);
static_assert(std::copyable<Reader>);
static_assert(WritableBytes<std::vector<std::byte>> && !WritableBytes<std::span<const std::byte>>);

TEST(Writer, AppendsOneAfterTheOther) {
  Page page;
  Writer writer(page.first(20));
  EXPECT_TRUE(writer.empty());
  ASSERT_TRUE(writer.put(std::uint16_t{0x0102}, std::endian::big));
  ASSERT_TRUE(writer.put(std::uint16_t{0x0102}, std::endian::little));
  ASSERT_EQ(writer.put_varint(300U), 2U);
  ASSERT_TRUE(writer.put_slice(bytes_of_text("ab")));
  ASSERT_TRUE(writer.put(std::uint8_t{9}));
  EXPECT_EQ(numbers_of(writer.written()), (Numbers{1, 2, 2, 1, 0xac, 2, 'a', 'b', 9}));
  EXPECT_EQ(writer.size(), 9U);
  EXPECT_EQ(writer.remaining(), 11U);
  EXPECT_EQ(writer.capacity(), 20U);
  EXPECT_EQ(writer.rest().data(), page.bytes.data() + 9);
  EXPECT_EQ(writer.rest().size(), 11U);
  EXPECT_EQ(page.bytes[9], std::byte{0xee}) << "and no more";
}

TEST(Writer, IsReadBackInTheSameOrder) {
  Page page;
  Writer writer(page.first(64));
  ASSERT_TRUE(writer.put(-5, std::endian::big));
  ASSERT_TRUE(writer.put_varint(Int128{-300}));
  ASSERT_TRUE(writer.put(2.5));
  ASSERT_TRUE(writer.put_slice(bytes_of_text("text")));
  ASSERT_TRUE(writer.put_varint(std::uint16_t{7}));
  Reader reader = writer.reader();
  EXPECT_EQ(reader.get<int>(std::endian::big), -5);
  EXPECT_TRUE(reader.get_varint<Int128>() == Int128{-300});
  EXPECT_EQ(reader.get<double>(), 2.5);
  EXPECT_EQ(numbers_of(reader.get_slice(4).value()), (Numbers{'t', 'e', 'x', 't'}));
  EXPECT_EQ(reader.remaining(), 1U);
  EXPECT_EQ(reader.rest().size(), 1U);
  EXPECT_TRUE(reader.skip(1));
  EXPECT_TRUE(reader.empty());
  EXPECT_EQ(reader.position(), writer.size());
}

// Whatever does not fit, for every number of bytes that are left.
TEST(Writer, WhatDoesNotFitChangesNothing) {
  for (std::size_t room = 0; room < 8; ++room) {
    Page page;
    Writer writer(page.first(3 + room));
    ASSERT_TRUE(writer.put_slice(bytes_of_text("abc")));
    const auto before = page.bytes;
    const Error expected{.code = ErrorCode::out_of_range, .asked = 11, .there = 3 + room, .at = 3};
    EXPECT_EQ(writer.put(std::uint64_t{1}).error(), expected);
    EXPECT_EQ(writer.put(std::uint64_t{1}, std::endian::big).error(), expected);
    EXPECT_EQ(writer.put_varint(std::uint64_t{1} << 55).error(), expected);
    EXPECT_EQ(writer.put_slice(bytes_of_text("12345678")).error(), expected);
    EXPECT_EQ(writer.advance(8).error(), expected);
    EXPECT_FALSE(writer.put_aligned(std::uint64_t{1}));
    EXPECT_EQ(writer.resize(11).error(), (Error{.code = ErrorCode::out_of_range, .asked = 11, .there = 3 + room}));
    EXPECT_EQ(writer.size(), 3U);
    EXPECT_EQ(page.bytes, before);
  }
  Page page;
  Writer writer(page.first(11));
  ASSERT_TRUE(writer.put_slice(bytes_of_text("abc")));
  EXPECT_TRUE(writer.put(std::uint64_t{1}, std::endian::big)) << "exactly enough";
  EXPECT_EQ(writer.remaining(), 0U);
}

TEST(Writer, NoSizeWraps) {
  Page page;
  Writer writer(page.first(10));
  ASSERT_TRUE(writer.put(std::uint8_t{1}));
  for (const std::uint64_t size : {~std::uint64_t{0}, ~std::uint64_t{0} - 9, std::uint64_t{1} << 63}) {
    EXPECT_EQ(writer.advance(size).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(writer.resize(size).error().code, ErrorCode::out_of_range);
    Reader reader(page.first(10));
    ASSERT_TRUE(reader.skip(1));
    EXPECT_EQ(reader.skip(size).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(reader.get_slice(size).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(reader.position(), 1U);
  }
  EXPECT_EQ(writer.size(), 1U);
}

TEST(Writer, AlignsWithZeros) {
  Page page;
  Writer writer(page.first(64));
  EXPECT_EQ(writer.align_to<std::uint64_t>(), 0U) << "it is aligned";
  ASSERT_TRUE(writer.put(std::uint8_t{1}));
  EXPECT_EQ(writer.align_to<std::uint8_t>(), 0U);
  EXPECT_EQ(writer.align_to<std::uint32_t>(), 3U);
  EXPECT_EQ(numbers_of(writer.written()), (Numbers{1, 0, 0, 0}));
  ASSERT_TRUE(writer.put(std::uint8_t{2}));
  const auto placed = writer.put_aligned(std::uint64_t{0x0102030405060708});
  ASSERT_TRUE(placed.has_value());
  EXPECT_EQ(reinterpret_cast<std::byte*>(*placed), page.bytes.data() + 8);
  EXPECT_EQ(**placed, 0x0102030405060708U);
  EXPECT_EQ(writer.size(), 16U);
  EXPECT_EQ(numbers_of(writer.written().subspan(4, 4)), (Numbers{2, 0, 0, 0}));
}

TEST(Writer, AlignsTheAddressAndNotThePosition) {
  Page page;
  Writer writer(page.first(64).subspan(3));
  const auto placed = writer.put_aligned(std::uint32_t{7});
  ASSERT_TRUE(placed.has_value());
  EXPECT_EQ(reinterpret_cast<std::byte*>(*placed), page.bytes.data() + 4);
  EXPECT_EQ(writer.size(), 5U);
}

TEST(Writer, AlignsOnlyWithinItsBytes) {
  Page page;
  Writer writer(page.first(14));
  ASSERT_TRUE(writer.advance(9));
  EXPECT_EQ(writer.align_to<std::uint64_t>().error(),
            (Error{.code = ErrorCode::out_of_range, .asked = 16, .there = 14, .at = 9}));
  EXPECT_EQ(writer.put_aligned(std::uint32_t{1}).error(),
            (Error{.code = ErrorCode::out_of_range, .asked = 16, .there = 14, .at = 9}))
      << "the padding would fit, and the value not";
  EXPECT_EQ(writer.size(), 9U);
  EXPECT_EQ(writer.align_to<std::uint32_t>(), 3U);
}

TEST(Writer, ResizesWithZerosOnBothSides) {
  Page page;
  Writer writer(page.first(12));
  ASSERT_TRUE(writer.put_slice(bytes_of_text("abc")));
  ASSERT_TRUE(writer.resize(6));
  EXPECT_EQ(numbers_of(writer.written()), (Numbers{'a', 'b', 'c', 0, 0, 0}));
  EXPECT_EQ(page.bytes[6], std::byte{0xee});
  ASSERT_TRUE(writer.resize(1));
  EXPECT_EQ(writer.size(), 1U);
  EXPECT_EQ(numbers_of(page.first(7)), (Numbers{'a', 0, 0, 0, 0, 0, 0xee})) << "what is taken away does not stay";
  ASSERT_TRUE(writer.resize(1));
  ASSERT_TRUE(writer.resize(12));
  EXPECT_EQ(writer.remaining(), 0U);
}

TEST(Writer, AdvancesOverWhatSomebodyElseHasWritten) {
  Page page;
  Writer writer(page.first(8));
  ASSERT_TRUE(writer.put(std::uint8_t{1}));
  writer.rest()[0] = std::byte{2};
  ASSERT_TRUE(writer.advance(1));
  EXPECT_EQ(numbers_of(writer.written()), (Numbers{1, 2}));
}

TEST(Writer, PopsWhatWasPutLast) {
  Page page;
  Writer writer(page.first(32));
  ASSERT_TRUE(writer.put(0x01020304, std::endian::little));
  ASSERT_TRUE(writer.put(std::uint16_t{0x0506}, std::endian::big));
  ASSERT_TRUE(writer.put(1.5F));
  EXPECT_EQ(writer.pop<float>(), 1.5F);
  EXPECT_EQ(writer.pop<std::uint16_t>(std::endian::big), 0x0506);
  EXPECT_EQ(writer.pop<UInt128>(std::endian::big).error(), (Error{.code = ErrorCode::out_of_range, .asked = 16, .there = 4}));
  EXPECT_EQ(writer.size(), 4U);
  EXPECT_EQ(writer.pop<int>(std::endian::little), 0x01020304) << "in the order that it is asked for";
  EXPECT_EQ(writer.pop<std::uint8_t>().error().code, ErrorCode::out_of_range);
}

TEST(Writer, CopiesASliceOfItself) {
  Page page;
  Writer writer(page.first(8));
  ASSERT_TRUE(writer.put_slice(bytes_of_text("abcd")));
  ASSERT_TRUE(writer.put_slice(writer.written().subspan(1, 3)));
  EXPECT_EQ(numbers_of(writer.written()), (Numbers{'a', 'b', 'c', 'd', 'b', 'c', 'd'}));
  Writer again(page.first(8));
  ASSERT_TRUE(again.advance(2));
  ASSERT_TRUE(again.put_slice(page.first(8).subspan(1, 5))) << "one that overlaps where it goes";
  EXPECT_EQ(numbers_of(again.written()), (Numbers{'a', 'b', 'b', 'c', 'd', 'b', 'c'}));
}

TEST(Writer, MovesWithItsCount) {
  Writer first(std::vector<std::byte>(10));
  ASSERT_TRUE(first.put(std::uint32_t{7}));
  Writer second(std::move(first));
  EXPECT_EQ(first.size(), 0U);  // NOLINT: a moved-from one has written nothing
  EXPECT_EQ(first.remaining(), 0U);
  EXPECT_EQ(second.size(), 4U);
  Writer third(std::vector<std::byte>(3));
  third = std::move(second);
  EXPECT_EQ(third.capacity(), 10U);
  EXPECT_EQ(third.pop<std::uint32_t>(), 7U);
  auto& self = third;
  third = std::move(self);
  EXPECT_EQ(third.capacity(), 10U);
  ASSERT_TRUE(third.put(std::uint8_t{1}));
  EXPECT_EQ(third.target().size(), 10U);
  EXPECT_EQ(third.release().size(), 10U);
  EXPECT_EQ(third.size(), 0U);
}

TEST(Writer, OfNoBytesTakesNothing) {
  Writer writer(std::span<std::byte>{});
  EXPECT_EQ(writer.capacity(), 0U);
  EXPECT_FALSE(writer.put(std::uint8_t{1}));
  EXPECT_FALSE(writer.put_varint(0));
  EXPECT_TRUE(writer.put_slice({}));
  EXPECT_TRUE(writer.resize(0));
  EXPECT_TRUE(writer.align_to<std::uint64_t>());
  EXPECT_FALSE(writer.pop<std::uint8_t>());
}

TEST(Reader, AReadThatFailsLeavesItWhereItWas) {
  const std::array bytes{std::byte{1}, std::byte{0x80}, std::byte{0x80}};
  Reader reader(bytes);
  ASSERT_EQ(reader.get<std::uint8_t>(), 1);
  EXPECT_EQ(reader.get<std::uint32_t>().error(), (Error{.code = ErrorCode::out_of_range, .asked = 5, .there = 3, .at = 1}));
  EXPECT_EQ(reader.get<std::uint32_t>(std::endian::big).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(reader.get_varint<std::uint8_t>().error().code, ErrorCode::varint_overflow);
  EXPECT_EQ(reader.get_varint<std::uint64_t>().error().code, ErrorCode::out_of_range);
  EXPECT_EQ(reader.get_slice(3).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(reader.skip(3).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(reader.position(), 1U);
  EXPECT_EQ(reader.get_slice(2)->size(), 2U);
  EXPECT_TRUE(reader.empty());
  EXPECT_TRUE(Reader().empty());
}

}  // namespace
}  // namespace rarena::detail
