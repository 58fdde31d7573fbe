// Processes that share a file (Options::shared): they allocate and free in it at the same time, any of them may be killed, the
// last one seals it. Who is excluded, and how long he waits.
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "scope.hpp"
#include "sharing_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;
using Opening = Recovery::Opening;
TEST_F(Sharing, OneProcessAloneOpensAndClosesAsAlways) {
  Size top = 0;
  {
    auto arena = open();
    EXPECT_TRUE(arena.shared());
    EXPECT_EQ(arena.recovery().opening, Opening::fresh);
    top = arena.allocated();
    (void)value_of(arena.alloc_bytes(100));
    EXPECT_TRUE(arena.close());
  }
  const auto arena = value_of(Arena::map_mut(path, alone()));
  EXPECT_FALSE(arena.shared());
  EXPECT_EQ(arena.recovery().opening, Opening::clean);
  EXPECT_EQ(arena.recovery().unlisted_bytes, 0U) << "the table of members has gone";
  EXPECT_LE(arena.allocated(), top);
}

TEST_F(Sharing, AllocatesBesideAnotherProcess) {
  auto arena = open();
  Peer peer([&](const Peer::Step& pause) {
    const auto other = open();
    EXPECT_EQ(other.recovery().opening, Opening::joined);
    (void)value_of(other.alloc_bytes(100)).detach();
    pause();
  });
  peer.wait();
  const Extent mine = take(arena, 100);
  EXPECT_GE(mine.offset, arena.data_offset() + member_table_size + 100);
  EXPECT_EQ(peer.end(), 0);
  EXPECT_TRUE(arena.dealloc(mine.offset, mine.size));
  EXPECT_TRUE(arena.close());
  const auto after = value_of(Arena::map_mut(path, alone()));
  EXPECT_EQ(after.recovery().opening, Opening::clean);
  EXPECT_EQ(after.recovery().unlisted_bytes, 100U) << "what the other process has not freed";
}

// Each process paints what it has, and finds it as it was; all is free at the end.
void work(const Arena& arena, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Extent> mine;
  for (int i = 0; i < 20000; ++i) {
    if (mine.size() < 40 && random() % 5 < 3) {
      const auto given = arena.allocate(1 + random() % 300, 8, Fill::none);
      if (!given) continue;
      paint(arena, given->segment, seed);
      mine.push_back(given->segment);
    } else if (!mine.empty()) {
      std::swap(mine[random() % mine.size()], mine.back());
      ASSERT_TRUE(painted(arena, mine.back(), seed));
      give(arena, mine.back());
      mine.pop_back();
    }
  }
  for (const Extent segment : mine) {
    ASSERT_TRUE(painted(arena, segment, seed));
    give(arena, segment);
  }
}

TEST_F(Sharing, ManyProcessesAtWork) {
  for (const Size capacity : {Size{8192}, Size{1} << 18}) {
    std::filesystem::remove(path);
    auto arena = open(capacity);
    {
      std::vector<std::unique_ptr<Peer>> peers;
      for (unsigned i = 1; i <= 3; ++i)
        peers.push_back(std::make_unique<Peer>([&, i](const Peer::Step& pause) {
          auto own = open(capacity);
          pause();
          work(own, i);
          EXPECT_TRUE(own.close());
        }));
      for (const auto& peer : peers) peer->wait();
      for (const auto& peer : peers) peer->go_on();
      work(arena, 4);
      for (const auto& peer : peers) EXPECT_EQ(peer->end(), 0);
    }
    EXPECT_TRUE(arena.close());
    auto after = value_of(Arena::map_mut(path, alone()));
    EXPECT_EQ(after.recovery().opening, Opening::clean);
    EXPECT_EQ(after.recovery().unlisted_bytes, 0U);
    EXPECT_TRUE(after.rebuild({}));
    EXPECT_LE(after.allocated(), after.data_offset() + 16 * 20);
  }
}

TEST_F(Sharing, TheLastOneSeals) {
  auto arena = open();
  Peer peer(member());
  peer.wait();
  EXPECT_TRUE(arena.close());
  EXPECT_EQ(Arena::map(path, {}).error().code, ErrorCode::in_use);
  EXPECT_EQ(peer.end(), 0);
  EXPECT_EQ(next_opening(), Opening::clean);
}

TEST_F(Sharing, WhoDiesHoldsNobodyUp) {
  auto arena = open();
  Peer peer([&](const Peer::Step& pause) {
    auto other = open();
    (void)value_of(other.alloc_bytes(100)).detach();
    pause();
  });
  peer.wait();
  peer.kill();
  const Extent mine = take(arena, 50);
  Peer third(member());
  third.wait();
  EXPECT_EQ(third.end(), 0);
  give(arena, mine);
  EXPECT_TRUE(arena.close());
  const auto after = value_of(Arena::map(path, {}));
  EXPECT_EQ(after.recovery().opening, Opening::clean);
  EXPECT_EQ(after.recovery().unlisted_bytes, 100U);
}

TEST_F(Sharing, OfProcessesThatHaveAllDiedTheNextOneRecovers) {
  for (const bool next_shares : {false, true}) {
    std::filesystem::remove(path);
    {
      Peer first([&](const Peer::Step& pause) {
        const auto arena = open();
        (void)value_of(arena.alloc_bytes(100)).detach();
        pause();
      });
      first.wait();
      Peer second(member());
      second.wait();
      first.kill();
      EXPECT_EQ(Arena::map_mut(path, alone()).error().code, ErrorCode::in_use) << "one is there";
      second.kill();
    }
    EXPECT_EQ(next_opening(), Opening::process_died);
    EXPECT_EQ(value_of(Arena::map(path, {})).recovery().unlisted_bytes, 100U) << "who only reads is told the same";
    auto arena = value_of(Arena::map_mut(path, next_shares ? sharing() : alone()));
    EXPECT_EQ(arena.recovery().opening, Opening::process_died);
    EXPECT_EQ(arena.recovery().unlisted_bytes, 100U) << "the table is not";
    EXPECT_TRUE(arena.close());
    const auto after = value_of(Arena::map(path, {}));
    EXPECT_EQ(after.recovery().opening, Opening::clean);
    EXPECT_EQ(after.recovery().unlisted_bytes, 100U);
  }
}

// A copy that was made while any process lived says of none that it has died last.
TEST_F(Sharing, ACopyMadeWhileOneLivesIsNotBelieved) {
  std::string of_both, of_one;
  {
    Peer first(member());
    first.wait();
    Peer second(member());
    second.wait();
    of_both = read_file(path);
    first.kill();
    of_one = read_file(path);
    second.kill();
  }
  const std::string dead = read_file(path);
  for (const std::string* const copy : {&of_both, &of_one}) {
    write_file(path, 0, copy->data(), copy->size());
    const auto arena = value_of(Arena::map(path, {}));
    EXPECT_EQ(arena.recovery().opening, Opening::untrusted);
    EXPECT_EQ(arena.recovery().doubt, Doubt::copied_open);
  }
  write_file(path, 0, dead.data(), dead.size());
  EXPECT_EQ(next_opening(), Opening::process_died);
}

// Whatever somebody has written into the annex.
TEST_F(Sharing, ATableThatAListNamesIsNotFreedAgain) {
  {
    Peer peer([&](const Peer::Step& pause) {
      const auto arena = value_of(Arena::map_mut(path, {.capacity = 1 << 16, .create_new = true}));
      const Extent bytes = take(arena, 2000), guard = take(arena, 16);
      const auto table = static_cast<Offset>(align_up(bytes.offset, member_table_alignment));
      const MemberTable head{.magic = member_table_magic, .cells = member_limit, .none = 0};
      std::memset(arena.get_pointer(table), 0, member_table_size);
      std::memcpy(arena.get_pointer(table), &head, sizeof head);
      std::memcpy(arena.get_pointer(static_cast<std::uint64_t>(member_cell(table, 0))), &owner_died, sizeof owner_died);
      give(arena, bytes);  // with all that
      const std::string file = read_file(path);
      const Geometry geometry = recorded_geometry(std::as_bytes(std::span(file)), 0);
      std::memcpy(arena.get_pointer(static_cast<std::uint64_t>(geometry.members().place)), &table, sizeof table);
      EXPECT_FALSE(guard.empty());
      pause();
    });
    peer.wait();
    peer.kill();
  }
  auto arena = value_of(Arena::map_mut(path, alone()));
  EXPECT_EQ(arena.recovery().opening, Opening::process_died) << "by its own word";
  EXPECT_TRUE(arena.close()) << "its lists are sound";
}

TEST_F(Sharing, TheCellOfADeadProcessServesAgain) {
  auto arena = open();
  for (std::uint32_t i = 0; i < 2 * member_limit; ++i) {
    Peer peer(member());
    peer.wait();
    peer.kill();
  }
  EXPECT_TRUE(arena.close());
  EXPECT_EQ(next_opening(), Opening::clean);
}

TEST_F(Sharing, ThereIsRoomForSoManyProcesses) {
  std::vector<Arena> arenas;
  for (std::uint32_t i = 0; i < member_limit; ++i) arenas.push_back(open());
  const auto one_more = Arena::map_mut(path, sharing());
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().code, ErrorCode::too_many_processes);
  EXPECT_EQ(one_more.error().message(), "too many processes share the file: expected 64, found 64");
  arenas.pop_back();
  EXPECT_TRUE(Arena::map_mut(path, sharing()));
  arenas.clear();
  EXPECT_EQ(next_opening(), Opening::clean);
}

TEST_F(Sharing, WhereTheTableHasNoRoomThereIsNoFile) {
  const auto none = Arena::map_mut(path, sharing(1024));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::insufficient_space);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Sharing, AFullFileStaysAsItIs) {
  {
    auto arena = value_of(Arena::map_mut(path, {.capacity = 4096, .create_new = true}));
    while (auto bytes = arena.alloc_bytes(64)) (void)bytes->detach();
    EXPECT_TRUE(arena.close());
  }
  EXPECT_EQ(Arena::map_mut(path, sharing()).error().code, ErrorCode::insufficient_space);
  EXPECT_EQ(next_opening(), Opening::clean);
}

TEST_F(Sharing, ExcludesWhoWantsTheFileForHimself) {
  const auto error = [&](auto open_file, const Options& options) {
    const auto opened = open_file(path, options);
    return opened ? std::optional<ErrorCode>() : std::optional(opened.error().code);
  };
  Options beside = sharing();
  {
    const auto arena = open();
    EXPECT_EQ(error(Arena::map_mut, alone()), ErrorCode::in_use);
    EXPECT_EQ(error(Arena::map, alone()), ErrorCode::in_use);
    EXPECT_EQ(error(Arena::map_copy, beside), ErrorCode::in_use) << "a copy of what changes is none";
    EXPECT_EQ(error(Arena::map_copy_read_only, beside), ErrorCode::in_use);
    EXPECT_EQ(error(Arena::map, beside), std::nullopt);
    EXPECT_EQ(error(Arena::map_mut, beside), std::nullopt);
  }
  {
    const auto writer = value_of(Arena::map_mut(path, alone()));
    EXPECT_EQ(error(Arena::map_mut, beside), ErrorCode::in_use);
    EXPECT_EQ(error(Arena::map, beside), ErrorCode::in_use);
  }
  {
    const auto reader = value_of(Arena::map(path, alone()));
    EXPECT_EQ(error(Arena::map_mut, beside), ErrorCode::in_use);
    EXPECT_EQ(error(Arena::map, beside), std::nullopt);
    EXPECT_EQ(error(Arena::map_copy, beside), std::nullopt);
  }
  const auto watcher = value_of(Arena::map(path, beside));
  EXPECT_EQ(error(Arena::map_mut, alone()), ErrorCode::in_use);
  EXPECT_EQ(error(Arena::map_mut, beside), std::nullopt);
  EXPECT_EQ(error(Arena::map, alone()), std::nullopt);
}

TEST_F(Sharing, WhatOneAloneMayDoIsRefused) {
  auto arena = open();
  const Extent live = take(arena, 100);
  constexpr auto shared = ErrorCode::file_shared;
  EXPECT_EQ(arena.rebuild({}).error().code, shared);
  EXPECT_EQ(arena.compact_freelist().error().code, shared);
  EXPECT_EQ(arena.rewind(ArenaPosition::start(live.offset)).error().code, shared);
  EXPECT_EQ(arena.clear().error().code, shared);
  EXPECT_EQ(arena.truncate(1 << 20).error().code, shared);
  EXPECT_EQ(arena.remove_on_drop(true).error().code, shared);
  EXPECT_EQ(arena.scope().end().error().code, shared);
  EXPECT_EQ(unsync::Arena::map_mut(path, sharing()).error().code, shared);
  EXPECT_TRUE(unsync::Arena::map(path, sharing()));
  EXPECT_EQ(arena.allocated(), live.end());
  EXPECT_TRUE(arena.merge());
  EXPECT_TRUE(arena.discard_freelist());
}

TEST_F(Sharing, AChildOfForkSharesNothing) {
  auto arena = open();
  const Extent live = take(arena, 100);
  Peer child([&](const Peer::Step& pause) {
    EXPECT_TRUE(arena.foreign());
    EXPECT_EQ(arena.dealloc(live.offset, live.size).error().code, ErrorCode::other_process);
    EXPECT_EQ(arena.take_over().error().code, ErrorCode::file_shared);
    auto own = open();
    EXPECT_EQ(own.recovery().opening, Opening::joined);
    EXPECT_TRUE(own.dealloc(live.offset, live.size));
    EXPECT_TRUE(own.close());
    pause();
  });
  child.wait();
  EXPECT_TRUE(arena.close());
  EXPECT_EQ(next_opening(), Opening::clean) << "the child has the locks of its parent no more";
  EXPECT_TRUE(Arena::map_mut(path, alone()));
  EXPECT_EQ(child.end(), 0);
}

TEST_F(Sharing, ListsCannotBeDroppedBesideOthers) {
  const auto arena = open();
  Options options = sharing();
  options.drop_freelist = true;
  EXPECT_EQ(Arena::map_mut(path, options).error().code, ErrorCode::in_use);
}

using Clock = std::chrono::steady_clock;

TEST_F(Sharing, WaitsForTheLockAsLongAsItIsTold) {
  const auto waits = [&](std::uint64_t milliseconds, const Options& base) {
    Options options = base;
    options.lock_timeout_ms = milliseconds;
    return Arena::map_mut(path, options);
  };
  Peer holder([&](const Peer::Step& pause) {
    auto arena = value_of(Arena::map_mut(path, {.capacity = 8192, .create_new = true}));
    pause();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(arena.close());
    pause();
  });
  holder.wait();
  for (const Options& options : {alone(), sharing()}) {
    EXPECT_EQ(waits(0, options).error().code, ErrorCode::in_use);
    const auto begin = Clock::now();
    EXPECT_EQ(waits(30, options).error().code, ErrorCode::in_use);
    EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(30));
  }
  holder.go_on();
  const auto arena = waits(50'000, alone());
  ASSERT_TRUE(arena);
  EXPECT_EQ(arena->recovery().opening, Opening::clean);
  holder.wait();
  EXPECT_EQ(holder.end(), 0);
}

// Who waits for a file that then loses its name gets what has the name afterwards, or hears that there is nothing.
TEST_F(Sharing, WhoWaitsDoesNotGetAFileThatHasGone) {
  Peer holder([&](const Peer::Step& pause) {
    auto arena = value_of(Arena::map_mut(path, {.capacity = 8192, .create_new = true}));
    EXPECT_TRUE(arena.remove_on_drop(true));
    pause();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(arena.close());
    pause();
  });
  holder.wait();
  holder.go_on();
  const auto arena = Arena::map_mut(path, {.lock_timeout_ms = 50'000});
  ASSERT_FALSE(arena);
  EXPECT_EQ(arena.error(), system_error(ENOENT));
  holder.wait();
  EXPECT_EQ(holder.end(), 0);
}

// Processes come, work, go and die, and the file is whole after each of them.
TEST_F(Sharing, ComingsAndGoings) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 3; ++i)
      peers.push_back(std::make_unique<Peer>([&](const Peer::Step& pause) {
        pause();
        for (;;) {
          auto arena = open();
          (void)value_of(arena.alloc_bytes(100));
          EXPECT_TRUE(arena.close());
        }
      }));
    for (const auto& peer : peers) {
      peer->wait();
      peer->go_on();
    }
    for (const auto& peer : peers) {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
      peer->kill();
    }
    if (!std::filesystem::exists(path)) continue;
    auto arena = value_of(Arena::map_mut(path, alone()));
    EXPECT_NE(arena.recovery().opening, Opening::untrusted) << describe(arena.recovery().doubt);
    EXPECT_TRUE(arena.rebuild({}));
    EXPECT_TRUE(arena.close());
  }
}

}  // namespace
}  // namespace rarena::detail
