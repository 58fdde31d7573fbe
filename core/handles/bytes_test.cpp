// Bytes: freed with the handle, kept by detach, typed access within bounds.
#include "bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "../arena/arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class BytesTest : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, BytesTest, ::testing::ValuesIn(combinations()), combination_name);

TEST_P(BytesTest, AreFreedWithTheHandle) {
  run({}, [](const auto& arena) {
    const Size before = arena.allocated();
    {
      const auto bytes = value_of(arena.alloc_bytes(40));
      EXPECT_EQ(bytes.size(), 40U);
      EXPECT_EQ(arena.allocated(), before + 40);
      EXPECT_EQ(bytes.data(), arena.get_pointer(bytes.offset()));
      expect_exact(arena, 40);
    }
    EXPECT_EQ(arena.allocated(), before);
    expect_exact(arena, 0);
  });
}

TEST_P(BytesTest, AreKeptByDetach) {
  run({}, [](const auto& arena) {
    Extent segment;
    {
      auto bytes = value_of(arena.alloc_bytes(40));
      const Extent owned = bytes.segment();
      segment = bytes.detach();
      EXPECT_EQ(segment, owned);
      EXPECT_TRUE(bytes.empty());
      EXPECT_EQ(bytes.data(), nullptr);
      EXPECT_EQ(bytes.detach(), Extent{});
    }
    expect_exact(arena, 40);
    give(arena, segment);
    expect_exact(arena, 0);
  });
}

TEST_P(BytesTest, MoveWithTheirSegment) {
  run({}, [](const auto& arena) {
    {
      auto first = value_of(arena.alloc_bytes(40)), second = value_of(arena.alloc_bytes(30));
      const Offset offset = first.offset();
      auto third = std::move(first);
      EXPECT_TRUE(first.empty());  // NOLINT: moved-from is empty
      EXPECT_EQ(third.offset(), offset);
      expect_exact(arena, 70);
      second = std::move(third);
      EXPECT_EQ(second.offset(), offset);
      expect_exact(arena, 40);
      auto& self = second;
      second = std::move(self);
      EXPECT_EQ(second.offset(), offset);
    }
    expect_exact(arena, 0);
  });
}

TEST_P(BytesTest, OutliveTheArenaObjectTheyCameFromButNotTheArena) {
  run({}, [](auto arena) {
    std::vector<decltype(arena)> home;  // destroyed after the bytes
    const auto bytes = value_of(arena.alloc_bytes(40));
    home.push_back(std::move(arena));
    EXPECT_EQ(bytes.data(), home.front().get_pointer(bytes.offset()));
    EXPECT_EQ(home.front().refs(), 1U) << "a handle is no copy of the arena";
  });
}

TEST_P(BytesTest, AreZeroUnlessAskedOtherwise) {
  run({}, [](const auto& arena) {
    {
      auto bytes = value_of(arena.alloc_bytes(64, Fill::none));
      for (std::byte& b : bytes.bytes()) b = std::byte{0xee};
    }
    const auto bytes = value_of(arena.alloc_bytes(64));
    for (const std::byte b : bytes.bytes()) EXPECT_EQ(b, std::byte{0});
  });
}

TEST_P(BytesTest, AreAlignedForATypeWithExtraBytes) {
  struct alignas(32) Wide {
    char c;
  };
  run({.maximum_alignment = 32}, [](const auto& arena) {
    const auto odd = value_of(arena.alloc_bytes(1));
    const auto bytes = value_of(arena.template alloc_aligned_bytes<Wide>(10));
    EXPECT_EQ(bytes.size(), 42U);
    EXPECT_EQ(bytes.offset() % 32, 0U);
    EXPECT_EQ(value_of(arena.template alloc_aligned_bytes<std::uint64_t>()).size(), 8U);
    EXPECT_EQ(value_of(arena.alloc_aligned_bytes(5, 16)).offset() % 16, 0U);
    for (const std::uint64_t extra : {std::uint64_t{0xffffffff}, std::uint64_t{0xfffffff0}}) {
      const auto error = arena.template alloc_aligned_bytes<Wide>(extra).error();
      EXPECT_EQ(error.code, ErrorCode::insufficient_space);
      EXPECT_EQ(error.asked, extra + 32) << "the true number";
    }
    EXPECT_EQ(arena.template alloc_aligned_bytes<Wide>(~std::uint64_t{0}).error().code, ErrorCode::insufficient_space);
    EXPECT_EQ(arena.alloc_bytes(0xffffffff).error().code, ErrorCode::insufficient_space);
    EXPECT_EQ(arena.alloc_aligned_bytes(8, 3).error().code, ErrorCode::invalid_alignment);
  });
}

TEST_P(BytesTest, OwnTheSlackOfTheirSegment) {
  if (GetParam().freelist == Freelist::none) return;
  run({}, [](const auto& arena) {
    const Extent segment = take(arena, 50), rest = fill_up(arena);
    give(arena, segment);
    {
      const auto bytes = value_of(arena.alloc_bytes(40));
      EXPECT_EQ(bytes.size(), 40U);
      EXPECT_EQ(bytes.segment(), segment) << "10 bytes are too few to keep";
    }
    EXPECT_EQ(listed(arena), (std::vector<Size>{50}));
    expect_exact(arena, rest.size);
  });
}

TEST_P(BytesTest, PutAndGetStayInBounds) {
  run({}, [](const auto& arena) {
    auto bytes = value_of(arena.alloc_bytes(12));
    const auto neighbour = value_of(arena.alloc_bytes(8));
    EXPECT_TRUE(bytes.put(3, std::uint64_t{0x0102030405060708}));
    EXPECT_EQ(bytes.template get<std::uint64_t>(3), 0x0102030405060708U);
    EXPECT_TRUE(bytes.put(4, std::array<std::uint32_t, 2>{1, 2}));
    EXPECT_EQ(value_of(bytes.template get<std::uint32_t>(8)), 2U);
    for (const std::uint64_t position :
         {std::uint64_t{5}, std::uint64_t{12}, std::uint64_t{0xffffffff}, ~std::uint64_t{0}, ~std::uint64_t{7}}) {
      EXPECT_EQ(bytes.put(position, std::uint64_t{0}).error().code, ErrorCode::out_of_range) << position;
      EXPECT_EQ(bytes.template get<std::uint64_t>(position).error().code, ErrorCode::out_of_range) << position;
    }
    using TooLarge = std::array<char, 13>;
    EXPECT_FALSE(bytes.put(0, TooLarge{}));
    EXPECT_FALSE(bytes.template get<TooLarge>(0));
    const Error error = bytes.template get<std::uint64_t>(5).error();
    EXPECT_EQ(error.at, bytes.offset() + 5U);
    EXPECT_EQ(error.asked, bytes.offset() + 13U);
    EXPECT_EQ(error.there, bytes.offset() + 12U);
    for (const std::byte b : neighbour.bytes()) EXPECT_EQ(b, std::byte{0});
  });
}

TEST(Bytes, OfSizeZeroOrByDefaultAreEmpty) {
  const auto arena = value_of(Arena::alloc({}));
  auto nothing = value_of(arena.alloc_bytes(0));
  EXPECT_TRUE(nothing.empty());
  EXPECT_EQ(nothing.data(), nullptr);
  EXPECT_TRUE(nothing.bytes().empty());
  Bytes never;
  EXPECT_TRUE(never.empty());
  EXPECT_FALSE(never.get<char>(0));
  EXPECT_FALSE(never.put(0, 'x'));
  never = std::move(nothing);
}

}  // namespace
}  // namespace rarena::detail
