// What tests of files of earlier formats share: a copy of one that core/recovery/golden has.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "arena_test_support.hpp"

namespace rarena::detail::testing_support {

class OldFile : public ::testing::TestWithParam<std::size_t> {
 protected:
  void copy(const std::string& name, std::uint64_t reserved) {
    const std::string bytes = read_file(RARENA_SOURCE_DIR "/core/recovery/golden/" + name + ".arena");
    const FileHandle copy = open_raw(path, O_RDWR | O_CREAT);
    ASSERT_EQ(::pwrite(copy.number(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    header = align_up(reserved, 8) + 8;
  }
  template <class T>
  void patch(std::uint64_t offset, T value) {
    write_file(path, offset, &value, sizeof value);
  }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("old");
  std::uint64_t header = 0;
};

}  // namespace rarena::detail::testing_support
