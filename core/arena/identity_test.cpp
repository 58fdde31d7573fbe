// Which file is trusted after its process died: the very file that the system has marked, and no copy of it, whichever way the
// copy comes back; and what a file looks like that others have changed: cut short, empty, a link that leads nowhere.
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "../memory/memory_test_support.hpp"
#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;
using Opening = Recovery::Opening;

constexpr Options options{.capacity = 65536, .freelist = Freelist::optimistic};

// In a thread of its own in a child: what a thread knows of the machine is not there yet.
template <class Body>
int in_fresh_child(Body body) {
  return in_child([&] {
    int status = 0;
    std::thread([&] { status = body(); }).join();
    return status;
  });
}

// Leaves this process one file descriptor, which an arena needs for its file. Returns those that it took.
std::vector<int> take_all_descriptors_but_one() {
  const rlimit few{64, 64};
  ::setrlimit(RLIMIT_NOFILE, &few);
  std::vector<int> files;
  for (int file; (file = ::open("/dev/null", O_RDONLY)) >= 0;) files.push_back(file);
  ::close(files.back());
  files.pop_back();
  return files;
}

class Identity : public ::testing::Test {
 protected:
  Arena make() const {
    Options anew = options;
    anew.create_new = true;
    return value_of(Arena::map_mut(path, anew));
  }
  // Runs in a process that is killed with the arena open.
  template <class Work>
  void die_after(Work work) const {
    const int status = in_child([&] {
      auto arena = make();
      work(arena);
      be_killed();
      return 1;
    });
    ASSERT_EQ(status, -SIGKILL);
  }
  Recovery next_opening(Options how = options) const { return value_of(Arena::map_mut(path, how)).recovery(); }
  std::string shell(const std::string& command) const {
    EXPECT_EQ(std::system(("cd " + path.parent_path().string() + " && " + command).c_str()), 0) << command;
    return command;
  }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};

void free_one(const Arena& arena) {
  const auto freed = take(arena, 3000);
  take(arena, 10);
  give(arena, freed);
}

TEST_F(Identity, AFileWhoseProcessWasKilledIsTrusted) {
  die_after(free_one);
  const Recovery recovery = next_opening();
  EXPECT_EQ(recovery.opening, Opening::process_died);
  EXPECT_EQ(recovery.kept, (rarena::Tally{1, 3000}));
}

TEST_F(Identity, ManyFilesOfOneKilledProcessAreTrusted) {
  constexpr int count = 20;
  const auto name = [&](int i) { return folder.file("arena" + std::to_string(i)); };
  EXPECT_EQ(-SIGKILL, in_child([&] {
    std::vector<Arena> arenas;
    Options anew = options;
    anew.create_new = true;
    for (int i = 0; i < count; ++i) arenas.push_back(value_of(Arena::map_mut(name(i), anew)));
    for (int i = 1; i < count; i += 3) (void)arenas[static_cast<std::size_t>(i)].close();  // from the middle of the list
    (void)arenas[0].truncate(4'000'000);                                                   // which moves its map
    be_killed();
    return 1;
  }));
  for (int i = 0; i < count; ++i)
    EXPECT_EQ(value_of(Arena::map(name(i), options)).recovery().opening, i % 3 == 1 ? Opening::clean : Opening::process_died)
        << i;
}

TEST_F(Identity, AThreadThatEndsIsNoDeath) {
  auto arena = std::optional<Arena>();
  std::thread([&] { arena = make(); }).join();
  shell("cp arena copy");  // while it is open
  free_one(*arena);
  EXPECT_TRUE(arena->close());
  shell("cat copy > arena");
  EXPECT_EQ(next_opening().doubt, Doubt::copied_open);
}

// The copy was made while the arena was open, and is put back in the same boot; its process has died since.
TEST_F(Identity, ACopyThatIsPutBackIsUntrusted) {
  struct Way {
    const char* command;
    Doubt one, other;
  };
  // A file that is made anew may get the same inode again, but not the same birth.
  const Way ways[] = {{"cat copy > arena", Doubt::copied_open, Doubt::copied_open},
                      {"cp copy arena", Doubt::copied_open, Doubt::copied_open},
                      {"dd if=copy of=arena conv=notrunc status=none", Doubt::copied_open, Doubt::copied_open},
                      {"rm arena && cp copy arena", Doubt::other_file, Doubt::other_file},
                      {"mv copy arena", Doubt::other_file, Doubt::other_file}};
  for (const Way& way : ways) {
    SCOPED_TRACE(way.command);
    std::filesystem::remove(path);
    die_after([&](const Arena& arena) {
      free_one(arena);
      shell("cp arena copy");
      (void)take(arena, 3000);  // what is free in the copy is live by now
    });
    shell(way.command);
    const auto arena = value_of(Arena::map_mut(path, options));
    EXPECT_EQ(arena.recovery().opening, Opening::untrusted);
    EXPECT_EQ(arena.recovery().doubt, way.one);
    EXPECT_TRUE(arena.free_segments().empty());
  }
}

TEST_F(Identity, ACopyOfAClosedFileIsAsGoodAsTheFile) {
  {
    const auto arena = make();
    free_one(arena);
  }
  shell("cp arena copy && mv copy arena");
  EXPECT_EQ(next_opening().opening, Opening::clean);
}

TEST_F(Identity, AHeaderOfOneMomentWithListsOfAnotherIsUntrusted) {
  std::string closed;
  {
    const auto arena = make();
    free_one(arena);
  }
  closed = read_file(path);
  const Offset descriptor =
      Link(MemoryView(reinterpret_cast<const std::byte*>(closed.data()), Geometry::unified(0, 65536)).header().free_head)
          .next();
  const std::uint64_t other = encode(Extent{400, 2000});
  write_file(path, std::uint64_t{descriptor} + 8, &other, sizeof other);
  EXPECT_EQ(next_opening().doubt, Doubt::damaged) << "the seal covers the lists";
}

TEST_F(Identity, WithoutAFileDescriptorToSpareItIsUnknownAndNotForgotten) {
  die_after(free_one);
  EXPECT_EQ(0, in_fresh_child([&] {
              const std::vector<int> files = take_all_descriptors_but_one();
              const auto refused = Arena::map_mut(path, options);
              if (refused || refused.error().code != ErrorCode::identity_unknown || refused.error().os_error != EMFILE)
                return 1;
              if (refused.error().message().find("try again") == std::string::npos) return 2;
              for (const int file : files) ::close(file);
              const auto arena = Arena::map_mut(path, options);
              return arena && arena->recovery().opening == Opening::process_died && arena->recovery().kept.bytes == 3000 ? 0
                                                                                                                         : 3;
            }));
}

TEST_F(Identity, WhatCannotBeToldIsDroppedOnlyOnRequest) {
  die_after(free_one);
  Options drop = options;
  drop.drop_freelist = true;
  EXPECT_EQ(0, in_fresh_child([&] {
              // UndefinedBehaviorSanitizer needs a pipe when it meets a class for the first time, and there will be none.
              // Another thread, because one that has opened a file knows which boot it is.
              bool met = false;
              std::thread([&] { met = Arena::alloc(options) && Arena::map(path, options); }).join();
              if (!met) return 3;
              (void)take_all_descriptors_but_one();
              if (Arena::map_mut(path, options)) return 1;
              {
                const auto reader = Arena::map(path, options);
                if (!reader || reader->recovery().doubt != Doubt::identity_unknown || !reader->free_segments().empty())
                  return 2;
              }
              const auto dropped = Arena::map_mut(path, drop);
              if (!dropped || dropped->recovery().doubt != Doubt::asked || dropped->recovery().identified) return 4;
              return dropped->free_segments().empty() ? 0 : 5;
            }));
  EXPECT_EQ(next_opening(drop).doubt, Doubt::asked);
}

class CutShort : public Identity {
 protected:
  void SetUp() override {
    const auto arena = make();
    live = take(arena, 5000);
    paint(arena, live, 0x33);
    take(arena, 40000);
  }
  Extent live;
};

TEST_F(CutShort, SaysSo) {
  std::filesystem::resize_file(path, 12000);
  for (const auto how : {Arena::map_mut, Arena::map, Arena::map_copy}) {
    const auto refused = how(path, options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::file_cut_short);
    EXPECT_EQ(refused.error().there, 12000U);
    EXPECT_NE(refused.error().message().find("drop_freelist"), std::string::npos);
  }
  EXPECT_EQ(std::filesystem::file_size(path), 12000U);
}

TEST_F(CutShort, CanBeReadForSalvage) {
  std::filesystem::resize_file(path, 12000);
  Options salvage = options;
  salvage.drop_freelist = true;
  const auto arena = value_of(Arena::map(path, salvage));
  EXPECT_EQ(arena.allocated(), 12000U);
  EXPECT_GT(arena.recovery().cut_bytes, 33000U);
  EXPECT_TRUE(painted(arena, live, 0x33));
}

TEST_F(CutShort, CanBeRebuilt) {
  std::filesystem::resize_file(path, 12000);
  Options repair = options;
  repair.drop_freelist = true;
  {
    auto arena = value_of(Arena::map_mut(path, repair));
    EXPECT_TRUE(arena.rebuild(std::vector{live}));
    EXPECT_TRUE(arena.close());
  }
  const auto arena = value_of(Arena::map_mut(path, options));
  EXPECT_EQ(arena.recovery().opening, Opening::clean);
  EXPECT_EQ(arena.capacity(), 12000U);
  EXPECT_TRUE(painted(arena, live, 0x33));
  expect_exact(arena, live.size);
}

TEST_F(CutShort, AboveTheCursorNothingIsLost) {
  const Size top = value_of(Arena::map(path, options)).allocated();
  std::filesystem::resize_file(path, top);
  EXPECT_EQ(next_opening().opening, Opening::clean);
}

TEST_F(Identity, AnEmptyFileIsNamedInTheError) {
  std::ofstream(path).flush();
  Options create = options;
  create.create = true;
  const auto refused = Arena::map_mut(path, create);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{.code = ErrorCode::file_empty}));
  EXPECT_NE(refused.error().message().find("remove it"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(path), 0U);
}

TEST_F(Identity, ALinkThatLeadsNowhereGetsItsFile) {
  Options create = options;
  create.create = true;
  std::filesystem::create_symlink("target", path);
  EXPECT_TRUE(Arena::map_mut(path, create));
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  EXPECT_EQ(std::filesystem::file_size(folder.file("target")), 65536U);
  EXPECT_EQ(next_opening().opening, Opening::clean);

  Options anew = options;
  anew.create_new = true;
  std::filesystem::create_symlink("elsewhere", folder.file("link"));
  EXPECT_EQ(Arena::map_mut(folder.file("link"), anew).error().code, ErrorCode::file_exists) << "as open(2) with O_EXCL";
}

TEST_F(Identity, AFileHasTheModeThatIsAskedFor) {
  Options anew = options;
  anew.create_new = true;
  anew.mode = 0600;
  value_of(Arena::map_mut(path, anew));
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Identity, OfTwoThatCreateOneMakesAndTheOtherOpens) {
  Options create = options;
  create.create = true;
  for (int round = 0; round < 50; ++round) {
    std::filesystem::remove(path);
    std::vector<std::thread> creators;
    std::array<std::expected<Arena, Error>, 2> arenas{std::unexpected(Error{}), std::unexpected(Error{})};
    for (auto& arena : arenas) creators.emplace_back([&] { arena = Arena::map_mut(path, create); });
    for (auto& creator : creators) creator.join();
    const auto made = std::ranges::count_if(arenas, [](const auto& a) { return a.has_value(); });
    EXPECT_EQ(made, 1) << "each still has it open";
    for (const auto& arena : arenas) {
      if (!arena) {
        EXPECT_EQ(arena.error(), (Error{.code = ErrorCode::in_use}));
      }
    }
  }
}

}  // namespace
}  // namespace rarena::detail
