// FileName: the name by which an open file was opened, so that it can be taken away again.
//
// The folder stays open, so that neither a change of the working directory nor a new name of the folder leads elsewhere. A name
// that leads to another file by now is left alone; between that look and the removal somebody may still put another file
// there.
//
// Source: unlink(2). Thread safety: as an int. Invariants: none.
#pragma once

#include <expected>
#include <filesystem>
#include <utility>

#include "../layout/error.hpp"
#include "file_handle.hpp"

namespace rarena::detail {

class FileName {
 public:
  // The name that `path` has for an open file. Errors: system (ENOENT: it is the name of another file, or of a symbolic link).
  // Throws std::bad_alloc. Blocking (system calls), as all of this class.
  [[nodiscard]] static std::expected<FileName, Error> of(const std::filesystem::path& path, const FileHandle& file);

  // Takes the name away from the file. On return: whether that was its last one. Errors: system (ENOENT: as above), and then
  // the name is where it was.
  [[nodiscard]] std::expected<bool, Error> remove_from(const FileHandle& file) const noexcept;

 private:
  FileName(FileHandle directory, std::filesystem::path name) : directory_(std::move(directory)), name_(std::move(name)) {}
  // Whether it is the name of the file. Errors: system.
  [[nodiscard]] std::expected<void, Error> check(const FileHandle& file) const noexcept;

  FileHandle directory_;
  std::filesystem::path name_;
};

}  // namespace rarena::detail
