// What the tests of this folder share: files of their own, and child processes.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "../layout/error.hpp"
#include "file_access.hpp"
#include "locked_file.hpp"
#include "mapping.hpp"

namespace rarena::detail {

namespace fs = std::filesystem;

// A file system object of its own, removed at the end of the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() : path_((fs::temp_directory_path() / ("rarena-memory-" + std::string(6, 'X'))).string()) {
    if (::mkdtemp(path_.data()) == nullptr)
      throw fs::filesystem_error("mkdtemp", path_, std::make_error_code(std::errc(errno)));
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  fs::path operator/(const char* name) const { return fs::path(path_) / name; }
  const std::string& path() const { return path_; }
  bool empty() const { return fs::is_empty(path_); }

 private:
  std::string path_;
};

inline struct stat status_of(const fs::path& path) {
  struct stat status{};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status;
}

// C streams, because MemorySanitizer does not see what the file streams of an uninstrumented standard library write.
struct CloseStream {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using Stream = std::unique_ptr<std::FILE, CloseStream>;

inline std::string content_of(const fs::path& path) {
  const Stream file(std::fopen(path.c_str(), "rb"));
  std::string content;
  for (int c; file && (c = std::getc(file.get())) != EOF;) content.push_back(static_cast<char>(c));
  return content;
}

inline void write_file(const fs::path& path, const std::string& content) {
  const Stream file(std::fopen(path.c_str(), "wb"));
  ASSERT_TRUE(file) << path;
  ASSERT_EQ(std::fwrite(content.data(), 1, content.size(), file.get()), content.size());
}

template <class T>
Error error_of(const std::expected<T, Error>& result) {
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? Error{} : result.error();
}

inline constexpr std::array every_access{FileAccess::read_write, FileAccess::read_only, FileAccess::copy,
                                         FileAccess::copy_read_only};

inline const char* name(FileAccess access) {
  switch (access) {
    case FileAccess::read_write: return "read_write";
    case FileAccess::read_only: return "read_only";
    case FileAccess::copy: return "copy";
    case FileAccess::copy_read_only: return "copy_read_only";
  }
  std::unreachable();
}

// In a build for coverage: writes what this process has reached.
extern "C" [[gnu::weak]] int __llvm_profile_write_file();

inline void write_profile() {
  if (__llvm_profile_write_file != nullptr) (void)__llvm_profile_write_file();
}

// Ends a child without what the parent has left to do at its end.
[[noreturn]] inline void leave(int status) {
  write_profile();
  ::_exit(status);
}
// Ends this process as a SIGKILL from elsewhere does.
inline int be_killed() {
  write_profile();
  return ::raise(SIGKILL);
}

// Runs `body` in a child process and returns its exit status, or minus the signal that ended it.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    leave(body());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// Leaves this process `more` bytes of address space more than it has.
inline bool limit_address_space(std::uint64_t more = 64U << 20U) {
  const std::uint64_t pages = std::stoull("0" + content_of("/proc/self/statm"));  // the first number
  const rlimit limit{pages * page_size() + more, RLIM_INFINITY};
  return pages != 0 && ::setrlimit(RLIMIT_AS, &limit) == 0;
}

// Lets no file of this process grow beyond `size` bytes: an attempt is an error, not a signal.
inline bool limit_file_size(rlim_t size) {
  const rlimit limit{size, size};
  return ::setrlimit(RLIMIT_FSIZE, &limit) == 0 && std::signal(SIGXFSZ, SIG_IGN) != SIG_ERR;
}

// Mounts an empty file system of 1 MiB on `directory`, for this process alone; false if that is not permitted.
inline bool mount_small(const TemporaryDirectory& directory) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "size=1m") == 0;
}
inline constexpr int not_permitted = 77;  // the exit status of a child that may not mount

// A new file that has its name.
inline std::expected<LockedFile, Error> make_file(const fs::path& path, Size size) {
  auto made = LockedFile::create_new(path, size);
  if (!made) return std::unexpected(made.error());
  if (const auto named = made->name.give(made->file.handle()); !named) return std::unexpected(named.error());
  return std::move(made->file);
}

// A test with a directory of its own and the path of a file in it that is not there yet.
class Files : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  fs::path path_ = directory_ / "file";
};

}  // namespace rarena::detail
