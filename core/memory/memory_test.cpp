// Tests of the contract of all backings, and of each of them.
#include "memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "memory_test_support.hpp"

// Under a sanitizer a failed allocation returns null too, as the tests of ENOMEM need.
extern "C" {
const char* __asan_default_options() { return "allocator_may_return_null=1"; }
const char* __msan_default_options() { return "allocator_may_return_null=1"; }
const char* __tsan_default_options() { return "allocator_may_return_null=1"; }
}

namespace rarena::detail {
namespace {

bool is_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

bool is_mapped(std::byte* page) { return ::msync(page, 1, MS_ASYNC) == 0; }

Size page() { return static_cast<Size>(page_size()); }

// One maker for each backing of the typed tests. `front` is what the maker can put in front of the memory.
struct MakeVector {
  using Result = VectorMemory;
  static constexpr Size front = 64;
  static auto make(const fs::path&, Size capacity) { return VectorMemory::create(capacity, 4096, front); }
};

struct MakeAnonymous {
  using Result = AnonymousMap;
  static constexpr Size front = 64;
  static auto make(const fs::path&, Size capacity) { return AnonymousMap::create(capacity, front); }
};

struct MakeFile {
  using Result = FileMap;
  static constexpr Size front = 0;
  static std::expected<FileMap, Error> make(const fs::path& path, Size capacity) {
    auto file = make_file(path, capacity);
    if (!file) return std::unexpected(file.error());
    auto map = FileMap::map(std::move(*file));
    if (!map) return map;
    if (const auto allowed = map->allow_writing(); !allowed) return std::unexpected(allowed.error());
    return map;
  }
};

template <class Maker>
struct Wrapped {
  using Result = Memory;
  static constexpr Size front = Maker::front;
  static std::expected<Memory, Error> make(const fs::path& path, Size capacity) {
    auto made = Maker::make(path, capacity);
    if (!made) return std::unexpected(made.error());
    return Memory(std::move(*made));
  }
};

template <class Maker>
class EveryBacking : public testing::Test {
 protected:
  auto make(Size capacity, const char* name = "memory") { return Maker::make(directory_ / name, capacity); }
  TemporaryDirectory directory_;
};

using Makers =
    testing::Types<MakeVector, MakeAnonymous, MakeFile, Wrapped<MakeVector>, Wrapped<MakeAnonymous>, Wrapped<MakeFile>>;
TYPED_TEST_SUITE(EveryBacking, Makers);

TYPED_TEST(EveryBacking, IsAlignedAndAsLargeAsAsked) {
  for (const Size capacity : {1U, 100U, 4096U, 10'001U}) {
    const auto memory = this->make(capacity, std::to_string(capacity).c_str());
    ASSERT_TRUE(memory.has_value()) << memory.error().message();
    EXPECT_EQ(memory->size(), capacity);
    EXPECT_GE(memory->alignment(), 4096U);
    EXPECT_TRUE(is_power_of_two(memory->alignment()));
    EXPECT_EQ(std::bit_cast<std::uintptr_t>(memory->data()) % memory->alignment(), 0U);
  }
}

TYPED_TEST(EveryBacking, IsZeroWhenFreshAlsoInFront) {
  constexpr Size capacity = 10'001;
  for (int round = 0; round < 3; ++round) {  // the heap hands out again what the round before made dirty
    auto memory = this->make(capacity, std::to_string(round).c_str());
    ASSERT_TRUE(memory.has_value());
    const std::span all(memory->data() - TypeParam::front, TypeParam::front + capacity);
    EXPECT_TRUE(is_zero(all));
    std::ranges::fill(all, std::byte{0xa5});
  }
}

TYPED_TEST(EveryBacking, KeepsWhatIsWrittenAtBothEndsWhileItMoves) {
  constexpr Size capacity = 5000, last = capacity - 1;
  auto made = this->make(capacity);
  ASSERT_TRUE(made.has_value());
  std::byte* const data = made->data();
  data[0] = std::byte{1};
  data[last] = std::byte{2};
  if (TypeParam::front != 0) {
    *(data - TypeParam::front) = std::byte{3};
    *(data - 1) = std::byte{4};
  }

  typename TypeParam::Result moved = std::move(*made);
  auto assigned = this->make(16, "other");
  ASSERT_TRUE(assigned.has_value());
  *assigned = std::move(moved);

  EXPECT_EQ(assigned->data(), data);
  EXPECT_EQ(assigned->size(), capacity);
  EXPECT_EQ(data[0], std::byte{1});
  EXPECT_EQ(data[last], std::byte{2});
  if (TypeParam::front != 0) {
    EXPECT_EQ(*(data - TypeParam::front), std::byte{3});
    EXPECT_EQ(*(data - 1), std::byte{4});
  }
  EXPECT_TRUE(is_zero({data + 1, capacity - 2}));
}

TYPED_TEST(EveryBacking, FlushesAnyRangeInside) {
  const Size capacity = 3 * page() + 5;
  const auto memory = this->make(capacity);
  ASSERT_TRUE(memory.has_value());
  for (const Extent range : {Extent{0, capacity}, Extent{0, 0}, Extent{1, 1}, Extent{page() - 1, 2}, Extent{capacity - 1, 1},
                             Extent{capacity, 0}, Extent{3 * page(), 5}}) {
    const auto flushed = memory->flush(range);
    EXPECT_TRUE(flushed.has_value()) << range.offset << " " << range.size << " " << flushed.error().message();
  }
}

TYPED_TEST(EveryBacking, RefusesToBeEmpty) {
  const Error error = error_of(this->make(0));
  EXPECT_TRUE(error.code == ErrorCode::capacity_too_small || error.code == ErrorCode::file_too_small) << error.message();
  EXPECT_EQ(error.asked, 1U);
  EXPECT_EQ(error.there, 0U);
  EXPECT_TRUE(this->directory_.empty());
}

TEST(Backing, RefusesWhatBreaksTheContract) {
  struct Copyable {
    std::byte* data() const noexcept;
    Size size() const noexcept;
    Size alignment() const noexcept;
    std::expected<void, Error> flush(Extent) const noexcept;
  };
  struct MoveOnly : Copyable {
    MoveOnly(MoveOnly&&) noexcept;
    MoveOnly& operator=(MoveOnly&&) noexcept;
  };
  struct MayThrow : Copyable {
    MayThrow(MayThrow&&);             // NOLINT(performance-noexcept-move-constructor): must be refused
    MayThrow& operator=(MayThrow&&);  // NOLINT(performance-noexcept-move-constructor): must be refused
  };
  static_assert(Backing<MoveOnly>);
  static_assert(!Backing<Copyable> && !Backing<MayThrow> && !Backing<std::vector<std::byte>> && !Backing<LockedFile>);
}

TEST(VectorMemory, UsesTheAlignmentAskedForAndAtLeast16) {
  for (const Size alignment : {1U, 2U, 8U, 16U, 32U, 64U, 4096U, 1U << 21U}) {
    for (const Size front : {0U, 16U, 64U}) {
      const auto memory = VectorMemory::create(100, alignment, front);
      ASSERT_TRUE(memory.has_value());
      EXPECT_EQ(memory->alignment(), std::max(alignment, 16U));
      EXPECT_EQ(std::bit_cast<std::uintptr_t>(memory->data()) % memory->alignment(), 0U);
      EXPECT_TRUE(is_zero({memory->data() - front, front + 100}));
    }
  }
}

TEST(HeapAndAnonymousMemory, HavingNoMoreIsAnErrorAndSizesDoNotWrap) {
  const auto is_refused = [](const auto& memory) { return !memory && memory.error() == system_error(ENOMEM); };
  EXPECT_EQ(0, in_child([&] {
              if (!limit_address_space()) return 1;
              if (!is_refused(VectorMemory::create(1U << 30U, 16, 64))) return 2;
              if (!is_refused(AnonymousMap::create(1U << 30U, 64))) return 3;
              constexpr Size most = std::numeric_limits<Size>::max();  // in 32 bits, these sums would be small
              if (!is_refused(VectorMemory::create(most, 1U << 20U, 64))) return 4;
              return is_refused(AnonymousMap::create(most, 64)) ? 0 : 5;
            }));
}

TEST(AnonymousMap, IsUnmappedInTheEnd) {
  auto first = AnonymousMap::create(100, 16), second = AnonymousMap::create(100, 0);
  ASSERT_TRUE(first.has_value() && second.has_value());
  std::byte *const one = first->data(), *const two = second->data();
  EXPECT_TRUE(is_mapped(one) && is_mapped(one - page()) && is_mapped(two));
  *second = std::move(*first);
  EXPECT_FALSE(is_mapped(two));
  {
    const AnonymousMap last = std::move(*second);
  }
  EXPECT_FALSE(is_mapped(one) || is_mapped(one - page()));
}

TEST(Memory, KnowsWhetherItIsOnDisk) {
  const TemporaryDirectory directory;
  EXPECT_FALSE(Wrapped<MakeVector>::make({}, 100)->on_disk());
  EXPECT_FALSE(Wrapped<MakeAnonymous>::make({}, 100)->on_disk());
  EXPECT_TRUE(Wrapped<MakeFile>::make(directory / "file", 100)->on_disk());
  for (const FileAccess access : every_access) {
    const Memory memory = FileMap::map(LockedFile::open(directory / "file", access).value(), access).value();
    EXPECT_EQ(memory.on_disk(), access == FileAccess::read_write) << name(access);
  }
}

TEST(Memory, ShowsTheFileMapAndNothingElse) {
  const TemporaryDirectory directory;
  EXPECT_EQ(Wrapped<MakeVector>::make({}, 100)->file(), nullptr);
  EXPECT_EQ(Wrapped<MakeAnonymous>::make({}, 100)->file(), nullptr);
  auto memory = Wrapped<MakeFile>::make(directory / "file", 100);
  ASSERT_TRUE(memory.has_value());
  ASSERT_NE(memory->file(), nullptr);
  EXPECT_EQ(memory->file()->data(), memory->data());
  EXPECT_EQ(std::as_const(*memory).file(), memory->file());
  ASSERT_TRUE(memory->file()->resize(200).has_value());
  EXPECT_EQ(memory->size(), 200U);
}

using FileMaps = Files;

TEST_F(FileMaps, WhatIsWrittenIsThereAfterReopening) {
  const Size size = 2 * page() + 7;
  {
    auto map = MakeFile::make(path_, size);
    ASSERT_TRUE(map.has_value());
    map->data()[0] = std::byte{'a'};
    map->data()[page()] = std::byte{'b'};
    map->data()[size - 1] = std::byte{'c'};
    EXPECT_TRUE(map->flush({page(), size - page()}).has_value());
  }
  auto file = LockedFile::open(path_);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->size(), size);
  std::byte last{};
  EXPECT_TRUE(file->read(size - 1, {&last, 1}).has_value());
  EXPECT_EQ(last, std::byte{'c'});

  const auto map = FileMap::map(std::move(*file));
  ASSERT_TRUE(map.has_value());
  EXPECT_EQ(map->size(), size);
  EXPECT_EQ(map->data()[0], std::byte{'a'});
  EXPECT_EQ(map->data()[page()], std::byte{'b'});
  EXPECT_EQ(map->data()[size - 1], std::byte{'c'});
}

std::expected<FileMap, Error> open_map(const fs::path& path, FileAccess access) {
  auto file = LockedFile::open(path, access);
  if (!file) return std::unexpected(file.error());
  return FileMap::map(std::move(*file), access);
}

// Whether a write to `byte` ends the process as the system has it.
bool write_faults(std::byte* byte) {
  const int result = in_child([byte] {
    constexpr rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGSEGV, SIG_DFL);  // and not as a sanitizer has it
    *static_cast<volatile std::byte*>(byte) = std::byte{1};
    return 0;
  });
  EXPECT_TRUE(result == 0 || result == -SIGSEGV) << result;
  return result == -SIGSEGV;
}

TEST_F(FileMaps, NobodyWritesBeforeItIsAllowed) {
  write_file(path_, "content");
  for (const FileAccess access : every_access) {
    auto map = open_map(path_, access);
    ASSERT_TRUE(map.has_value());
    EXPECT_EQ(map->access(), access);
    EXPECT_TRUE(write_faults(map->data())) << name(access);
    if (!may_write(access)) continue;
    ASSERT_TRUE(map->allow_writing().has_value());
    EXPECT_FALSE(write_faults(map->data() + 6)) << name(access);
  }
  EXPECT_EQ(content_of(path_), "conten\1") << "one child wrote the file, and another its copy";
}

TEST_F(FileMaps, OfAFileOpenedForReadingNoneWritesToIt) {
  write_file(path_, "content");
  auto map = open_map(path_, FileAccess::read_only);
  ASSERT_TRUE(map.has_value());
  EXPECT_EQ(error_of(map->allow_writing()), system_error(EACCES));
  EXPECT_TRUE(write_faults(map->data()));
}

TEST_F(FileMaps, ACopyKeepsItsWritesForItself) {
  write_file(path_, "content");
  auto one = open_map(path_, FileAccess::copy), two = open_map(path_, FileAccess::copy);
  const auto reader = open_map(path_, FileAccess::read_only);
  ASSERT_TRUE(one.has_value() && two.has_value() && reader.has_value());
  ASSERT_TRUE(one->allow_writing().has_value() && two->allow_writing().has_value());
  one->data()[0] = std::byte{'1'};
  two->data()[0] = std::byte{'2'};
  EXPECT_EQ(one->data()[0], std::byte{'1'});
  EXPECT_EQ(one->data()[1], std::byte{'o'});
  EXPECT_EQ(two->data()[0], std::byte{'2'});
  EXPECT_EQ(reader->data()[0], std::byte{'c'});
  EXPECT_TRUE(one->flush({0, 7}).has_value());
  EXPECT_EQ(content_of(path_), "content");
}

TEST_F(FileMaps, IdentityIsThatOfTheFile) {
  write_file(path_, "content");
  const auto map = open_map(path_, FileAccess::copy);
  ASSERT_TRUE(map.has_value());
  EXPECT_EQ(map->identity(), LockedFile::open(path_, FileAccess::read_only)->identity());
}

TEST_F(FileMaps, ResizeKeepsWhatBothSizesHave) {
  const Size small = 2 * page() + 7;
  auto map = MakeFile::make(path_, small);
  ASSERT_TRUE(map.has_value());
  map->data()[0] = std::byte{'a'};
  map->data()[small - 1] = std::byte{'b'};
  for (const Size size : {small + 1, 100 * page(), 3 * page() + 1, small, small}) {
    ASSERT_TRUE(map->resize(size).has_value());
    EXPECT_EQ(map->size(), size);
    EXPECT_EQ(fs::file_size(path_), size);
    EXPECT_EQ(std::bit_cast<std::uintptr_t>(map->data()) % map->alignment(), 0U);
    EXPECT_EQ(map->data()[0], std::byte{'a'});
    EXPECT_EQ(map->data()[small - 1], std::byte{'b'});
    EXPECT_TRUE(is_zero({map->data() + small, size - small}));
    std::fill(map->data() + small, map->data() + size, std::byte{0});  // it can still be written
    EXPECT_TRUE(map->flush({0, size}).has_value());
  }
  map->data()[small - 1] = std::byte{'c'};
  ASSERT_TRUE(map->resize(1).has_value());
  EXPECT_EQ(content_of(path_), "a");
  EXPECT_EQ(error_of(map->resize(0)), (Error{.code = ErrorCode::file_too_small, .asked = 1, .there = 0}));
  ASSERT_TRUE(map->resize(small).has_value());
  EXPECT_TRUE(is_zero({map->data() + 1, small - 1})) << "what was cut off is gone";
}

TEST_F(FileMaps, ResizeMakesNothingWritableThatWasNot) {
  write_file(path_, "content");
  auto map = open_map(path_, FileAccess::read_write);
  ASSERT_TRUE(map.has_value());
  ASSERT_TRUE(map->resize(10'000).has_value());
  EXPECT_TRUE(write_faults(map->data()));
}

TEST_F(FileMaps, ResizeUnmapsWhatWas) {
  auto map = MakeFile::make(path_, 1);
  ASSERT_TRUE(map.has_value());
  std::byte* const before = map->data();
  ASSERT_TRUE(map->resize(page() + 1).has_value());
  EXPECT_NE(map->data(), before);
  EXPECT_TRUE(is_mapped(map->data() + page()));
  EXPECT_FALSE(is_mapped(before));
}

int last_byte_of(const fs::path& path) {
  const Stream file(std::fopen(path.c_str(), "rb"));
  return file && std::fseek(file.get(), -1, SEEK_END) == 0 ? std::getc(file.get()) : EOF;
}

// The exit status of a child: 0 if resizing `map`, a writable one, to `size` fails so, and leaves everything as it was.
int resize_fails(FileMap& map, const fs::path& path, Size size, int error) {
  const Size before = map.size();
  std::byte* const data = map.data();
  data[before - 1] = std::byte{'z'};
  const auto resized = map.resize(size);
  if (resized || resized.error() != system_error(error)) return 10;
  if (map.size() != before || fs::file_size(path) != before) return 11;
  if (map.data() != data || data[before - 1] != std::byte{'z'}) return 12;
  data[before - 1] = std::byte{'y'};
  return last_byte_of(path) == 'y' ? 0 : 13;
}

TEST_F(FileMaps, ResizeLeavesAllAsItWasWhenTheFileMayNotGrow) {
  EXPECT_EQ(0, in_child([this] {
              auto map = MakeFile::make(path_, 10'001);
              if (!map || !limit_file_size(1U << 20U)) return 1;
              if (const int failed = resize_fails(*map, path_, 2U << 20U, EFBIG); failed != 0) return failed;
              return map->resize(1U << 20U) ? 0 : 2;
            }));
}

TEST_F(FileMaps, ResizeLeavesAllAsItWasWhenTheMapMayNotGrow) {
  EXPECT_EQ(0, in_child([this] {
              auto map = MakeFile::make(path_, 8U << 20U);
              if (!map || !limit_address_space(1U << 20U)) return 1;
              if (const int failed = resize_fails(*map, path_, 16U << 20U, ENOMEM); failed != 0) return failed;
              if (const int failed = resize_fails(*map, path_, 4U << 20U, ENOMEM); failed != 0) return failed;
              return map->resize(10'000) ? 0 : 2;
            }));
}

TEST_F(FileMaps, FlushRefusesARangeOutsideTheFile) {
  const auto map = MakeFile::make(path_, 100);
  ASSERT_TRUE(map.has_value());
  EXPECT_EQ(error_of(map->flush({90, 11})), (Error{.code = ErrorCode::out_of_range, .asked = 101, .there = 100, .at = 90}));
  EXPECT_EQ(error_of(map->flush({0xffffffffU, 0xffffffffU})).asked, 0x1fffffffeU);
}

TEST_F(FileMaps, FlushReportsWhatTheSystemSays) {
  const auto map = MakeFile::make(path_, 100);
  ASSERT_TRUE(map.has_value());
  ASSERT_EQ(::munmap(map->data(), 100), 0);
  EXPECT_EQ(error_of(map->flush({0, 100})), system_error(ENOMEM));
}

TEST_F(FileMaps, MapTakes1To4294967295Bytes) {
  const auto map_file_of = [this](std::uint64_t size) {
    write_file(path_, "");
    fs::resize_file(path_, size);
    auto file = LockedFile::open(path_);
    EXPECT_EQ(file->size(), size);
    auto map = FileMap::map(std::move(file.value()));
    EXPECT_TRUE(!map || map->allow_writing().has_value());
    EXPECT_EQ(error_of(LockedFile::open(path_)).code, ErrorCode::in_use) << "mapped or not, the file stays with its owner";
    return map;
  };
  EXPECT_EQ(error_of(map_file_of(0)), (Error{.code = ErrorCode::file_too_small, .asked = 1, .there = 0}));
  EXPECT_EQ(error_of(map_file_of(0x100000000U)),
            (Error{.code = ErrorCode::file_too_large, .asked = 0xffffffffU, .there = 0x100000000U}));
  EXPECT_EQ(map_file_of(1)->size(), 1U);

  const auto largest = map_file_of(0xffffffffU);
  ASSERT_TRUE(largest.has_value());
  EXPECT_EQ(largest->size(), 0xffffffffU);
  largest->data()[0xfffffffeU] = std::byte{1};
  EXPECT_TRUE(largest->flush({0xfffffffeU, 1}).has_value());
}

}  // namespace
}  // namespace rarena::detail
