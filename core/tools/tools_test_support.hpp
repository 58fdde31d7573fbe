// What the tests of the commands share: files to look at, and what a command said about them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "../arena/arena_test_support.hpp"
#include "console.hpp"

namespace rarena::tools {

using namespace detail::testing_support;
using nlohmann::json;

// What errors about damage end with.
inline const std::string anew =
    "; Options::drop_freelist opens it without its lists, and `rarena rebuild` makes them anew from what is live";
inline const std::string anew_if_a_file =
    "; if a file's lists say so, Options::drop_freelist opens it without them, and `rarena rebuild` makes them anew from what "
    "is live";
inline const std::string other_reserved =
    " (if it is an arena: was it made with other reserved bytes? --reserved, Options::reserved)";

// A console whose output is kept.
struct Said {
  std::ostringstream out, err;
  Console console{out, err};
};

// A test with a folder of its own.
class Tools : public ::testing::Test {
 protected:
  // A copy of a file of an earlier format, the crate's or version 1, which may be changed.
  std::string golden(const std::string& name) {
    const std::filesystem::path path = folder_.file(name);
    std::filesystem::copy_file(std::filesystem::path(RARENA_SOURCE_DIR "/core/recovery/golden") / name, path);
    return path.string();
  }

  // A closed file with three free segments, each between live ones: of 40, 60 and 80 bytes, freed in this order.
  std::string closed_file(Freelist kind = Freelist::optimistic, Size reserved = 0) {
    const std::string path = folder_.file("arena").string();
    const auto arena = value_of(Arena::map_mut(path, options(kind, reserved)));
    fill(arena);
    return path;
  }

  // As closed_file, but left by a process that died.
  std::string dirty_file() {
    const std::string path = folder_.file("arena").string();
    const pid_t child = ::fork();
    if (child == 0) {
      const auto arena = Arena::map_mut(path, options(Freelist::optimistic, 0));
      if (!arena) ::_exit(1);
      fill(*arena);
      ::_exit(0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return path;
  }

  static Options options(Freelist kind, Size reserved) {
    return {.capacity = 4096, .reserved = reserved, .magic_version = 7, .freelist = kind, .create_new = true};
  }

  // The live segments are what is left of these eight.
  static void fill(const Arena& arena) {
    const auto segments = take_all(arena, {100, 40, 20, 60, 20, 80, 200, 8});
    for (const std::size_t i : {1U, 3U, 5U}) give(arena, segments[i]);
  }

  template <class T>
  static void patch(const std::string& path, std::uint64_t at, T value) {
    write_file(path, at, &value, sizeof value);
  }
  template <class T>
  static T peek(const std::string& path, std::uint64_t at) {
    T value;
    std::memcpy(&value, read_file(path).data() + at, sizeof value);
    return value;
  }

  TemporaryFolder folder_;
};

}  // namespace rarena::tools
