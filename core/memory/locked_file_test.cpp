// Tests of creating, opening and locking files: opening modifies nothing (REC-1).
#include "locked_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "file_map.hpp"
#include "memory_test_support.hpp"

namespace rarena {
namespace {

using LockedFiles = Files;

TEST_F(LockedFiles, CreateReservesEveryByte) {
  constexpr Size size = 3'000'001;
  const mode_t mask = ::umask(0);
  const auto file = LockedFile::create_new(path_, size);
  ::umask(mask);
  ASSERT_TRUE(file.has_value()) << file.error().message();
  EXPECT_EQ(file->size(), size);
  const struct stat status = status_of(path_);
  EXPECT_EQ(status.st_size, off_t{size});
  EXPECT_GE(status.st_blocks * 512, off_t{size});
  EXPECT_EQ(status.st_mode, mode_t{S_IFREG | 0644});
  EXPECT_EQ(::fcntl(file->handle().number(), F_GETFD), FD_CLOEXEC);
}

TEST_F(LockedFiles, CreateNeedsANewName) {
  write_file(path_, "precious");
  EXPECT_EQ(error_of(LockedFile::create_new(path_, 100)), Error{.code = ErrorCode::file_exists});
  EXPECT_EQ(content_of(path_), "precious");

  fs::create_symlink("nowhere", directory_ / "link");
  EXPECT_EQ(error_of(LockedFile::create_new(directory_ / "link", 100)).code, ErrorCode::file_exists);
  EXPECT_FALSE(fs::exists(directory_ / "nowhere"));
}

TEST_F(LockedFiles, CreateNeedsADirectory) {
  EXPECT_EQ(error_of(LockedFile::create_new(directory_ / "missing" / "file", 100)), system_error(ENOENT));
  EXPECT_EQ(error_of(LockedFile::create_new("", 100)), system_error(ENOENT));
  write_file(path_, "no directory");
  EXPECT_EQ(error_of(LockedFile::create_new(path_ / "file", 100)), system_error(ENOTDIR));
}

TEST_F(LockedFiles, CreateAcceptsABareName) {
  EXPECT_EQ(0, in_child([this] {
              if (::chdir(directory_.path().c_str()) != 0) return 1;
              return LockedFile::create_new("file", 100) && fs::file_size("file") == 100 ? 0 : 2;
            }));
  EXPECT_TRUE(fs::exists(path_));
}

TEST_F(LockedFiles, CreateLeavesNothingBehindWhenTheFileMayNotGrow) {
  EXPECT_EQ(0, in_child([this] {
              const rlimit limit{1U << 20U, 1U << 20U};
              if (::setrlimit(RLIMIT_FSIZE, &limit) != 0 || std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return 1;
              const auto large = LockedFile::create_new(path_, 2U << 20U);
              if (large || large.error() != system_error(EFBIG)) return 2;
              if (!directory_.empty()) return 3;
              return LockedFile::create_new(path_, 1U << 20U) ? 0 : 4;  // what fits is made, by the same name
            }));
  EXPECT_EQ(fs::file_size(path_), 1U << 20U);
}

TEST_F(LockedFiles, CreateLeavesNothingBehindWhenTheDiskIsFull) {
  constexpr int not_permitted = 77;
  const int result = in_child([this] {
    if (::unshare(CLONE_NEWNS) != 0) return not_permitted;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return not_permitted;
    if (::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=1m") != 0) return not_permitted;
    const auto large = LockedFile::create_new(path_, 2U << 20U);
    if (large || large.error() != system_error(ENOSPC)) return 2;
    if (!directory_.empty()) return 3;
    return LockedFile::create_new(path_, 1U << 19U) ? 0 : 4;
  });
  if (result == not_permitted) GTEST_SKIP() << "no small file system may be mounted here; the limit above is tested";
  EXPECT_EQ(result, 0);
}

TEST_F(LockedFiles, OpenNeedsAFile) {
  const Error error = error_of(LockedFile::open(path_));
  EXPECT_EQ(error, system_error(ENOENT));
  EXPECT_NE(error.message().find("No such file or directory"), std::string::npos) << error.message();
  EXPECT_TRUE(directory_.empty());
}

TEST_F(LockedFiles, OpenRefusesWhatIsNoRegularFileAndDoesNotBlock) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(0, in_child([this] {
              ::alarm(10);
              const auto fifo = LockedFile::open(path_);
              return fifo || fifo.error() != Error{.code = ErrorCode::not_a_regular_file};
            }));
  EXPECT_EQ(error_of(LockedFile::open("/dev/null")), Error{.code = ErrorCode::not_a_regular_file});
  EXPECT_EQ(error_of(LockedFile::open(directory_.path())), Error{.code = ErrorCode::not_a_regular_file});
}

TEST_F(LockedFiles, OpenAndReadModifyNothing) {
  std::string content(10'001, 'x');
  content.front() = 'a';
  content.back() = 'z';
  write_file(path_, content);
  const std::array<timespec, 2> long_ago{{{.tv_sec = 1, .tv_nsec = 2}, {.tv_sec = 3, .tv_nsec = 4}}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path_.c_str(), long_ago.data(), 0), 0);
  const struct stat before = status_of(path_);
  ::usleep(20'000);  // longer than a tick of the clock that stamps files
  {
    auto file = LockedFile::open(path_);
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(file->size(), content.size());
    std::array<std::byte, 100> bytes;
    EXPECT_TRUE(file->read(0, bytes).has_value());
    const auto map = FileMap::map(std::move(*file));
    ASSERT_TRUE(map.has_value());
    EXPECT_EQ(map->data()[0], std::byte{'a'});
  }
  const struct stat after = status_of(path_);
  EXPECT_EQ(content_of(path_), content);
  EXPECT_EQ(after.st_size, before.st_size);
  EXPECT_EQ(after.st_blocks, before.st_blocks);
  EXPECT_EQ(after.st_mtim.tv_sec, 3);
  EXPECT_EQ(after.st_mtim.tv_nsec, 4);
  EXPECT_EQ(after.st_ctim.tv_sec, before.st_ctim.tv_sec);
  EXPECT_EQ(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
}

TEST_F(LockedFiles, ReadFillsTheSpanOrFails) {
  write_file(path_, "0123456789");
  const auto file = LockedFile::open(path_);
  ASSERT_TRUE(file.has_value());
  std::array<std::byte, 4> bytes{};
  ASSERT_TRUE(file->read(6, bytes).has_value());
  EXPECT_EQ(bytes, (std::array{std::byte{'6'}, std::byte{'7'}, std::byte{'8'}, std::byte{'9'}}));
  EXPECT_TRUE(file->read(10, {}).has_value());

  EXPECT_EQ(error_of(file->read(7, bytes)), (Error{.code = ErrorCode::out_of_range, .asked = 11, .there = 10, .at = 7}));
  EXPECT_EQ(error_of(file->read(11, {})).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of(file->read(~std::uint64_t{0} - 1, bytes)).code, ErrorCode::out_of_range);

  auto unwritable = static_cast<std::byte*>(::mmap(nullptr, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  EXPECT_EQ(error_of(file->read(0, {unwritable, 1})), system_error(EFAULT));
  ::munmap(unwritable, 1);

  fs::resize_file(path_, 8);  // by somebody who does not ask for the lock
  EXPECT_EQ(error_of(file->read(6, bytes)), (Error{.code = ErrorCode::out_of_range, .asked = 10, .there = 8, .at = 6}));
}

TEST_F(LockedFiles, OneOwnerAtATime) {
  const Error in_use{.code = ErrorCode::in_use};
  const auto open_in_child = [this] {
    return in_child([this] {
      const auto file = LockedFile::open(path_);
      return file ? 0 : static_cast<int>(file.error().code);
    });
  };
  auto created = LockedFile::create_new(path_, 100);
  ASSERT_TRUE(created.has_value());
  EXPECT_EQ(error_of(LockedFile::open(path_)), in_use);
  EXPECT_EQ(open_in_child(), static_cast<int>(ErrorCode::in_use));
  {
    const auto map = FileMap::map(std::move(*created));
    ASSERT_TRUE(map.has_value());
    EXPECT_EQ(error_of(LockedFile::open(path_)), in_use);
  }
  EXPECT_EQ(open_in_child(), 0);  // and the end of the child ended its lock
  auto opened = LockedFile::open(path_);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(error_of(LockedFile::open(path_)), in_use);

  auto other = LockedFile::create_new(directory_ / "other", 100);
  ASSERT_TRUE(other.has_value());
  *opened = std::move(*other);  // lets go of the first file at once
  EXPECT_TRUE(LockedFile::open(path_).has_value());
  EXPECT_EQ(error_of(LockedFile::open(directory_ / "other")), in_use);
}

}  // namespace
}  // namespace rarena
