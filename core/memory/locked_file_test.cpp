// Tests of creating, opening and locking files: opening modifies nothing (REC-1).
#include "locked_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "file_map.hpp"
#include "memory_test_support.hpp"

namespace rarena::detail {
namespace {

using LockedFiles = Files;

TEST_F(LockedFiles, CreateReservesEveryByte) {
  constexpr Size size = 3'000'001;
  const mode_t mask = ::umask(0);
  const auto file = make_file(path_, size);
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
  EXPECT_EQ(error_of(make_file(path_, 100)), Error{.code = ErrorCode::file_exists});
  EXPECT_EQ(content_of(path_), "precious");

  fs::create_symlink("nowhere", directory_ / "link");
  EXPECT_EQ(error_of(make_file(directory_ / "link", 100)).code, ErrorCode::file_exists);
  EXPECT_FALSE(fs::exists(directory_ / "nowhere"));
}

TEST_F(LockedFiles, CreateNeedsADirectory) {
  EXPECT_EQ(error_of(make_file(directory_ / "missing" / "file", 100)), system_error(ENOENT));
  EXPECT_EQ(error_of(make_file("", 100)), system_error(ENOENT));
  write_file(path_, "no directory");
  EXPECT_EQ(error_of(make_file(path_ / "file", 100)), system_error(ENOTDIR));
}

TEST_F(LockedFiles, CreateAcceptsABareName) {
  EXPECT_EQ(0, in_child([this] {
              if (::chdir(directory_.path().c_str()) != 0) return 1;
              return make_file("file", 100) && fs::file_size("file") == 100 ? 0 : 2;
            }));
  EXPECT_TRUE(fs::exists(path_));
}

TEST_F(LockedFiles, CreateLeavesNothingBehindWhenTheFileMayNotGrow) {
  EXPECT_EQ(0, in_child([this] {
              if (!limit_file_size(1U << 20U)) return 1;
              const auto large = make_file(path_, 2U << 20U);
              if (large || large.error() != system_error(EFBIG)) return 2;
              if (!directory_.empty()) return 3;
              return make_file(path_, 1U << 20U) ? 0 : 4;  // what fits is made, by the same name
            }));
  EXPECT_EQ(fs::file_size(path_), 1U << 20U);
}

TEST_F(LockedFiles, CreateLeavesNothingBehindWhenTheDiskIsFull) {
  const int result = in_child([this] {
    if (!mount_small(directory_)) return not_permitted;
    const auto large = make_file(path_, 2U << 20U);
    if (large || large.error() != system_error(ENOSPC)) return 2;
    if (!directory_.empty()) return 3;
    return make_file(path_, 1U << 19U) ? 0 : 4;
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

// Opens, reads and maps the file in `path`, and with FileAccess::copy also writes what is in memory.
void use(const fs::path& path, FileAccess access, const std::string& content) {
  auto file = LockedFile::open(path, access);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->size(), content.size());
  std::array<std::byte, 100> bytes;
  EXPECT_TRUE(file->read(0, bytes).has_value());
  static_cast<void>(file->identity());
  auto map = FileMap::map(std::move(*file), access);
  ASSERT_TRUE(map.has_value());
  EXPECT_EQ(map->data()[0], std::byte{'a'});
  EXPECT_EQ(map->data()[content.size() - 1], std::byte{'z'});
  if (access != FileAccess::copy) return;
  ASSERT_TRUE(map->allow_writing().has_value());
  map->data()[0] = map->data()[content.size() - 1] = std::byte{'!'};
  EXPECT_TRUE(map->flush({0, map->size()}).has_value());
}

void uses_and_modifies_nothing(const fs::path& path, FileAccess access) {
  std::string content(10'001, 'x');
  content.front() = 'a';
  content.back() = 'z';
  write_file(path, content);
  const std::array<timespec, 2> long_ago{{{.tv_sec = 1, .tv_nsec = 2}, {.tv_sec = 3, .tv_nsec = 4}}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), long_ago.data(), 0), 0);
  const struct stat before = status_of(path);
  ::usleep(20'000);  // longer than a tick of the clock that stamps files
  use(path, access, content);
  const struct stat after = status_of(path);
  EXPECT_EQ(content_of(path), content);
  EXPECT_EQ(after.st_size, before.st_size);
  EXPECT_EQ(after.st_blocks, before.st_blocks);
  EXPECT_EQ(after.st_mtim.tv_sec, 3);
  EXPECT_EQ(after.st_mtim.tv_nsec, 4);
  EXPECT_EQ(after.st_ctim.tv_sec, before.st_ctim.tv_sec);
  EXPECT_EQ(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
}

TEST_F(LockedFiles, OpeningReadingAndMappingModifyNothing) {
  for (const FileAccess access : every_access) {
    SCOPED_TRACE(name(access));
    uses_and_modifies_nothing(path_, access);
  }
}

// The exit status of a child: 0 if the file may be opened in the three modes that do not write it, and not in the fourth.
int only_reading_is_permitted(const fs::path& path, int error) {
  if (const auto file = LockedFile::open(path); file || file.error() != system_error(error)) return 1;
  for (const FileAccess access : {FileAccess::read_only, FileAccess::copy, FileAccess::copy_read_only}) {
    auto file = LockedFile::open(path, access);
    if (!file || !FileMap::map(std::move(*file), access)) return 2;
  }
  return 0;
}

// Makes the permissions of files count for root too.
bool drop_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, 2> none{};
  return ::syscall(SYS_capset, &header, none.data()) == 0;
}

TEST_F(LockedFiles, ReadingNeedsNoPermissionToWrite) {
  write_file(path_, "content");
  ASSERT_EQ(::chmod(path_.c_str(), 0444), 0);
  EXPECT_EQ(0, in_child([this] { return drop_capabilities() ? only_reading_is_permitted(path_, EACCES) : 3; }));
}

TEST_F(LockedFiles, ReadingNeedsNoWritableFileSystem) {
  const int result = in_child([this] {
    if (!mount_small(directory_)) return not_permitted;
    write_file(path_, "content");
    if (::mount(nullptr, directory_.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return not_permitted;
    return only_reading_is_permitted(path_, EROFS);
  });
  if (result == not_permitted) GTEST_SKIP() << "no read-only file system may be mounted here";
  EXPECT_EQ(result, 0);
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
  auto created = make_file(path_, 100);
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

  auto other = make_file(directory_ / "other", 100);
  ASSERT_TRUE(other.has_value());
  *opened = std::move(*other);  // lets go of the first file at once
  EXPECT_TRUE(LockedFile::open(path_).has_value());
  EXPECT_EQ(error_of(LockedFile::open(directory_ / "other")), in_use);
}

TEST_F(LockedFiles, AWriterExcludesAllAndReadersOnlyWriters) {
  write_file(path_, "content");
  for (const FileAccess first : every_access) {
    const auto owner = LockedFile::open(path_, first);
    ASSERT_TRUE(owner.has_value());
    for (const FileAccess second : every_access) {
      const bool excluded = first == FileAccess::read_write || second == FileAccess::read_write;
      const auto refused = [this, second] {
        const auto file = LockedFile::open(path_, second);
        return !file && file.error() == Error{.code = ErrorCode::in_use} ? 1 : file ? 0 : 2;
      };
      EXPECT_EQ(refused(), excluded) << name(first) << " " << name(second);
      EXPECT_EQ(in_child(refused), excluded) << name(first) << " " << name(second) << " in another process";
    }
  }
}

TEST_F(LockedFiles, AWriterWaitsForTheLastReader) {
  write_file(path_, "content");
  auto one = LockedFile::open(path_, FileAccess::read_only), two = LockedFile::open(path_, FileAccess::copy);
  ASSERT_TRUE(one.has_value() && two.has_value());
  one = std::unexpected(Error{});
  EXPECT_EQ(error_of(LockedFile::open(path_)).code, ErrorCode::in_use);
  two = std::unexpected(Error{});
  EXPECT_TRUE(LockedFile::open(path_).has_value());
}

TEST_F(LockedFiles, IdentityIsThatOfTheFileAndNotOfTheOpening) {
  write_file(path_, "content");
  write_file(directory_ / "other", "content");
  const auto first = LockedFile::open(path_, FileAccess::read_only), second = LockedFile::open(path_, FileAccess::copy);
  const auto other = LockedFile::open(directory_ / "other");
  ASSERT_TRUE(first.has_value() && second.has_value() && other.has_value());
  const auto identity = first->identity();
  if (!identity) GTEST_SKIP() << "this system has no boot id";
  EXPECT_EQ(identity->inode, status_of(path_).st_ino);
  EXPECT_EQ(identity->device, status_of(path_).st_dev);
  EXPECT_NE(identity->boot, (std::array<std::byte, 16>{}));
  EXPECT_EQ(*second->identity(), *identity);
  EXPECT_NE(*other->identity(), *identity);
  EXPECT_TRUE(other->identity().has_value());
}

TEST_F(LockedFiles, ResizeKeepsWhatBothSizesHave) {
  write_file(path_, "0123456789");
  auto file = LockedFile::open(path_);
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE(file->resize(4).has_value());
  EXPECT_EQ(file->size(), 4U);
  EXPECT_EQ(content_of(path_), "0123");
  ASSERT_TRUE(file->resize(4).has_value());
  ASSERT_TRUE(file->resize(100'001).has_value());
  EXPECT_EQ(file->size(), 100'001U);
  EXPECT_EQ(content_of(path_), "0123" + std::string(99'997, '\0'));
  EXPECT_GE(status_of(path_).st_blocks * 512, off_t{100'001});
  EXPECT_EQ(error_of(file->resize(0)), (Error{.code = ErrorCode::file_too_small, .asked = 1, .there = 0}));
  EXPECT_EQ(fs::file_size(path_), 100'001U);
}

TEST_F(LockedFiles, ResizeLeavesTheFileWhenTheDiskIsFull) {
  const int result = in_child([this] {
    if (!mount_small(directory_)) return not_permitted;
    write_file(path_, "content");
    auto file = LockedFile::open(path_);
    const auto before = status_of(path_);
    const auto grown = file->resize(2U << 20U);
    if (grown || grown.error() != system_error(ENOSPC)) return 1;
    if (file->size() != 7 || content_of(path_) != "content") return 2;
    if (status_of(path_).st_blocks != before.st_blocks) return 3;
    return file->resize(1U << 19U) ? 0 : 4;
  });
  if (result == not_permitted) GTEST_SKIP() << "no small file system may be mounted here; memory_test.cpp tests a limit";
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace rarena::detail
