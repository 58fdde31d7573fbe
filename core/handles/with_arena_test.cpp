// Handles that keep their arena: the last one closes it, and what they own is freed before.
#include "with_arena.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <future>
#include <optional>
#include <type_traits>
#include <utility>

#include "../arena/arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class WithArenaTest : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, WithArenaTest, ::testing::ValuesIn(combinations()), combination_name);

static_assert(std::movable<BytesWithArena> && !std::copyable<BytesWithArena>);
static_assert(std::is_nothrow_move_constructible_v<OwnedWithArena<int>> && !std::copyable<OwnedWithArena<int>>);

// Counts how many have ended.
struct Watched {
  Watched(int& ended, int n) : number(n), ended_(&ended) {}
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ~Watched() { ++*ended_; }

  int number;

 private:
  int* ended_;
};

TEST_P(WithArenaTest, BytesKeepTheirArena) {
  run({}, [](auto arena) {
    std::optional<decltype(arena)> owner(std::move(arena));
    auto bytes = value_of(owner->alloc_bytes_owned(40));
    EXPECT_EQ(owner->refs(), 2U);
    owner.reset();
    EXPECT_EQ(bytes.arena().refs(), 1U);
    ASSERT_TRUE(bytes.put(36, std::uint32_t{7}));
    EXPECT_EQ(bytes.template get<std::uint32_t>(36), 7U);
    EXPECT_EQ(bytes.data(), bytes.arena().get_pointer(bytes.offset()));
    EXPECT_TRUE(bytes.owns());
    expect_exact(bytes.arena(), 40);
  });
}

TEST_P(WithArenaTest, BytesAreFreedWithTheHandle) {
  run({}, [](const auto& arena) {
    const Size before = arena.allocated();
    {
      const auto bytes = value_of(arena.alloc_bytes_owned(40));
      EXPECT_EQ(bytes.size(), 40U);
      EXPECT_EQ(bytes.arena(), arena);
      expect_exact(arena, 40);
    }
    EXPECT_EQ(arena.allocated(), before);
    EXPECT_EQ(arena.refs(), 1U);
    expect_exact(arena, 0);
  });
}

TEST_P(WithArenaTest, AnObjectKeepsItsArenaAndIsDestroyedBeforeIt) {
  run({}, [](auto arena) {
    int ended = 0;
    {
      std::optional<decltype(arena)> owner(std::move(arena));
      const auto object = value_of(owner->template alloc_owned<Watched>(ended, 7));
      owner.reset();
      EXPECT_EQ(object->number, 7);
      EXPECT_EQ((*object).number, 7);
      EXPECT_EQ(object.get(), &*object);
      EXPECT_EQ(object.offset() % alignof(Watched), 0U);
      EXPECT_TRUE(object);
      EXPECT_TRUE(object.owns());
      EXPECT_EQ(ended, 0);
    }
    EXPECT_EQ(ended, 1);
  });
}

TEST_P(WithArenaTest, AssigningEndsWhatWasThere) {
  run({}, [](const auto& first) {
    int ended = 0;
    const auto second = value_of(std::remove_cvref_t<decltype(first)>::alloc({}));
    auto one = value_of(first.template alloc_owned<Watched>(ended, 1));
    auto two = value_of(second.template alloc_owned<Watched>(ended, 2));
    two = std::move(one);
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(two->number, 1);
    EXPECT_EQ(two.arena(), first);
    expect_exact(second, 0);
    EXPECT_EQ(second.refs(), 1U) << "the arena of what was there is let go";
    auto& self = two;
    two = std::move(self);
    EXPECT_EQ(two->number, 1);
    EXPECT_EQ(ended, 1);
  });
}

TEST_P(WithArenaTest, DetachKeepsTheBytesAndTheArena) {
  run({}, [](const auto& arena) {
    Extent segment;
    {
      auto bytes = value_of(arena.alloc_bytes_owned(40));
      const Extent owned = bytes.segment();
      segment = bytes.detach();
      EXPECT_EQ(segment, owned);
      EXPECT_TRUE(bytes.empty());
      EXPECT_FALSE(bytes.owns());
      EXPECT_EQ(arena.refs(), 2U) << "until its end";
    }
    EXPECT_EQ(arena.refs(), 1U);
    expect_exact(arena, 40);
    give(arena, segment);
    expect_exact(arena, 0);
  });
}

TEST_P(WithArenaTest, AlignedBytesAndErrors) {
  run({.maximum_alignment = 32}, [](const auto& arena) {
    const auto odd = value_of(arena.alloc_bytes(1));
    EXPECT_EQ(value_of(arena.alloc_aligned_bytes_owned(5, 32)).offset() % 32, 0U);
    const auto with_extra = value_of(arena.template alloc_aligned_bytes_owned<std::uint64_t>(10));
    EXPECT_EQ(with_extra.size(), 18U);
    EXPECT_EQ(with_extra.offset() % 8, 0U);
    EXPECT_EQ(arena.alloc_aligned_bytes_owned(5, 3).error().code, ErrorCode::invalid_alignment);
    EXPECT_EQ(arena.alloc_bytes_owned(0xffffffff).error().code, ErrorCode::insufficient_space);
    EXPECT_EQ(arena.template alloc_aligned_bytes_owned<int>(~std::uint64_t{0}).error().code, ErrorCode::insufficient_space);
    struct Large {
      char c[100'000];
    };
    EXPECT_EQ(arena.template alloc_owned<Large>().error().code, ErrorCode::insufficient_space);
    EXPECT_EQ(arena.refs(), 2U) << "what was refused keeps nothing";
    EXPECT_TRUE(value_of(arena.alloc_bytes_owned(0)).empty());
  });
}

class FileKeptByHandles : public ::testing::Test {
 protected:
  Arena make() const { return value_of(Arena::map_mut(path, {.capacity = 20000, .create_new = true})); }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};

TEST_F(FileKeptByHandles, CloseAndTruncateSayThatItIsInUse) {
  auto arena = make();
  std::optional bytes(value_of(arena.alloc_bytes_owned(40)));
  std::optional object(value_of(arena.alloc_owned<int>(7)));
  for (int handles = 2; handles > 0; --handles) {
    EXPECT_EQ(arena.truncate(40000).error().code, ErrorCode::in_use) << handles;
    EXPECT_EQ(arena.close().error().code, ErrorCode::in_use) << handles;
    EXPECT_EQ(**object, 7) << "and nothing has changed";
    if (handles == 2)
      bytes.reset();
    else
      object.reset();
  }
  EXPECT_TRUE(arena.truncate(40000));
  EXPECT_TRUE(arena.close());
}

TEST_F(FileKeptByHandles, TheLastHandleClosesTheFile) {
  Offset offset = 0;
  {
    auto kept = value_of(make().alloc_bytes_owned(40));
    EXPECT_EQ(Arena::map_mut(path, {}).error().code, ErrorCode::in_use) << "the handle keeps it open";
    ASSERT_TRUE(kept.put(0, std::uint32_t{7}));
    EXPECT_TRUE(kept.flush());
    offset = kept.offset();
    auto freed = value_of(kept.arena().alloc_owned<int>(1));
    (void)kept.detach();
  }
  const auto again = value_of(Arena::map_mut(path, {}));
  EXPECT_EQ(again.recovery().opening, Recovery::Opening::clean);
  expect_exact(again, 40);
  EXPECT_EQ(load_value<std::uint32_t>(value_of(again.get_bytes(offset, 4)), 0), 7U);
}

TEST_F(FileKeptByHandles, AFlushMayBeWaitedForElsewhere) {
  auto bytes = value_of(make().alloc_bytes_owned(40));
  const auto object = value_of(bytes.arena().alloc_owned<int>(7));
  ASSERT_TRUE(bytes.put(0, std::uint32_t{7}));
  auto first = std::async(std::launch::async, [&] { return bytes.flush(); });
  auto second = std::async(std::launch::async, [&] { return object.flush(); });
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
}

TEST_F(FileKeptByHandles, OneMovedFromKeepsNothing) {
  auto arena = make();
  auto first = value_of(arena.alloc_bytes_owned(40));
  {
    const auto second = std::move(first);
    EXPECT_EQ(arena.refs(), 2U);
    EXPECT_TRUE(first.empty());  // NOLINT: moved-from is empty
  }
  EXPECT_EQ(arena.refs(), 1U);
  EXPECT_TRUE(arena.close());
}

TEST_F(FileKeptByHandles, AnArenaThatIsOnlyReadGivesNone) {
  {
    (void)make();
  }
  const auto reader = value_of(Arena::map(path, {}));
  EXPECT_EQ(reader.alloc_bytes_owned(40).error().code, ErrorCode::read_only);
  EXPECT_EQ(reader.alloc_owned<int>(7).error().code, ErrorCode::read_only);
  EXPECT_EQ(reader.refs(), 1U);
}

// Notes at its end whether its file is still open.
struct AsksForItsFile {
  AsksForItsFile(const std::filesystem::path& file, std::optional<bool>& open) : file_(&file), open_(&open) {}
  AsksForItsFile(const AsksForItsFile&) = delete;
  AsksForItsFile& operator=(const AsksForItsFile&) = delete;
  ~AsksForItsFile() {
    const auto other = Arena::map_mut(*file_, {});
    *open_ = !other && other.error().code == ErrorCode::in_use;
  }

 private:
  const std::filesystem::path* file_;
  std::optional<bool>* open_;
};

TEST_F(FileKeptByHandles, AnObjectEndsBeforeItsArena) {
  std::optional<bool> open;
  {
    const auto last = value_of(make().alloc_owned<AsksForItsFile>(path, open));
  }
  EXPECT_EQ(open, true);
  EXPECT_TRUE(Arena::map_mut(path, {})) << "now it is closed";
}

TEST_F(FileKeptByHandles, AnObjectThatIsReplacedEndsBeforeItsArena) {
  std::optional<bool> open, open_of_other;
  const std::filesystem::path nowhere = folder.file("nowhere");
  auto last = value_of(make().alloc_owned<AsksForItsFile>(path, open));
  last = value_of(value_of(Arena::alloc({})).alloc_owned<AsksForItsFile>(nowhere, open_of_other));
  EXPECT_EQ(open, true);
  EXPECT_FALSE(open_of_other.has_value()) << "it is there";
  EXPECT_TRUE(Arena::map_mut(path, {})) << "now the file is closed";
}

}  // namespace
}  // namespace rarena::detail
