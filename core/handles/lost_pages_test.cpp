// Power losses: what is on the disk when the power goes is what flushes have made durable, and no page more. The disk is that
// of memory/failing_system_test_support.hpp, which knows what each msync has written.
#include <gtest/gtest.h>

#include <random>

#include "../arena/arena_test_support.hpp"
#include "../memory/failing_system_test_support.hpp"
#include "owned.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;
using Opening = Recovery::Opening;

class LostPages : public ::testing::Test {
 protected:
  ~LostPages() override { world::attach(nullptr); }

  Arena make(Freelist freelist = Freelist::pessimistic) {
    std::filesystem::remove(path);
    return value_of(Arena::map_mut(path, {.capacity = 65536, .freelist = freelist, .create_new = true}));
  }
  // The file as the disk has it.
  void lose_power(const std::string& disk) const {
    world::attach(nullptr);
    std::filesystem::resize_file(path, disk.size());
    write_file(path, 0, disk.data(), disk.size());
  }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};

TEST_F(LostPages, WhatAFlushHasMadeDurableIsNotHandedOutAgain) {
  const auto flushes = {+[](const Arena& a, const Bytes& b) { return a.flush_range(b.offset(), b.size()); },
                        +[](const Arena& a, const Bytes& b) { return a.flush_header_and_range(b.offset(), b.size()); },
                        +[](const Arena&, const Bytes& b) { return b.flush(); },
                        +[](const Arena& a, const Bytes&) { return a.flush(); }};
  for (const auto flush : flushes) {
    Extent live;
    std::string disk;
    {
      const auto arena = make();
      take(arena, 9000);
      EXPECT_TRUE(arena.flush());
      world::Disk watched(arena.data(), arena.capacity());
      world::attach(&watched);
      auto bytes = value_of(arena.alloc_aligned_bytes(5000, 4096));
      paint(arena, bytes.segment(), 0x77);
      EXPECT_TRUE(flush(arena, bytes));
      disk = watched.durable;
      live = bytes.detach();
      world::attach(nullptr);
    }
    lose_power(disk);
    const auto arena = value_of(Arena::map_mut(path, {.freelist = Freelist::pessimistic}));
    EXPECT_NE(arena.recovery().opening, Opening::clean);
    EXPECT_GE(arena.allocated(), live.end());
    EXPECT_TRUE(painted(arena, live, 0x77));
    EXPECT_GE(take(arena, 9000).offset, live.end());
  }
}

TEST_F(LostPages, AFlushOfTheHeaderIsOneOfTheCursorAndOfNoData) {
  {
    const auto arena = make();
    world::Disk watched(arena.data(), arena.capacity());
    world::attach(&watched);
    const Extent live = take(arena, 40000);
    paint(arena, live, 0x33);
    const auto cursor = [&] {
      Size durable = 0;
      const auto place = static_cast<std::size_t>(Geometry::unified(0, arena.capacity()).cursor().place);
      std::memcpy(&durable, watched.durable.data() + place, sizeof durable);
      return durable;
    };
    EXPECT_LT(cursor(), arena.allocated());
    EXPECT_TRUE(arena.flush_header());
    EXPECT_EQ(cursor(), arena.allocated());
    EXPECT_EQ(watched.durable[live.end() - 1], '\0');
    world::attach(nullptr);
  }
}

TEST_F(LostPages, AFileThatBecomesShorterIsSoundAtThatMoment) {
  std::string disk;
  Extent live;
  {
    auto arena = make();
    live = take(arena, 5000);
    paint(arena, live, 0x33);
    const Extent top = take(arena, 40000);
    world::Disk watched(arena.data(), arena.capacity());
    world::attach(&watched);
    EXPECT_TRUE(arena.flush());
    give(arena, top);
    EXPECT_TRUE(arena.truncate(12000));
    disk = watched.at_truncation;
  }
  ASSERT_EQ(disk.size(), 12000U);
  lose_power(disk);
  const auto arena = value_of(Arena::map_mut(path, {.freelist = Freelist::pessimistic}));
  EXPECT_EQ(arena.allocated(), live.end());
  EXPECT_TRUE(painted(arena, live, 0x33));
}

// One history with a flush that fails in the middle, if `fails`; then every live segment is flushed, the arena closed, and the
// power goes. Returns how the file is opened afterwards.
struct Ending {
  Opening opening{};
  int promised = 0;       // flushes that succeeded after the failure
  int promised_free = 0;  // of their segments those that are free afterwards
};

class FailedFlush : public LostPages {
 protected:
  Ending run(unsigned seed, bool fails) {
    std::mt19937_64 random(seed);
    const Freelist freelist = seed % 2 != 0 ? Freelist::pessimistic : Freelist::optimistic;
    std::vector<Extent> live;
    std::vector<bool> durable;
    std::string disk;
    {
      auto arena = make(freelist);
      const auto step = [&] {
        if (live.empty() || random() % 100 < 52) {
          const auto taken = arena.allocate(30 + random() % 300, 1, Fill::none);
          if (taken) live.push_back(taken->segment);
          if (taken || live.empty()) return;
        }
        std::swap(live[random() % live.size()], live.back());
        give(arena, live.back());
        live.pop_back();
      };
      for (int i = 0; i < 1500; ++i) step();
      EXPECT_TRUE(arena.flush());
      world::Disk watched(arena.data(), arena.capacity());
      world::attach(&watched);
      for (unsigned i = 0; i < 3 + seed % 20; ++i) step();
      watched.fails_next = fails;
      EXPECT_EQ(arena.flush().has_value(), !fails);
      for (int i = 0; i < 4; ++i) step();
      for (const Extent e : live) durable.push_back(arena.flush_range(e.offset, e.size).has_value());
      EXPECT_EQ(arena.close().has_value(), !fails);
      disk = watched.durable;
    }
    lose_power(disk);
    return look(freelist, live, durable);
  }
  Ending look(Freelist freelist, const std::vector<Extent>& live, const std::vector<bool>& durable) const {
    const auto arena = value_of(Arena::map(path, {.freelist = freelist}));
    Ending ending{.opening = arena.recovery().opening};
    std::vector<bool> free(arena.capacity());
    for (const Extent e : arena.free_segments()) std::fill_n(free.begin() + e.offset, e.size, true);
    for (std::size_t i = 0; i < live.size(); ++i) {
      if (!durable[i]) continue;
      ++ending.promised;
      const auto first = free.begin() + live[i].offset;
      if (std::find(first, first + live[i].size, true) != first + live[i].size) ++ending.promised_free;
    }
    return ending;
  }
};

TEST_F(FailedFlush, IsNeverForgotten) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    const Ending ending = run(seed, true);
    ASSERT_NE(ending.opening, Opening::clean) << "seed " << seed;
    ASSERT_EQ(ending.promised, 0) << "seed " << seed << ": a flush succeeded after one had failed";
  }
}

// The same without the failure: so the test above can tell.
TEST_F(FailedFlush, ControlWithoutAFailure) {
  int promised = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Ending ending = run(seed, false);
    ASSERT_EQ(ending.opening, Opening::clean) << "seed " << seed;
    ASSERT_EQ(ending.promised_free, 0);
    promised += ending.promised;
  }
  EXPECT_GT(promised, 0);
}

TEST_F(FailedFlush, IsWhatTheNextOpeningSays) {
  {
    auto arena = make();
    take(arena, 100);
    world::Disk watched(arena.data(), arena.capacity());
    world::attach(&watched);
    watched.fails_next = true;
    EXPECT_EQ(arena.flush().error(), system_error(EIO));
    EXPECT_EQ(arena.flush().error(), (Error{.code = ErrorCode::flush_failed, .os_error = EIO}));
    EXPECT_EQ(arena.truncate(32768).error().code, ErrorCode::flush_failed);
    EXPECT_EQ(arena.close().error(), (Error{.code = ErrorCode::flush_failed, .os_error = EIO}));
    world::attach(nullptr);
  }
  EXPECT_EQ(value_of(Arena::map(path, {.freelist = Freelist::pessimistic})).recovery().doubt, Doubt::flush_failed);
  const auto arena = value_of(Arena::map_mut(path, {.freelist = Freelist::pessimistic}));
  EXPECT_EQ(arena.recovery().opening, Opening::untrusted);
  EXPECT_TRUE(arena.flush()) << "a new opening begins anew: what it cannot trust it has dropped";
}

}  // namespace
}  // namespace rarena::detail
