// Tests of the contract of all backings, and of each of them.
#include "memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cstdint>
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

namespace rarena {
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
    auto file = LockedFile::create_new(path, capacity);
    if (!file) return std::unexpected(file.error());
    return FileMap::map(std::move(*file));
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

// Leaves this process 64 MiB of address space more than it has.
bool limit_address_space() {
  const std::uint64_t pages = std::stoull("0" + content_of("/proc/self/statm"));  // the first number
  const rlimit limit{pages * page_size() + (64U << 20U), RLIM_INFINITY};
  return pages != 0 && ::setrlimit(RLIMIT_AS, &limit) == 0;
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
}  // namespace rarena
