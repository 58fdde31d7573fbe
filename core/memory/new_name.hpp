// NewName: gives a file that is complete its name, so that no other process ever finds half of it.
//
// The file has no name while it is made (O_TMPFILE), or, where the file system has no such files, another one in the same
// folder, which a process that dies leaves behind: ".NAME.rarena-PROCESS-NUMBER".
//
// Source: open(2), O_TMPFILE. Thread safety: as an int. Invariants: REC-1, REC-2 (a file that can be found is whole).
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <utility>

#include "../layout/error.hpp"
#include "file_handle.hpp"

namespace rarena::detail {

class NewName {
 public:
  struct Made;
  // An empty file that is open for reading and writing, and the name that it is to have. Errors: system.
  // Throws std::bad_alloc. Blocking (system calls).
  [[nodiscard]] static std::expected<Made, Error> begin(const std::filesystem::path& path, FileMode mode);

  NewName(NewName&& other) noexcept
      : directory_(std::move(other.directory_)), name_(std::move(other.name_)),
        temporary_(std::exchange(other.temporary_, std::string())) {}
  NewName& operator=(NewName&&) = delete;
  // A file without a name is gone when it is closed.
  ~NewName() { forget_temporary(); }

  // Makes `file` durable and gives it the name, durably too. After an error the file has no name. Errors: file_exists, system.
  // Blocking (the disk).
  [[nodiscard]] std::expected<void, Error> give(const FileHandle& file) noexcept;

 private:
  NewName(FileHandle directory, std::filesystem::path name, std::string temporary)
      : directory_(std::move(directory)), name_(std::move(name)), temporary_(std::move(temporary)) {}
  int link(const FileHandle& file) const noexcept;
  void forget_temporary() noexcept;

  FileHandle directory_;
  std::filesystem::path name_;
  std::string temporary_;  // empty: the file has no name at all
};

// Where a symbolic link that leads nowhere wants a file to be, as open(2) with O_CREAT takes it; the path itself if it is none.
std::filesystem::path behind_links(std::filesystem::path path);

struct NewName::Made {
  FileHandle file;
  NewName name;
};

}  // namespace rarena::detail
