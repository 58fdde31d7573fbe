// ScratchFile: a path for an arena of one history, in memory if the system has a file system there. The file is made by the
// arena, and gone with the scratch file.
//
// Thread safety: one thread. Failed system calls end the program: they are faults of the machine.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace rarena::operations {

class ScratchFile {
 public:
  ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();

  const std::filesystem::path& path() const { return path_; }
  std::vector<std::byte> bytes() const;
  // Keeps inode and size.
  void overwrite(std::span<const std::byte> bytes) const;

 private:
  std::filesystem::path path_;
};

}  // namespace rarena::operations
