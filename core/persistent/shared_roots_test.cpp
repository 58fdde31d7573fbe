// Named roots of a file that processes share: where they meet.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "../handles/sharing_test_support.hpp"
#include "at.hpp"
#include "roots.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

using SharedRoots = Sharing;

TEST_F(SharedRoots, AReaderSeesWhatOthersWrite) {
  const auto arena = open();
  const auto reader = value_of(Arena::map(path, sharing()));
  EXPECT_EQ(reader.recovery().opening, Recovery::Opening::joined);
  EXPECT_TRUE(reader.shared());
  EXPECT_TRUE(reader.free_segments().empty());
  EXPECT_FALSE(reader.root<std::uint64_t>("n"));
  auto* const n = value_of(arena.emplace_root<std::uint64_t>("n", 5U));
  auto* const seen = value_of(reader.root<const std::uint64_t>("n"));
  EXPECT_EQ(*seen, 5U);
  *n = 6;
  EXPECT_EQ(*static_cast<const volatile std::uint64_t*>(seen), 6U);
  const Extent live = take(arena, 1000);
  EXPECT_EQ(reader.allocated(), arena.allocated());
  EXPECT_EQ(reader.remaining(), arena.remaining());
  EXPECT_TRUE(reader.get_bytes(live.offset, live.size));
  EXPECT_FALSE(reader.get_bytes(live.offset, arena.capacity()));
  EXPECT_EQ(reader.alloc_bytes(1).error().code, ErrorCode::read_only);
  give(arena, live);
  EXPECT_EQ(reader.allocated(), arena.allocated());
}

TEST_F(SharedRoots, OfTwoThatMakeARootOneMakesIt) {
  auto arena = open();
  Peer peer([&](const Peer::Step& pause) {
    auto other = open();
    pause();
    for (int i = 0; i < 100; ++i) (void)other.emplace_root<std::uint64_t>("n" + std::to_string(i), 2U);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(other.root<std::uint64_t>("n" + std::to_string(i)));
    EXPECT_TRUE(other.close());
  });
  peer.wait();
  peer.go_on();
  for (int i = 0; i < 100; ++i) (void)arena.emplace_root<std::uint64_t>("n" + std::to_string(i), 1U);
  EXPECT_EQ(peer.end(), 0);
  EXPECT_EQ(value_of(arena.roots()).size(), 100U);
  EXPECT_TRUE(arena.close());
  EXPECT_EQ(value_of(value_of(Arena::map(path, {})).roots()).size(), 100U);
}

}  // namespace
}  // namespace rarena::detail
