// Tests of names that files get when they are complete: before, nobody finds anything; afterwards, all of it.
#include "new_name.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "memory_test_support.hpp"

namespace rarena::detail {
namespace {

class NewNames : public Files {
 protected:
  static bool fill(const FileHandle& file, const std::string& content) {
    return ::write(file.number(), content.data(), content.size()) == static_cast<ssize_t>(content.size());
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_.path()), fs::directory_iterator()));
  }
  // Exit status of `body` in a child where no file can be linked by its number, as without /proc: the name is a second one.
  template <class Body>
  int without_proc(Body body) {
    return in_child([&] {
      if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ::mount("tmpfs", "/proc", "tmpfs", 0, "size=1m") != 0)
        return not_permitted;
      return body();
    });
  }
};

TEST_F(NewNames, NothingIsThereBeforeItIsGiven) {
  auto made = NewName::begin(path_, default_mode);
  ASSERT_TRUE(made) << made.error().message();
  ASSERT_TRUE(fill(made->file, "whole"));
  EXPECT_TRUE(directory_.empty()) << "also under no other name";
  ASSERT_TRUE(made->name.give(made->file));
  EXPECT_EQ(content_of(path_), "whole");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(NewNames, WhatIsNotGivenIsGone) {
  {
    const auto made = NewName::begin(path_, default_mode);
    ASSERT_TRUE(made && fill(made->file, "half"));
  }
  EXPECT_TRUE(directory_.empty());
}

TEST_F(NewNames, ANameThatIsTakenStaysAsItIs) {
  auto made = NewName::begin(path_, default_mode);
  ASSERT_TRUE(made && fill(made->file, "late"));
  write_file(path_, "early");
  EXPECT_EQ(error_of(made->name.give(made->file)), Error{.code = ErrorCode::file_exists});
  EXPECT_EQ(content_of(path_), "early");
  EXPECT_EQ(entries(), 1U);

  fs::remove(path_);
  fs::create_symlink("nowhere", path_);
  EXPECT_EQ(error_of(made->name.give(made->file)), Error{.code = ErrorCode::file_exists}) << "a link is not followed";
  EXPECT_EQ(entries(), 1U);
}

TEST_F(NewNames, OfTwoMakersOneHasTheName) {
  auto one = NewName::begin(path_, default_mode), two = NewName::begin(path_, default_mode);
  ASSERT_TRUE(one && two && fill(one->file, "one") && fill(two->file, "two"));
  EXPECT_TRUE(two->name.give(two->file));
  EXPECT_EQ(error_of(one->name.give(one->file)), Error{.code = ErrorCode::file_exists});
  EXPECT_EQ(content_of(path_), "two");
}

TEST_F(NewNames, TheModeIsThatOfOpen) {
  const mode_t mask = ::umask(022);
  auto made = NewName::begin(path_, 0606);
  ASSERT_TRUE(made && made->name.give(made->file));
  ::umask(mask);
  EXPECT_EQ(status_of(path_).st_mode, mode_t{S_IFREG | 0604});
}

TEST_F(NewNames, NamesThatAreNoneAreRefused) {
  EXPECT_EQ(error_of(NewName::begin("", default_mode)), system_error(ENOENT));
  EXPECT_EQ(error_of(NewName::begin(directory_.path() + "/", default_mode)), system_error(EISDIR));
  EXPECT_EQ(error_of(NewName::begin(directory_ / ".", default_mode)), system_error(EISDIR));
  EXPECT_EQ(error_of(NewName::begin(directory_ / "..", default_mode)), system_error(EISDIR));
  EXPECT_EQ(error_of(NewName::begin(directory_ / "missing" / "file", default_mode)), system_error(ENOENT));
  write_file(path_, "no directory");
  EXPECT_EQ(error_of(NewName::begin(path_ / "file", default_mode)), system_error(ENOTDIR));
}

TEST_F(NewNames, AMakerThatIsKilledLeavesNothing) {
  EXPECT_EQ(-SIGKILL, in_child([&] {
    const auto made = NewName::begin(path_, default_mode);
    if (!made || !fill(made->file, "half")) return 1;
    return be_killed();
  }));
  EXPECT_TRUE(directory_.empty());
}

TEST_F(NewNames, WithoutUnnamedFilesThereIsASecondName) {
  const int status = without_proc([&] {
    auto made = NewName::begin(path_, default_mode);
    if (!made || !fill(made->file, "whole")) return 1;
    const std::string second = ".file.rarena-" + std::to_string(::getpid()) + "-0";
    if (entries() != 1 || !fs::exists(directory_ / second.c_str())) return 2;
    auto again = NewName::begin(path_, default_mode);  // the same process may make it twice
    if (!again || entries() != 2) return 3;
    if (!made->name.give(made->file)) return 4;
    if (content_of(path_) != "whole" || entries() != 2) return 5;
    const auto late = again->name.give(again->file);
    if (late || late.error() != Error{.code = ErrorCode::file_exists}) return 6;
    if (content_of(path_) != "whole") return 7;
    again = std::unexpected(Error{});  // its name goes with it
    return entries() == 1 ? 0 : 8;
  });
  if (status == not_permitted) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(status, 0);
}

TEST_F(NewNames, AMakerThatIsKilledMayLeaveItsSecondNameWhichIsInNobodysWay) {
  const int status = without_proc([&] {
    const auto made = NewName::begin(path_, default_mode);
    return made ? be_killed() : 1;
  });
  if (status == not_permitted) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(status, -SIGKILL);
  EXPECT_EQ(entries(), 1U);
  EXPECT_FALSE(fs::exists(path_));
  auto made = NewName::begin(path_, default_mode);
  ASSERT_TRUE(made && fill(made->file, "whole"));
  EXPECT_TRUE(made->name.give(made->file));
  EXPECT_EQ(content_of(path_), "whole");
}

TEST_F(NewNames, ALinkThatLeadsNowhereSaysWhereTheFileIsToBe) {
  EXPECT_EQ(behind_links(path_), path_) << "there is nothing";
  fs::create_symlink("target", path_);
  EXPECT_EQ(behind_links(path_), directory_ / "target");
  fs::create_symlink(path_, directory_ / "absolute");
  EXPECT_EQ(behind_links(directory_ / "absolute"), directory_ / "target") << "a link to a link";
  write_file(directory_ / "target", "there");
  EXPECT_EQ(behind_links(path_), path_) << "it leads somewhere";

  fs::create_symlink("loop", directory_ / "loop");
  EXPECT_EQ(behind_links(directory_ / "loop").filename(), "loop");
}

}  // namespace
}  // namespace rarena::detail
