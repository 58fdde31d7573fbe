// An open file or directory, closed at the end of its life, and the repetition of interrupted system calls.
//
// Thread safety: as an int.
#pragma once

#include <cerrno>
#include <cstdint>
#include <expected>
#include <utility>

#include "../layout/error.hpp"

namespace rarena {

/// The permissions of a new file, as chmod(2) has them.
using FileMode = std::uint32_t;
/// What a file has that nobody asks otherwise for.
inline constexpr FileMode default_mode = 0644;

/// An open file or directory, and its owner.
class FileHandle {
 public:
  /// open(2) with O_CLOEXEC; a new file has `mode`, less the umask. Errors: system. Blocking (a system call).
  [[nodiscard]] static std::expected<FileHandle, Error> open(const char* path, int flags,
                                                             FileMode mode = default_mode) noexcept;
  /// The same, where a relative `path` starts at this directory.
  [[nodiscard]] std::expected<FileHandle, Error> open_inside(const char* path, int flags,
                                                             FileMode mode = default_mode) const noexcept;

  /// Takes over the other one's file.
  FileHandle(FileHandle&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  /// The same; what this had is closed.
  FileHandle& operator=(FileHandle&& other) noexcept {
    FileHandle taken(std::move(other));
    std::swap(number_, taken.number_);
    return *this;
  }
  /// Closes it.
  ~FileHandle();

  /// What the system calls it.
  int number() const noexcept { return number_; }

 private:
  explicit FileHandle(int number) noexcept : number_(number) {}

  int number_;
};

namespace detail {

// The result of `call()`, a system call that returns -1 on an error; repeated while a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) noexcept {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

}  // namespace detail

}  // namespace rarena
