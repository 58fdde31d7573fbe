// Fork: a file arena belongs to one process. The other one's handles end without effect, and its calls change nothing;
// take_over makes a child the owner. Private memory goes on working on both sides.
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <memory_resource>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>

#include "../arena/arena_test_support.hpp"
#include "../memory/memory_test_support.hpp"
#include "memory_resource.hpp"
#include "owned.hpp"
#include "scope.hpp"
#include "thread_magazine.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;
using Opening = Recovery::Opening;

constexpr Error not_ours{.code = ErrorCode::other_process};

struct Loud {
  int value = 7;
  ~Loud() { *static_cast<volatile int*>(&value) = -1; }
};

class Processes : public ::testing::Test {
 protected:
  Arena make() const { return value_of(Arena::map_mut(path, {.capacity = 8192, .create_new = true})); }
  Opening next_opening() const { return value_of(Arena::map(path, {})).recovery().opening; }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};

// A child of its own that leaves as a program does: its copies of the handles end.
template <class Run>
int in_leaving_child(Run run) {
  return in_child([&] {
    run();
    return ::testing::Test::HasFailure() ? 1 : 0;
  });
}

TEST_F(Processes, HandlesOfAChildEndWithoutEffect) {
  auto arena = make();
  auto object = std::optional(value_of(arena.alloc<Loud>()));
  auto bytes = std::optional(value_of(arena.alloc_bytes(256)));
  std::memset(bytes->data(), 0x11, 256);
  const std::string before = read_file(path);
  EXPECT_EQ(0, in_leaving_child([&] {
              EXPECT_FALSE(bytes->owns());
              object.reset();
              bytes.reset();
              arena = value_of(Arena::alloc({}));
            }));
  EXPECT_EQ(read_file(path), before);
  EXPECT_EQ((*object)->value, 7);
  EXPECT_TRUE(bytes->owns());
  const auto next = value_of(arena.alloc_bytes(200));
  EXPECT_TRUE(next.offset() >= bytes->segment().end() || next.segment().end() <= bytes->offset());
}

TEST_F(Processes, EveryChangingCallOfAChildIsRefused) {
  auto arena = make();
  const auto live = take(arena, 100);
  const std::string before = read_file(path);
  EXPECT_EQ(0, in_leaving_child([&] {
              EXPECT_TRUE(arena.foreign());
              EXPECT_EQ(arena.alloc_bytes(10).error(), not_ours);
              EXPECT_EQ(arena.allocate(10, 1).error(), not_ours);
              EXPECT_EQ(arena.dealloc(live.offset, live.size).error(), not_ours);
              EXPECT_EQ(arena.discard_freelist().error(), not_ours);
              EXPECT_EQ(arena.increase_discarded(1).error(), not_ours);
              EXPECT_EQ(arena.set_minimum_segment_size(1).error(), not_ours);
              EXPECT_EQ(arena.flush().error(), not_ours);
              EXPECT_EQ(arena.flush_range(live.offset, live.size).error(), not_ours);
              EXPECT_EQ(arena.rebuild({}).error(), not_ours);
              EXPECT_EQ(arena.compact_freelist().error(), not_ours);
              EXPECT_EQ(arena.rewind(ArenaPosition::start(live.offset)).error(), not_ours);
              EXPECT_EQ(arena.clear().error(), not_ours);
              EXPECT_EQ(arena.truncate(16384).error(), not_ours);
              MemoryResource resource(arena);
              EXPECT_THROW(std::pmr::vector<int>(10, &resource), std::bad_alloc);
              EXPECT_EQ(arena.allocated(), live.end()) << "reading is free";
              EXPECT_TRUE(arena.get_bytes(live.offset, live.size));
            }));
  EXPECT_EQ(read_file(path), before);
  EXPECT_FALSE(arena.foreign());
  EXPECT_TRUE(arena.alloc_bytes(10));
}

TEST_F(Processes, AScopeOfAChildEndsWithoutEffect) {
  auto arena = make();
  const Size first = arena.allocated();
  auto scope = std::optional<ArenaScope>(std::in_place, arena);
  const Extent live = take(arena, 100);
  EXPECT_EQ(0, in_leaving_child([&] {
              EXPECT_FALSE(scope->active());
              scope.reset();
              EXPECT_EQ(arena.allocated(), live.end());
            }));
  EXPECT_EQ(arena.allocated(), live.end());
  EXPECT_TRUE(scope->active());
  EXPECT_EQ(0, in_leaving_child([&] {
              EXPECT_TRUE(arena.take_over());
              EXPECT_TRUE(scope->active()) << "it is the child's now";
              scope.reset();
              EXPECT_EQ(arena.allocated(), first);
              EXPECT_TRUE(arena.close());
            }));
  EXPECT_FALSE(scope->active());
}

TEST_F(Processes, AMagazineOfAChildHandsOutNothing) {
  auto arena = make();
  auto magazine = std::optional(value_of(arena.magazine(1024)));
  const Extent live = value_of(magazine->allocate(100, 1)).segment, unused = magazine->unused();
  const std::string before = read_file(path);
  EXPECT_EQ(0, in_leaving_child([&] {
              EXPECT_EQ(magazine->allocate(10, 1).error(), not_ours);
              EXPECT_EQ(magazine->dealloc(live.offset, live.size).error(), not_ours);
              EXPECT_EQ(value_of(arena.magazine(64)).allocate(10, 1).error(), not_ours);
              MagazineResource resource(arena, 64);
              EXPECT_THROW(std::pmr::vector<int>(10, &resource), std::bad_alloc);
              magazine.reset();
            }));
  EXPECT_EQ(read_file(path), before);
  EXPECT_EQ(value_of(magazine->allocate(10, 1)).segment.offset, unused.offset);
}

TEST_F(Processes, AResourceOfThreadsOfAChildHandsOutNothing) {
  const auto arena = make();
  auto resource = std::optional<ThreadMagazineResource>(std::in_place, arena, 1024);
  void* const live = resource->allocate(64);
  const std::uint64_t unused = resource->unused();
  const std::string before = read_file(path);
  EXPECT_EQ(0, in_leaving_child([&] {
              EXPECT_THROW((void)resource->allocate(16), BadAlloc);
              resource->deallocate(live, 64);
              resource.reset();
            }));
  EXPECT_EQ(read_file(path), before);
  EXPECT_EQ(resource->unused(), unused);
  resource->deallocate(live, 64);
}

// Of memory the child has a copy. A thread that it has not got may have been at work, so its chunk is lost there.
TEST_F(Processes, AResourceOfThreadsGoesOnInAChildWithOneOfThem) {
  const auto arena = value_of(Arena::alloc({.capacity = 65536}));
  std::optional<ThreadMagazineResource> resource(std::in_place, arena, 1024);
  std::binary_semaphore has_allocated(0), may_end(0);
  std::jthread other([&] {
    resource->deallocate(resource->allocate(16), 16);
    has_allocated.release();
    may_end.acquire();
  });
  has_allocated.acquire();
  void* const live = resource->allocate(64);
  EXPECT_EQ(resource->unused(), 2048U - 64);
  EXPECT_EQ(0, in_leaving_child([&] {
              resource->deallocate(live, 64);
              resource->give_back();
              EXPECT_EQ(resource->unused(), 0U);
              expect_exact(arena, 1024);
              resource.reset();
              expect_exact(arena, 1024);
            }));
  may_end.release();
  other.join();
  resource->deallocate(live, 64);
  resource.reset();
  expect_exact(arena, 0);
}

TEST_F(Processes, AMagazineFollowsItsArenaToAnotherProcess) {
  auto arena = make();
  auto magazine = value_of(arena.magazine(1024));
  (void)value_of(magazine.allocate(100, 1));
  const Extent unused = magazine.unused();
  EXPECT_EQ(0, in_leaving_child([&] {
              EXPECT_TRUE(arena.take_over());
              EXPECT_EQ(value_of(magazine.allocate(10, 1)).segment.offset, unused.offset);
            }));
  EXPECT_EQ(magazine.allocate(10, 1).error(), not_ours);
}

// REC-2: what a kill takes are the bytes that were not handed out, at most a chunk; nobody has them, and a rebuild finds them.
TEST_F(Processes, AKillLosesWhatAMagazineHasNotHandedOut) {
  constexpr Size chunk = 1024;
  Extent live, unused;
  {
    const auto arena = make();
    live = take(arena, 64);
    take(arena, 64);
  }
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const int child = in_child([&] {
    const auto arena = value_of(Arena::map_mut(path, {}));
    auto magazine = value_of(arena.magazine(chunk));
    const Extent handed = value_of(magazine.allocate(100, 1)).segment;
    give(arena, live);
    const Extent out[] = {handed, magazine.unused()};
    if (::write(pipe[1], out, sizeof out) != sizeof out) return 1;
    be_killed();
    return 2;
  });
  ASSERT_EQ(child, -SIGKILL);
  Extent out[2];
  ASSERT_EQ(::read(pipe[0], out, sizeof out), static_cast<ssize_t>(sizeof out));
  unused = out[1];
  auto arena = value_of(Arena::map_mut(path, {}));
  EXPECT_EQ(arena.recovery().opening, Opening::process_died);
  EXPECT_LE(unused.size, chunk);
  expect_exact(arena, 64 + out[0].size + unused.size);
  for (const Extent free : arena.free_segments())
    EXPECT_TRUE(free.end() <= out[0].offset || free.offset >= unused.end()) << "a part of the chunk is listed";
  const std::vector<Extent> all{{live.offset + 64, 64}, out[0]};
  ASSERT_TRUE(arena.rebuild(all));
  expect_exact(arena, 64 + out[0].size);
}

TEST_F(Processes, AChildSealsNothing) {
  auto arena = make();
  EXPECT_EQ(0, in_leaving_child([&] { EXPECT_TRUE(arena.close()) << "there is nothing that it could close"; }));
  EXPECT_EQ(arena.allocate(10, 1).has_value(), true);
  EXPECT_TRUE(arena.close());
  EXPECT_EQ(next_opening(), Opening::clean);
}

TEST_F(Processes, ADaemonTakesOver) {
  for (const bool parent_closes : {false, true}) {
    std::filesystem::remove(path);
    // The parent opens, forks, and leaves; the child works, and closes.
    EXPECT_EQ(0, in_child([&] {
                auto arena = std::optional(make());
                const auto freed = take(*arena, 3000);
                take(*arena, 10);
                give(*arena, freed);
                const int child = in_child([&] {
                  if (!arena->take_over() || arena->foreign() || !arena->alloc_bytes(10)) return 2;
                  return arena->close() ? 0 : 3;
                });
                if (child != 0) return child;
                if (!arena->foreign() || arena->alloc_bytes(10)) return 4;
                if (parent_closes && !arena->close()) return 5;
                return 0;
              }));
    const auto arena = value_of(Arena::map(path, {}));
    EXPECT_EQ(arena.recovery().opening, Opening::clean) << parent_closes;
    EXPECT_EQ(arena.recovery().kept.bytes, 3000U);
  }
}

TEST_F(Processes, WhoHasTakenOverIsWatched) {
  auto arena = make();
  const int child = in_child([&] {
    if (!arena.take_over()) return 1;
    take(arena, 100);
    be_killed();
    return 2;
  });
  EXPECT_EQ(child, -SIGKILL);
  EXPECT_TRUE(arena.foreign());
  EXPECT_TRUE(arena.close()) << "nothing of it is this process's";
  EXPECT_EQ(next_opening(), Opening::process_died);
}

TEST_F(Processes, AParentThatClosesIsFollowedByAChildThatTakesOver) {
  auto arena = std::optional(make());
  take(*arena, 100);
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte = 0;
    if (::read(go[0], &byte, 1) != 1) leave(1);
    if (!arena->take_over()) leave(2);
    (void)value_of(arena->alloc_bytes(50)).detach();
    be_killed();
  }
  EXPECT_TRUE(arena->close());
  arena.reset();
  ASSERT_EQ(::write(go[1], "g", 1), 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(next_opening(), Opening::process_died) << "the clean seal of the parent is gone";
}

TEST_F(Processes, OnlyTheFirstChildTakesOver) {
  auto arena = make();
  EXPECT_EQ(0, in_child([&] { return arena.take_over() ? 0 : 1; }));
  EXPECT_EQ(0, in_child([&] { return !arena.take_over() && arena.take_over().error() == not_ours ? 0 : 1; }));
  EXPECT_EQ(arena.take_over().error(), not_ours) << "a parent does not take back";
}

TEST_F(Processes, AGrandchildTakesOver) {
  {
    auto arena = make();
    const auto work = [&] {
      if (!arena.take_over()) return 1;
      take(arena, 10);
      return arena.close() ? 0 : 2;
    };
    EXPECT_EQ(0, in_child([&] { return in_child(work); }));
    EXPECT_TRUE(arena.foreign());
  }
  EXPECT_EQ(next_opening(), Opening::clean);
}

TEST_F(Processes, InItsOwnerTakingOverDoesNothing) {
  auto arena = make();
  const std::string before = read_file(path);
  EXPECT_TRUE(arena.take_over());
  EXPECT_EQ(read_file(path), before);
}

TEST_F(Processes, AReaderHasNothingToTakeOver) {
  ASSERT_TRUE(make().close());
  const std::string before = read_file(path);
  auto reader = value_of(Arena::map(path, {}));
  EXPECT_TRUE(reader.take_over());
  EXPECT_EQ(0, in_leaving_child([&] {
              EXPECT_TRUE(reader.take_over());
              EXPECT_EQ(reader.allocate(10, 1).error(), (Error{.code = ErrorCode::read_only}));
            }));
  EXPECT_EQ(read_file(path), before);
}

TEST_F(Processes, PrivateMemoryIsEverybodysOwn) {
  {
    auto arena = make();
    (void)value_of(arena.alloc_bytes(10)).detach();
  }
  std::vector<Arena> arenas = {value_of(Arena::alloc({})), value_of(Arena::map_anon({})), value_of(Arena::map_copy(path, {}))};
  for (auto& arena : arenas) {
    auto bytes = std::optional(value_of(arena.alloc_bytes(100)));
    const Size top = arena.allocated();
    EXPECT_EQ(0, in_leaving_child([&] {
                EXPECT_TRUE(bytes->owns());
                bytes.reset();
                EXPECT_LT(arena.allocated(), top);
                EXPECT_TRUE(arena.take_over());
                EXPECT_TRUE(arena.alloc_bytes(10));
              }));
    EXPECT_EQ(arena.allocated(), top);
    bytes.reset();
    EXPECT_LT(arena.allocated(), top);
  }
}

}  // namespace
}  // namespace rarena::detail
