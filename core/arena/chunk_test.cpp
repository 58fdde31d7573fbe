// One chunk over a source that counts how often it is asked: how long a refused chunk is not asked for again.
#include "chunk.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

#include "../words/atomic_store.hpp"
#include "../words/words_test_support.hpp"
#include "allocator.hpp"

namespace rarena::detail {
namespace {

using testing_support::TestMemory;

class ChunkTest : public ::testing::Test {
 protected:
  // The allocator, or one that has no room.
  struct Source {
    const Allocator<AtomicStore>& allocator;
    bool& has_room;
    std::uint64_t& asked;

    std::optional<Allocation> allocate(Request request) const {
      ++asked;
      if (!has_room) return std::nullopt;
      return allocator.allocate(request);
    }
    void take_back(Extent segment) const { allocator.take_back(segment); }
  };

  Carved take(Size size) { return chunk.take(source, store, {size, 1}); }
  void take_in_vain(std::uint64_t requests) {
    for (std::uint64_t i = 0; i < requests; ++i) ASSERT_FALSE(take(16));
  }

  TestMemory<AtomicStore> memory{65536};
  AtomicStore store = memory.store();
  Allocator<AtomicStore> allocator = make_allocator(store, memory.geometry(), Freelist::pessimistic, {});
  bool has_room = false;
  std::uint64_t asked = 0;
  Source source{allocator, has_room, asked};
  Chunk<AtomicStore> chunk{256};
};

TEST_F(ChunkTest, AsksAfterTwiceAsManyRequestsEachTimeItIsRefused) {
  std::uint64_t pause = 1;
  for (int refusals = 1; refusals < 20; ++refusals) {
    take_in_vain(1);
    ASSERT_EQ(asked, refusals);
    take_in_vain(pause);
    ASSERT_EQ(asked, refusals) << "within a pause of " << pause;
    if (pause < ChunkPause::longest) pause *= 2;
  }
  EXPECT_EQ(pause, ChunkPause::longest);
}

TEST_F(ChunkTest, FindsRoomAtTheEndOfItsPauseAndBeginsWithAShortOneAgain) {
  take_in_vain(100'000);
  EXPECT_LT(asked, 120U);
  has_room = true;
  std::uint64_t waited = 0;
  while (!take(16)) ++waited;
  EXPECT_LE(waited, std::uint64_t{ChunkPause::longest});
  for (int i = 0; i < 16 * 8; ++i) ASSERT_TRUE(take(16)) << "each chunk is there when it is needed";

  chunk.end(source, store);
  has_room = false;
  asked = 0;
  take_in_vain(3);
  EXPECT_EQ(asked, 2U) << "the first and the third";
}

TEST_F(ChunkTest, AsksAtOnceIfToldTo) {
  take_in_vain(1000);
  has_room = true;
  EXPECT_FALSE(take(16));
  chunk.ask_again();
  EXPECT_TRUE(take(16));
}

TEST_F(ChunkTest, ALargeRequestNeitherAsksNorShortensThePause) {
  take_in_vain(3);
  EXPECT_EQ(asked, 2U);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(take(100)) << "more than a quarter";
  take_in_vain(1);
  EXPECT_EQ(asked, 2U);
}

}  // namespace
}  // namespace rarena::detail
