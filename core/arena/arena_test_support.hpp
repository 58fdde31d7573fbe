// What tests of arenas share: every combination of arena, memory and freelist, exact accounting, temporary files.
//
// Invariants: SEG-2 and FL-1 are checked by expect_exact.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "../memory/file_handle.hpp"
#include "../recovery/index_region.hpp"
#include "arena.hpp"

namespace rarena::detail::testing_support {

// A folder of its own, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / ("rarena-test-" + std::string(6, 'X'))).string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed for " + pattern);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Files are read and changed by system calls: MemorySanitizer does not see what the library's streams and paths do.
inline FileHandle open_raw(const std::filesystem::path& path, int flags) {
  auto file = FileHandle::open(path.c_str(), flags);
  if (!file) throw std::runtime_error(file.error().message());
  return *std::move(file);
}

inline std::string read_file(const std::filesystem::path& path) {
  const FileHandle file = open_raw(path, O_RDONLY);
  struct stat status{};
  EXPECT_EQ(::fstat(file.number(), &status), 0);
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  EXPECT_EQ(::pread(file.number(), bytes.data(), bytes.size(), 0), status.st_size);
  return bytes;
}

inline void write_file(const std::filesystem::path& path, std::uint64_t offset, const void* bytes, std::size_t size) {
  const FileHandle file = open_raw(path, O_WRONLY);
  EXPECT_EQ(::pwrite(file.number(), bytes, size, static_cast<off_t>(offset)), static_cast<ssize_t>(size));
}

// The word that is written at the end of a clean close, over whatever prefix, header and lists say.
inline void reseal(const std::filesystem::path& path, std::uint64_t reserved) {
  const std::string bytes = read_file(path);
  const Geometry geometry = recorded_geometry(std::as_bytes(std::span(bytes)), reserved);
  if (bytes.size() < geometry.data_offset()) return;
  const MemoryView view(reinterpret_cast<const std::byte*>(bytes.data()), geometry);
  const Examined examined = examine_all(view).value();
  const std::uint32_t seal = clean_seal(view.prefix(), view.header(), view.annex(), examined.structure.sum.value());
  write_file(path, static_cast<std::uint64_t>(geometry.seal().place), &seal, sizeof seal);
}

enum class Kind : std::uint8_t { heap, heap_unified, map, map_unified, file };

struct Combination {
  bool concurrent;
  Kind kind;
  Freelist freelist;
};

inline std::string name(const Combination& c) {
  const char* const kinds[] = {"heap", "heap_unified", "map", "map_unified", "file"};
  const char* const lists[] = {"none", "optimistic", "pessimistic"};
  return std::string(c.concurrent ? "sync_" : "unsync_") + kinds[static_cast<int>(c.kind)] + "_" +
         lists[static_cast<int>(c.freelist)];
}
inline void PrintTo(const Combination& c, std::ostream* out) { *out << name(c); }

inline std::vector<Combination> combinations(std::initializer_list<Freelist> lists = {Freelist::none, Freelist::optimistic,
                                                                                      Freelist::pessimistic}) {
  std::vector<Combination> result;
  for (const bool concurrent : {true, false})
    for (const Kind kind : {Kind::heap, Kind::heap_unified, Kind::map, Kind::map_unified, Kind::file})
      for (const Freelist freelist : lists) result.push_back({concurrent, kind, freelist});
  return result;
}

// The value, or a failure of the test that says why there is none.
template <class T>
T value_of(std::expected<T, Error> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return *std::move(result);
}

template <class A>
A make(Kind kind, Options options, const TemporaryFolder& folder) {
  options.unify = kind == Kind::heap_unified || kind == Kind::map_unified;
  options.create_new = true;
  if (kind == Kind::file) return value_of(A::map_mut(folder.file("arena"), options));
  return value_of(kind == Kind::map || kind == Kind::map_unified ? A::map_anon(options) : A::alloc(options));
}

// Tests for every combination: TEST_P(EveryArena, ...) { run(options, [](auto arena) { ... }); }
class EveryArena : public ::testing::TestWithParam<Combination> {
 protected:
  template <class Use>
  void run(Options options, Use use) {
    options.freelist = GetParam().freelist;
    if (GetParam().concurrent)
      use(make<Arena>(GetParam().kind, options, folder_));
    else
      use(make<unsync::Arena>(GetParam().kind, options, folder_));
  }

 private:
  TemporaryFolder folder_;
};

inline std::string combination_name(const ::testing::TestParamInfo<Combination>& info) { return name(info.param); }

// The sizes of the free segments in list order.
template <class A>
std::vector<Size> listed(const A& arena) {
  std::vector<Size> sizes;
  for (const Extent segment : arena.free_segments()) sizes.push_back(segment.size);
  return sizes;
}

// FL-1, and the bytes in the list.
template <class A>
std::uint64_t expect_order(const A& arena) {
  std::uint64_t total = 0;
  const std::vector<Size> sizes = listed(arena);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    total += sizes[i];
    if (i == 0) continue;
    const bool ordered = arena.freelist() == Freelist::optimistic ? sizes[i - 1] >= sizes[i] : sizes[i - 1] <= sizes[i];
    EXPECT_TRUE(ordered) << sizes[i - 1] << " stands before " << sizes[i];
  }
  return total;
}

// SEG-2 to the byte, and FL-1. `live` are the bytes that the test owns. Only while no thread is at work.
template <class A>
void expect_exact(const A& arena, std::uint64_t live) {
  const std::uint64_t free = expect_order(arena);
  const std::uint64_t descriptors = (arena.free_segments().size() + arena.spare_descriptors()) * std::uint64_t{descriptor_size};
  EXPECT_EQ(arena.allocated() - arena.data_offset(), live + free + descriptors + arena.discarded())
      << "live " << live << ", free " << free << ", descriptors " << descriptors << ", discarded " << arena.discarded();
}

// Allocates, and fails the test if there is no room.
template <class A>
Extent take(const A& arena, Size size, Size alignment = 1) {
  return value_of(arena.allocate(size, alignment, Fill::none)).segment;
}

template <class A>
void give(const A& arena, Extent segment) {
  const auto given = arena.dealloc(segment.offset, segment.size);
  EXPECT_TRUE(given.has_value()) << given.error().message();
}

// Moves the cursor to the end of the memory. Returns what it took.
template <class A>
Extent fill_up(const A& arena) {
  return arena.remaining() == 0 ? Extent{} : take(arena, arena.remaining());
}

// Segments of these sizes, one after the other.
template <class A>
std::vector<Extent> take_all(const A& arena, std::initializer_list<Size> sizes) {
  std::vector<Extent> segments;
  for (const Size size : sizes) segments.push_back(take(arena, size));
  return segments;
}

// The seed of a random test: RARENA_SEED, or a fixed one. Printed, so that a failure can be run again.
inline std::uint64_t test_seed() {
  const char* const given = std::getenv("RARENA_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : 20240229;
  std::cout << "RARENA_SEED=" + std::to_string(seed) + "\n";
  return seed;
}

// Random numbers that are the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // Below `bound`.
  Size below(Size bound) { return static_cast<Size>(engine_() % bound); }

 private:
  std::mt19937_64 engine_;
};

// A segment's bytes as a pattern of their own, to see whether anybody else wrote to them.
template <class A>
void paint(const A& arena, Extent segment, unsigned color) {
  std::memset(arena.get_pointer(segment.offset), static_cast<int>(color & 0xff), segment.size);
}

template <class A>
[[nodiscard]] bool painted(const A& arena, Extent segment, unsigned color) {
  const auto expected = static_cast<std::byte>(color & 0xff);
  const std::byte* const bytes = arena.get_pointer(segment.offset);
  for (Size i = 0; i < segment.size; ++i)
    if (bytes[i] != expected) return false;
  return true;
}

}  // namespace rarena::detail::testing_support
