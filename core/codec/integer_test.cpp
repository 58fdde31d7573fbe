// Integers as bytes: their order, every position, and that nothing outside the span is touched.
#include "integer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "codec_test_support.hpp"

namespace rarena::detail {
namespace {

using testing_support::bytes_of;
using testing_support::ByteVector;

template <class T>
class IntegerTest : public ::testing::Test {};
using EveryInteger = ::testing::Types<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
                                      std::int64_t, std::uint64_t, Int128, UInt128>;
TYPED_TEST_SUITE(IntegerTest, EveryInteger);

static_assert(Integer<char> && Integer<unsigned long long> && Integer<std::size_t>);
static_assert(!Integer<bool> && !Integer<double> && !Integer<std::byte> && !Integer<const int>);
static_assert(Plain<std::array<int, 3>> && !Plain<ByteVector> && !Plain<const int>);
static_assert(from_bytes<std::uint32_t>(to_bytes(0x01020304U, std::endian::big), std::endian::little) == 0x04030201U);

// The bytes 1, 2, 3, ... as a number, made by arithmetic: the first counts most.
template <class T>
T counting() {
  auto value = Unsigned<T>{0};
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<Unsigned<T>>((sizeof(T) == 1 ? 0 : value * 256) + i + 1);
  return static_cast<T>(value);
}

TYPED_TEST(IntegerTest, BigEndianBeginsWithTheHighestByte) {
  const auto bytes = to_bytes(counting<TypeParam>(), std::endian::big);
  for (std::size_t i = 0; i < sizeof(TypeParam); ++i) EXPECT_EQ(std::to_integer<std::size_t>(bytes[i]), i + 1);
  EXPECT_TRUE(from_bytes<TypeParam>(bytes, std::endian::big) == counting<TypeParam>());
}

TYPED_TEST(IntegerTest, LittleEndianBeginsWithTheLowestByte) {
  const auto bytes = to_bytes(counting<TypeParam>(), std::endian::little);
  for (std::size_t i = 0; i < sizeof(TypeParam); ++i) EXPECT_EQ(std::to_integer<std::size_t>(bytes[i]), sizeof(TypeParam) - i);
  EXPECT_TRUE(from_bytes<TypeParam>(bytes, std::endian::little) == counting<TypeParam>());
}

TYPED_TEST(IntegerTest, ANumberBelowZeroHasItsHighestBitInTheHighestByte) {
  const auto lowest = static_cast<TypeParam>(Unsigned<TypeParam>{1} << (8 * sizeof(TypeParam) - 1));
  for (const std::endian order : {std::endian::little, std::endian::big}) {
    const auto bytes = to_bytes(lowest, order);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const bool highest = i == (order == std::endian::big ? 0 : bytes.size() - 1);
      EXPECT_EQ(std::to_integer<unsigned>(bytes[i]), highest ? 0x80U : 0U);
    }
    EXPECT_TRUE(from_bytes<TypeParam>(bytes, order) == lowest);
  }
}

TYPED_TEST(IntegerTest, StoresAtEveryPositionAndNowhereElse) {
  const auto painted = std::byte{0xee};
  for (const std::endian order : {std::endian::little, std::endian::big})
    for (std::size_t size = 0; size <= 40; ++size)
      for (std::size_t position = 0; position <= 41; ++position) {
        ByteVector all(42, painted);
        const std::span<std::byte> inside = std::span(all).subspan(1, size);
        const auto stored = store_integer(inside, position, counting<TypeParam>(), order);
        const bool fits = position + sizeof(TypeParam) <= size;
        ASSERT_EQ(stored.has_value(), fits) << size << " " << position;
        const auto bytes = to_bytes(counting<TypeParam>(), order);
        ByteVector expected(42, painted);
        if (fits) std::ranges::copy(bytes, expected.begin() + 1 + static_cast<std::ptrdiff_t>(position));
        ASSERT_EQ(all, expected) << size << " " << position;
        const auto loaded = load_integer<TypeParam>(inside, position, order);
        ASSERT_TRUE(fits ? loaded == counting<TypeParam>() : loaded.error() == stored.error());
      }
}

TYPED_TEST(IntegerTest, NoPositionWraps) {
  ByteVector bytes(32);
  for (const std::uint64_t back : {0U, 1U, 7U, 15U, 31U}) {
    const std::uint64_t position = ~std::uint64_t{0} - back;
    const auto stored = store_integer(std::span<std::byte>(bytes), position, TypeParam{1}, std::endian::little);
    EXPECT_EQ(stored.error().code, ErrorCode::out_of_range);
    EXPECT_EQ(stored.error().at, position);
    EXPECT_GE(stored.error().asked, position) << "the sum does not wrap, either";
    EXPECT_EQ(load_integer<TypeParam>(bytes, position, std::endian::little).error(), stored.error());
  }
  EXPECT_EQ(bytes, ByteVector(32));
}

TEST(Integer, EveryNumberOf16BitsSurvives) {
  for (unsigned n = 0; n <= 0xffff; ++n) {
    const auto value = static_cast<std::uint16_t>(n);
    const auto low = static_cast<std::byte>(n % 256), high = static_cast<std::byte>(n / 256);
    ASSERT_EQ(to_bytes(value, std::endian::little), (std::array{low, high}));
    ASSERT_EQ(to_bytes(value, std::endian::big), (std::array{high, low}));
    ASSERT_EQ(to_bytes(static_cast<std::int16_t>(value), std::endian::big), (std::array{high, low}));
    for (const std::endian order : {std::endian::little, std::endian::big}) {
      ASSERT_EQ(from_bytes<std::uint16_t>(to_bytes(value, order), order), value);
      ASSERT_EQ(from_bytes<std::int16_t>(to_bytes(value, order), order), static_cast<std::int16_t>(value));
    }
  }
}

TEST(Integer, ErrorsSayWhatWasAskedAndWhatIsThere) {
  ByteVector bytes(8);
  const auto stored = store_integer(std::span<std::byte>(bytes), 5, std::uint32_t{1}, std::endian::big);
  EXPECT_EQ(stored.error(), (Error{.code = ErrorCode::out_of_range, .asked = 9, .there = 8, .at = 5}));
  EXPECT_FALSE(store_value(std::span<std::byte>(bytes), 5, std::uint32_t{1}));
  EXPECT_EQ(load_value<std::uint32_t>(bytes, 5).error(), stored.error());
}

TEST(Integer, KnownBytes) {
  EXPECT_EQ(load_integer<std::uint32_t>(bytes_of({9, 0xde, 0xad, 0xbe, 0xef}), 1, std::endian::big), 0xdeadbeefU);
  EXPECT_EQ(load_integer<std::uint32_t>(bytes_of({9, 0xde, 0xad, 0xbe, 0xef}), 1, std::endian::little), 0xefbeaddeU);
  EXPECT_EQ(load_integer<std::int32_t>(bytes_of({0xff, 0xff, 0xff, 0xfe}), 0, std::endian::big), -2);
  const auto wide = load_integer<UInt128>(ByteVector(16, std::byte{1}), 0, std::endian::big);
  EXPECT_TRUE(wide == ~UInt128{0} / 255) << "0x0101...01";
}

}  // namespace
}  // namespace rarena::detail
