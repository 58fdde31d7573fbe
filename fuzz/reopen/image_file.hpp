// ImageFile: bytes as a regular file in memory, with a path: it has a size, locks and maps like any other, and no disk.
//
// One is used for many images: it keeps its inode, so that the dirty marker of one opening is that of the next. It is mapped
// all the time, because the system calls of reading and writing it took as long as those of what is tested.
//
// Thread safety: one thread. Failed system calls end the program: they are faults of the machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "core/layout/seal.hpp"

namespace rarena::fuzz {

class ImageFile {
 public:
  ImageFile();
  ImageFile(const ImageFile&) = delete;
  ImageFile& operator=(const ImageFile&) = delete;
  ~ImageFile();

  // The file holds these bytes and nothing else.
  void write(std::span<const std::byte> bytes);
  bool holds(std::span<const std::byte> bytes) const;
  std::vector<std::byte> bytes() const;

  const std::filesystem::path& path() const { return path_; }
  // What its dirty marker is made from.
  const std::optional<detail::FileIdentity>& identity() const { return identity_; }

 private:
  std::size_t size() const;
  // All bytes of the file.
  std::span<std::byte> contents() const;

  int number_;
  mutable std::span<std::byte> map_;  // may reach behind the end of the file
  std::filesystem::path path_;
  std::optional<detail::FileIdentity> identity_;
};

}  // namespace rarena::fuzz
