// Files that are removed with their arena: by whom, when, and what is left where that fails.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "../memory/memory_test_support.hpp"
#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class RemoveOnDrop : public ::testing::Test {
 protected:
  Arena open(const Options& options = {.create = true}) const { return value_of(Arena::map_mut(path, options)); }
  bool there() const { return std::filesystem::exists(path); }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};

TEST_F(RemoveOnDrop, TakesTheFileAwayWithTheLastCopy) {
  std::optional<Arena> arena = open();
  EXPECT_TRUE(arena->remove_on_drop(true));
  {
    const Arena copy = *arena;
    arena.reset();
    EXPECT_TRUE(there());
  }
  EXPECT_FALSE(there());
  EXPECT_TRUE(Arena::map_mut(path, {.create_new = true})) << "its name is free";
}

TEST_F(RemoveOnDrop, IsSaidByClose) {
  Arena arena = open();
  EXPECT_TRUE(arena.remove_on_drop(true));
  EXPECT_TRUE(arena.close());
  EXPECT_FALSE(there());
}

TEST_F(RemoveOnDrop, MayBeTakenBack) {
  {
    Arena arena = open();
    EXPECT_TRUE(arena.remove_on_drop(true));
    EXPECT_TRUE(arena.remove_on_drop(false));
  }
  EXPECT_EQ(open().recovery().opening, Recovery::Opening::clean);
}

TEST_F(RemoveOnDrop, IsForFilesThatAreWrittenTo) {
  (void)open();
  const auto refused = [](std::expected<Arena, Error> arena) {
    return error_of(value_of(std::move(arena)).remove_on_drop(true));
  };
  EXPECT_EQ(refused(Arena::alloc({})).code, ErrorCode::not_a_file);
  EXPECT_EQ(refused(Arena::map_anon({})).code, ErrorCode::not_a_file);
  EXPECT_EQ(refused(Arena::map_copy(path, {})).code, ErrorCode::not_a_file);
  EXPECT_EQ(refused(Arena::map(path, {})).code, ErrorCode::read_only);
  EXPECT_EQ(refused(Arena::map_copy_read_only(path, {})).code, ErrorCode::read_only);
  EXPECT_TRUE(there());
}

TEST_F(RemoveOnDrop, LeavesAnotherFileAloneThatHasItsName) {
  Arena arena = open();
  EXPECT_TRUE(arena.remove_on_drop(true));
  std::filesystem::rename(path, folder.file("elsewhere"));
  write_file(path, "not an arena");
  EXPECT_EQ(error_of(arena.close()), system_error(ENOENT));
  EXPECT_EQ(content_of(path), "not an arena");
  const auto again = value_of(Arena::map_mut(folder.file("elsewhere"), {}));
  EXPECT_EQ(again.recovery().opening, Recovery::Opening::clean) << "it was closed as always";
}

TEST_F(RemoveOnDrop, NeedsTheNameOfTheFileItself) {
  (void)open();
  std::filesystem::create_symlink("arena", folder.file("link"));
  Arena arena = value_of(Arena::map_mut(folder.file("link"), {}));
  EXPECT_EQ(error_of(arena.remove_on_drop(true)), system_error(ENOENT));
  std::filesystem::remove(folder.file("link"));
  EXPECT_EQ(error_of(arena.remove_on_drop(true)), system_error(ENOENT));
  write_file(folder.file("link"), "not an arena");
  EXPECT_EQ(error_of(arena.remove_on_drop(true)), system_error(ENOENT));
  EXPECT_TRUE(arena.close());
  EXPECT_TRUE(there());
  EXPECT_EQ(content_of(folder.file("link")), "not an arena");
}

TEST_F(RemoveOnDrop, SealsAFileThatHasAnotherName) {
  Extent segment;
  {
    Arena arena = open();
    segment = take(arena, 100);
    std::filesystem::create_hard_link(path, folder.file("other"));
    EXPECT_TRUE(arena.remove_on_drop(true));
  }
  EXPECT_FALSE(there());
  const auto again = value_of(Arena::map_mut(folder.file("other"), {}));
  EXPECT_EQ(again.recovery().opening, Recovery::Opening::clean);
  EXPECT_EQ(again.allocated(), segment.end());
}

TEST_F(RemoveOnDrop, FollowsTheFolderAndNotTheWorkingDirectory) {
  EXPECT_EQ(0, in_child([&] {
              if (::chdir(path.parent_path().c_str()) != 0) return 1;
              auto arena = value_of(Arena::map_mut("arena", {.create = true}));
              if (!arena.remove_on_drop(true)) return 2;
              if (::chdir("/") != 0) return 3;
              return arena.close() ? 0 : 4;
            }));
  EXPECT_FALSE(there());
}

TEST_F(RemoveOnDrop, IsTheOwnersAlone) {
  std::optional<Arena> arena = open();
  EXPECT_TRUE(arena->remove_on_drop(true));
  EXPECT_EQ(0, in_child([&] {
              if (arena->remove_on_drop(false).error().code != ErrorCode::other_process) return 1;
              arena.reset();
              return 0;
            }));
  EXPECT_TRUE(there());
  EXPECT_EQ(0, in_child([&] {
              if (!arena->take_over()) return 1;
              arena.reset();
              return 0;
            }));
  EXPECT_FALSE(there()) << "it was the child's by then";
}

}  // namespace
}  // namespace rarena::detail
