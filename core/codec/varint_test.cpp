// Varints: known bytes, every short number, bounds of every type, and bytes that somebody hostile made.
#include "varint.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <span>
#include <vector>

#include "codec_test_support.hpp"

namespace rarena::detail {
namespace {

using testing_support::bytes_of;
using Encoded = testing_support::ByteVector;

template <Integer T>
Encoded encoded(T value) {
  Encoded bytes(max_varint_size<T>, std::byte{0xee});
  const auto size = store_varint(std::span<std::byte>(bytes), 0, value);
  EXPECT_TRUE(size.has_value());
  bytes.resize(size.value_or(0));
  return bytes;
}

// What bytes are worth, from the last to the first.
template <Integer T>
Unsigned<T> worth(const Encoded& bytes) {
  UInt128 sum = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) sum = sum * 128 + std::to_integer<unsigned>(bytes[i]) % 128;
  return static_cast<Unsigned<T>>(sum);
}

template <class T>
class VarintTest : public ::testing::Test {
 protected:
  static constexpr bool has_sign = static_cast<T>(-1) < static_cast<T>(1);
  static constexpr auto all_ones = static_cast<Unsigned<T>>(-1);
  static constexpr auto highest = static_cast<T>(has_sign ? all_ones / 2 : all_ones);
  static constexpr auto lowest = static_cast<T>(has_sign ? ~highest : T{0});

  // Powers of two and their neighbours, the ends, and random numbers of every length.
  static std::vector<T> samples() {
    std::vector<T> all{T{0}, T{1}, lowest, highest, static_cast<T>(-1)};
    std::mt19937_64 random(20240229);
    for (unsigned bit = 0; bit < 8 * sizeof(T); ++bit) {
      const auto power = static_cast<Unsigned<T>>(Unsigned<T>{1} << bit);
      for (const int step : {-1, 0, 1}) {
        all.push_back(static_cast<T>(power + static_cast<Unsigned<T>>(step)));
        all.push_back(static_cast<T>(~power + static_cast<Unsigned<T>>(step)));
      }
      for (int i = 0; i < 20; ++i) {
        const UInt128 any = UInt128{random()} << 64 | random();
        all.push_back(static_cast<T>(static_cast<Unsigned<T>>(any) & static_cast<Unsigned<T>>(power * 2 - 1)));
      }
    }
    return all;
  }
};
using EveryVarint = ::testing::Types<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
                                     std::int64_t, std::uint64_t, Int128, UInt128>;
TYPED_TEST_SUITE(VarintTest, EveryVarint);

static_assert(max_varint_size<std::uint8_t> == 2 && max_varint_size<std::uint16_t> == 3 && max_varint_size<std::uint32_t> == 5);
static_assert(max_varint_size<std::int64_t> == 10 && max_varint_size<Int128> == 19);
static_assert(to_zigzag(-1) == 1U && to_zigzag(1) == 2U && to_zigzag(std::int8_t{-128}) == 255 && from_zigzag<int>(3U) == -2);
static_assert([] {
  std::array<std::byte, 3> bytes{};
  return store_varint(std::span<std::byte>(bytes), 1, 300) == 2U && load_varint<int>(bytes, 1)->value == 300;
}());

TEST(Varint, KnownBytes) {
  EXPECT_EQ(encoded(0U), bytes_of({0}));
  EXPECT_EQ(encoded(127U), bytes_of({0x7f}));
  EXPECT_EQ(encoded(128U), bytes_of({0x80, 1}));
  EXPECT_EQ(encoded(150U), bytes_of({0x96, 1})) << "the example of Protocol Buffers";
  EXPECT_EQ(encoded(300U), bytes_of({0xac, 2}));
  EXPECT_EQ(encoded(16384U), bytes_of({0x80, 0x80, 1}));
  EXPECT_EQ(encoded(624485U), bytes_of({0xe5, 0x8e, 0x26})) << "the example of DWARF";
  EXPECT_EQ(encoded(std::uint16_t{0xffff}), bytes_of({0xff, 0xff, 3}));
  EXPECT_EQ(encoded(0xffffffffU), bytes_of({0xff, 0xff, 0xff, 0xff, 0x0f}));
  EXPECT_EQ(encoded(~std::uint64_t{0}), bytes_of({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}));
  EXPECT_EQ(encoded(0), bytes_of({0}));
  EXPECT_EQ(encoded(-1), bytes_of({1}));
  EXPECT_EQ(encoded(1), bytes_of({2}));
  EXPECT_EQ(encoded(-64), bytes_of({0x7f}));
  EXPECT_EQ(encoded(64), bytes_of({0x80, 1}));
  EXPECT_EQ(encoded(std::numeric_limits<std::int32_t>::max()), bytes_of({0xfe, 0xff, 0xff, 0xff, 0x0f}));
  EXPECT_EQ(encoded(std::numeric_limits<std::int32_t>::min()), bytes_of({0xff, 0xff, 0xff, 0xff, 0x0f}));
}

TEST(Varint, ASmallNumberIsTheSameInEveryType) {
  for (int n = -128; n < 128; ++n) {
    const Encoded expected = encoded(static_cast<std::int8_t>(n));
    EXPECT_EQ(encoded(static_cast<std::int16_t>(n)), expected);
    EXPECT_EQ(encoded(n), expected);
    EXPECT_EQ(encoded(std::int64_t{n}), expected);
    EXPECT_EQ(encoded(Int128{n}), expected);
  }
}

TYPED_TEST(VarintTest, ReadsWhatItWrites) {
  for (const TypeParam value : this->samples()) {
    const Encoded bytes = encoded(value);
    ASSERT_EQ(bytes.size(), varint_size(value));
    const auto read = load_varint<TypeParam>(bytes, 0);
    ASSERT_TRUE(read.has_value()) << read.error().message();
    ASSERT_TRUE(read->value == value);
    ASSERT_EQ(read->size, bytes.size());
  }
}

TYPED_TEST(VarintTest, IsWorthItsPlaceInAsFewBytesAsPossible) {
  for (const TypeParam value : this->samples()) {
    const Encoded bytes = encoded(value);
    ASSERT_TRUE(worth<TypeParam>(bytes) == to_zigzag(value));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      ASSERT_EQ((bytes[i] & std::byte{0x80}) != std::byte{0}, i + 1 < bytes.size());
    ASSERT_TRUE(bytes.size() == 1 || bytes.back() != std::byte{0});
  }
}

TYPED_TEST(VarintTest, TheZigZagOrderGoesThroughAllNumbersBySize) {
  if (!this->has_sign) return;
  for (int n = 0; n < 127; ++n) {
    const auto number = static_cast<TypeParam>(n), below = static_cast<TypeParam>(-n - 1);
    ASSERT_TRUE(to_zigzag(number) == static_cast<Unsigned<TypeParam>>(2 * n));
    ASSERT_TRUE(to_zigzag(below) == static_cast<Unsigned<TypeParam>>(2 * n + 1));
  }
  EXPECT_TRUE(to_zigzag(this->lowest) == this->all_ones);
  EXPECT_TRUE(to_zigzag(this->highest) == this->all_ones - 1);
}

TYPED_TEST(VarintTest, BytesThatEndTooEarlyAreOutOfRange) {
  for (const TypeParam value : this->samples()) {
    const Encoded bytes = encoded(value);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto read = load_varint<TypeParam>(std::span(bytes).first(size), 0);
      ASSERT_FALSE(read.has_value());
      ASSERT_EQ(read.error(), (Error{.code = ErrorCode::out_of_range, .asked = size + 1, .there = size}));
    }
  }
}

TYPED_TEST(VarintTest, WritesNothingWhereThereIsNoRoom) {
  for (const TypeParam value : this->samples()) {
    const std::size_t size = varint_size(value);
    Encoded bytes(size, std::byte{0xee});
    const Encoded before = bytes;
    for (std::size_t room = 0; room < size; ++room) {
      const auto written = store_varint(std::span(bytes).first(room), 0, value);
      ASSERT_EQ(written.error(), (Error{.code = ErrorCode::out_of_range, .asked = size, .there = room}));
      ASSERT_EQ(bytes, before);
    }
    ASSERT_EQ(store_varint(std::span<std::byte>(bytes), 0, value), size) << "exactly enough";
  }
}

TYPED_TEST(VarintTest, MoreThanTheTypeHoldsIsAnOverflow) {
  const Encoded largest = encoded(static_cast<TypeParam>(this->lowest == 0 ? this->highest : this->lowest));
  ASSERT_EQ(largest.size(), max_varint_size<TypeParam>);
  const auto highest_last = std::to_integer<unsigned>(largest.back());
  for (unsigned last = highest_last; last < 256; ++last) {
    Encoded bytes = largest;
    bytes.back() = static_cast<std::byte>(last);
    bytes.push_back(std::byte{0});
    const auto read = load_varint<TypeParam>(bytes, 0);
    ASSERT_EQ(read.has_value(), last == highest_last) << last;
    if (read) continue;
    ASSERT_EQ(read.error(),
              (Error{.code = ErrorCode::varint_overflow, .asked = highest_last, .there = last, .at = largest.size() - 1}));
  }
  for (const unsigned filler : {0x80U, 0xffU}) {
    const Encoded endless(4096, static_cast<std::byte>(filler));
    EXPECT_EQ(load_varint<TypeParam>(endless, 0).error().code, ErrorCode::varint_overflow);
  }
}

TYPED_TEST(VarintTest, MoreBytesThanTheNumberNeedsAreAnError) {
  for (const TypeParam value : this->samples()) {
    Encoded bytes = encoded(value);
    const std::size_t shortest = bytes.size();
    while (bytes.size() < max_varint_size<TypeParam>) {
      bytes.back() |= std::byte{0x80};
      bytes.push_back(std::byte{0});
      const auto read = load_varint<TypeParam>(bytes, 0);
      ASSERT_FALSE(read.has_value());
      ASSERT_EQ(read.error(), (Error{.code = ErrorCode::varint_overlong, .asked = shortest, .there = bytes.size()}));
    }
  }
}

// Each number has one encoding, and every string of bytes that begins with none is an error: all strings of two bytes, and of
// three bytes those with a byte that matters to the format.
TEST(Varint, AStringIsReadExactlyIfItBeginsWithAnEncoding) {
  std::map<Encoded, std::uint16_t> numbers;
  for (unsigned n = 0; n <= 0xffff; ++n) numbers.emplace(encoded(static_cast<std::uint16_t>(n)), static_cast<std::uint16_t>(n));
  ASSERT_EQ(numbers.size(), 0x10000U);
  const auto check = [&](const Encoded& bytes) {
    const auto read = load_varint<std::uint16_t>(bytes, 0);
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
      const auto known = numbers.find(Encoded(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
      if (known == numbers.end()) continue;
      EXPECT_EQ(read, (Varint<std::uint16_t>{known->second, size}));
      return;
    }
    EXPECT_FALSE(read.has_value());
  };
  for (unsigned a = 0; a < 256; ++a) check(bytes_of({a}));
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 256; ++b) check(bytes_of({a, b}));
  const auto matter = {0U, 1U, 2U, 3U, 4U, 5U, 0x7fU, 0x80U, 0x81U, 0x83U, 0x84U, 0xffU};
  for (const unsigned a : matter)
    for (const unsigned b : matter)
      for (const unsigned c : matter) check(bytes_of({a, b, c}));
}

TEST(Varint, NoPositionWraps) {
  Encoded bytes(16, std::byte{1});
  for (const std::uint64_t position : {std::uint64_t{16}, std::uint64_t{17}, ~std::uint64_t{0}, ~std::uint64_t{0} - 15}) {
    EXPECT_EQ(load_varint<std::uint64_t>(bytes, position).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(load_varint<std::uint64_t>(bytes, position).error().at, position);
    EXPECT_EQ(store_varint(std::span<std::byte>(bytes), position, 300).error().code, ErrorCode::out_of_range);
  }
  EXPECT_EQ(bytes, Encoded(16, std::byte{1}));
  EXPECT_EQ(load_varint<std::uint64_t>(bytes, 15)->value, 1U);
}

TEST(Varint, RandomBytesAreReadWithinThem) {
  std::mt19937_64 random(20240229);
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    // On the heap and of this very size: a sanitizer sees what is read behind it.
    Encoded bytes(random() % 24);
    for (std::byte& b : bytes) b = static_cast<std::byte>(random() % 4 == 0 ? random() : random() | 0x80);
    const auto number = load_varint<UInt128>(bytes, 0);
    if (!number) continue;
    ++read;
    bytes.resize(number->size);
    ASSERT_EQ(encoded(number->value), bytes) << "what is accepted is what would be written";
  }
  EXPECT_GT(read, 1000);
}

}  // namespace
}  // namespace rarena::detail
