// What an arena says of itself, its bytes as they are got, and the options that are about pages.
#include "properties.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <concepts>
#include <cstring>
#include <future>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../memory/memory_test_support.hpp"
#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class Properties : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, Properties, ::testing::ValuesIn(combinations()), combination_name);

TEST_P(Properties, SayWhatKindOfMemoryItIs) {
  run({}, [](const auto& arena) {
    const Kind kind = GetParam().kind;
    const bool heap = kind == Kind::heap || kind == Kind::heap_unified, file = kind == Kind::file;
    EXPECT_EQ(arena.is_map(), !heap);
    EXPECT_EQ(arena.is_map_anon(), !heap && !file);
    EXPECT_EQ(arena.is_map_file(), file);
    EXPECT_EQ(arena.is_on_disk(), file);
    EXPECT_EQ(arena.is_in_memory(), !file);
    EXPECT_FALSE(arena.read_only());
    EXPECT_EQ(arena.page_size(), static_cast<std::size_t>(::getpagesize()));
  });
}

TEST_P(Properties, PointersAndOffsetsAreTheSamePlaces) {
  run({}, [](const auto& arena) {
    for (const Size offset : {Size{0}, Size{1}, arena.data_offset(), arena.capacity() - 1, arena.capacity()})
      EXPECT_EQ(arena.offset(arena.get_pointer(offset)), offset);
    int elsewhere = 0;
    for (const void* const pointer :
         {static_cast<const void*>(arena.data() - 1), static_cast<const void*>(nullptr),
          static_cast<const void*>(arena.data() + arena.capacity() + 1), static_cast<const void*>(&elsewhere)})
      EXPECT_EQ(error_of(arena.offset(pointer)).code, ErrorCode::out_of_range) << pointer;
  });
}

TEST_P(Properties, TheMemoryIsAllOfItAndWhatIsAllocatedEndsAtTheCursor) {
  run({.reserved = 5}, [](const auto& arena) {
    const Extent segment = take(arena, 30);
    EXPECT_EQ(arena.memory().data(), arena.data());
    EXPECT_EQ(arena.memory().size(), arena.capacity());
    EXPECT_EQ(arena.allocated_memory().data(), arena.data());
    EXPECT_EQ(arena.allocated_memory().size(), segment.end());
  });
}

TEST_P(Properties, AllocatedBytesAreGotForWriting) {
  run({}, [](const auto& arena) {
    const Extent segment = take(arena, 40);
    const std::span<std::byte> bytes = value_of(arena.get_bytes_mut(segment.offset, segment.size));
    EXPECT_EQ(bytes.data(), arena.data() + segment.offset);
    EXPECT_EQ(bytes.size(), 40U);
    EXPECT_EQ(error_of(arena.get_bytes_mut(segment.offset, 41)), arena.get_bytes(segment.offset, 41).error());
    EXPECT_EQ(error_of(arena.get_bytes_mut(arena.data_offset() - 1, 2)).code, ErrorCode::out_of_range);
    EXPECT_TRUE(value_of(arena.get_bytes_mut(~std::uint64_t{0}, 0)).empty());
  });
}

TEST_P(Properties, PointersToObjectsAreAligned) {
  run({.descriptor_reserve = 0}, [](const auto& arena) {
    take(arena, 3);
    const Allocation got = value_of(arena.allocate(8, 8, Fill::none));
    take(arena, 3);  // an object that lay behind it would not fit
    const std::uint64_t number = 0x1122334455667788;
    std::memcpy(arena.get_pointer(got.used.offset), &number, sizeof number);
    for (Offset offset = got.used.offset - 3; offset <= got.used.offset; ++offset) {
      EXPECT_EQ(*value_of(arena.template get_aligned_pointer<std::uint64_t>(offset)), number);
      EXPECT_EQ(*value_of(arena.template get_aligned_pointer<const std::uint64_t>(offset)), number);
    }
    for (const std::uint64_t offset : {std::uint64_t{got.used.offset} + 1, ~std::uint64_t{0}, std::uint64_t{0}})
      EXPECT_EQ(error_of(arena.template get_aligned_pointer<std::uint64_t>(offset)).code, ErrorCode::out_of_range) << offset;
    struct alignas(8192) Wide {};
    const Error refused = error_of(arena.template get_aligned_pointer<Wide>(got.used.offset));
    EXPECT_EQ(refused, (Error{.code = ErrorCode::alignment_too_large, .asked = 8192, .there = arena.maximum_alignment()}));
  });
}

// A checksumer whose digest is what it was fed.
class Fed {
 public:
  void update(std::span<const std::byte> bytes) { all_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); }
  std::string digest() const { return all_; }

 private:
  std::string all_;
};

template <class A>
Extent painted_piece(const A& arena, Size size, char color) {
  const Extent segment = take(arena, size);
  paint(arena, segment, static_cast<unsigned char>(color));
  return segment;
}

TEST_P(Properties, AChecksumIsThatOfTheAllocatedBytes) {
  run({.capacity = 20'000, .reserved = 20}, [](auto arena) {
    EXPECT_EQ(arena.checksum(Fed()), "");
    const Extent first = painted_piece(arena, 300, 'a'), second = painted_piece(arena, 40, 'b'),
                 gap = painted_piece(arena, 64, 'x');
    const Extent third = painted_piece(arena, 50, 'c');
    const std::string live = std::string(300, 'a') + std::string(40, 'b');
    const std::string all = live + std::string(64, 'x') + std::string(50, 'c');
    EXPECT_EQ(arena.checksum(Fed()), all);
    arena.reserved_bytes()[0] = std::byte{1};
    EXPECT_EQ(arena.checksum(Fed()), all);
    *arena.get_pointer(second.offset) = std::byte{'q'};
    EXPECT_NE(arena.checksum(Fed()), all);
    *arena.get_pointer(second.offset) = std::byte{'b'};
    give(arena, gap);
    const bool discards = arena.freelist() == Freelist::none;
    EXPECT_EQ(arena.checksum(Fed()), discards ? all : live + std::string(50, 'c'));
    EXPECT_TRUE(arena.compact_freelist());
    EXPECT_EQ(arena.checksum(Fed()), discards ? all : live + std::string(50, 'c')) << "whatever becomes of the lists";
    give(arena, third);
    EXPECT_EQ(arena.checksum(Fed()), discards ? live + std::string(64, 'x') : live);
    give(arena, first);
    EXPECT_EQ(arena.checksum(Fed()).size(), discards ? 404U : 40U);
  });
}

TEST(Checksums, AreTheSameAfterTheNextOpening) {
  const TemporaryFolder folder;
  std::string before;
  {
    const auto arena = value_of(Arena::map_mut(folder.file("arena"), {.capacity = 20'000, .create = true}));
    std::vector<Extent> segments;
    for (char color = 'a'; color <= 'z'; ++color) segments.push_back(painted_piece(arena, 60, color));
    for (std::size_t i = 0; i < 26; i += 2) give(arena, segments[i]);
    before = arena.checksum(Fed());
  }
  EXPECT_EQ(before.size(), 13U * 60U);
  EXPECT_EQ(value_of(Arena::map(folder.file("arena"), {})).checksum(Fed()), before);
  auto arena = value_of(Arena::map_mut(folder.file("arena"), {}));
  EXPECT_EQ(arena.recovery().opening, Recovery::Opening::clean);
  EXPECT_EQ(arena.checksum(Fed()), before);
  EXPECT_TRUE(arena.compact_freelist());
  EXPECT_EQ(arena.checksum(Fed()), before);
}

TEST_P(Properties, AHeaderIsFlushedAlone) {
  run({}, [](const auto& arena) {
    take(arena, 10);
    EXPECT_TRUE(arena.flush_header());
  });
}

// The C++ form of asynchronous flushes.
TEST_P(Properties, FlushesMayBeWaitedForElsewhere) {
  const auto when = GetParam().concurrent ? std::launch::async : std::launch::deferred;  // or one thread at a time
  run({}, [&](const auto& arena) {
    const Extent segment = take(arena, 100);
    auto flushed = std::async(when, [&] { return arena.flush_range(segment.offset, segment.size); });
    take(arena, 10);
    EXPECT_TRUE(flushed.get());
    EXPECT_FALSE(std::async(when, [&] { return arena.flush_range(0, arena.capacity()); }).get());
  });
}

// Options that are looked at before anything is made.

static_assert(Options{.capacity = 1024}.data_offset() == 1);
static_assert(Options{.capacity = 1024}.data_offset_unify() == 112);
static_assert(Options{.capacity = 1024, .unify = true}.data_offset() == 112);
static_assert(Options{.capacity = 1}.data_offset().error().code == ErrorCode::capacity_too_small);

TEST_P(Properties, TheDataOffsetIsKnownBeforehand) {
  for (const Size reserved : {0U, 9U}) {
    for (const Size capacity : {1024U, 20'000U, 1U << 20U}) {
      if (GetParam().kind == Kind::file && (reserved == 0 || capacity != 20'000)) continue;  // one file per folder
      Options options{.capacity = capacity, .reserved = reserved};
      run(options, [&](const auto& arena) {
        options.freelist = GetParam().freelist;
        options.unify = GetParam().kind == Kind::heap_unified || GetParam().kind == Kind::map_unified;
        const auto expected = GetParam().kind == Kind::file ? options.data_offset_unify() : options.data_offset();
        EXPECT_EQ(expected, arena.data_offset());
        options.index = 2000;
        if (capacity > 2000 && options.freelist != Freelist::none) {
          EXPECT_NE(options.data_offset(), Size{0});
        }
      });
    }
  }
}

template <class A, class... Arguments>
concept TakesWithoutAType = requires(const A& arena, Arguments... arguments) { arena.alloc(arguments...); };
// Options make an arena; nothing else is taken for them, and objects need their type.
static_assert(TakesWithoutAType<Arena, Options>);
static_assert(!TakesWithoutAType<Arena, int> && !TakesWithoutAType<Arena, unsigned, unsigned> && !TakesWithoutAType<Arena>);
static_assert(!std::convertible_to<Options, Arena> && !std::constructible_from<Arena, Options>);

// A factory has nothing to do with the object that it is called through, and its result is not to be dropped.
TEST(FactoriesThroughAnObject, MakeAnotherArena) {
  const auto arena = value_of(Arena::alloc({.capacity = 200}));
  const Size before = arena.allocated();
  const auto other = value_of(arena.alloc({.capacity = 300}));  // NOLINT(readability-static-accessed-through-instance)
  EXPECT_NE(arena, other);
  EXPECT_EQ(arena.allocated(), before);
  EXPECT_EQ(arena.refs(), 1U);
}

// Pages.

// Bytes that this process has locked.
std::uint64_t locked_bytes() {
  const std::string status = content_of("/proc/self/status");
  return 1024 * std::stoull(status.substr(status.find("VmLck:") + 6));
}

// Sanitizers make mlock do nothing.
bool locks_are_real() {
  const auto before = locked_bytes();
  std::array<std::byte, 1> byte{};
  if (!lock_pages(byte.data(), 1)) return false;
  const bool real = locked_bytes() > before;
  EXPECT_TRUE(unlock_pages(byte.data(), 1));
  return real;
}

TEST_P(Properties, PagesAreLockedAndUnlocked) {
  const bool real = locks_are_real();
  run({.capacity = 20'000}, [&](const auto& arena) {
    const auto before = locked_bytes();
    EXPECT_TRUE(arena.mlock(0, arena.capacity()));
    EXPECT_TRUE(!real || locked_bytes() >= before + arena.capacity());
    EXPECT_TRUE(arena.munlock(0, arena.capacity()));
    EXPECT_EQ(locked_bytes(), before);
    for (const auto& [offset, size] :
         {std::pair{std::uint64_t{0}, std::uint64_t{20'001}}, {20'001, 0}, {1, ~std::uint64_t{0}}}) {
      EXPECT_EQ(error_of(arena.mlock(offset, size)).code, ErrorCode::out_of_range);
      EXPECT_EQ(error_of(arena.munlock(offset, size)).code, ErrorCode::out_of_range);
    }
    EXPECT_EQ(locked_bytes(), before);
  });
}

TEST_P(Properties, AHeaderIsLockedIfTheOptionsSaySo) {
  const bool real = locks_are_real();
  const auto before = locked_bytes();
  const bool heap = GetParam().kind == Kind::heap || GetParam().kind == Kind::heap_unified;
  run({.capacity = 20'000, .lock_meta = true}, [&](auto arena) {
    EXPECT_EQ(locked_bytes() > before, real && !heap) << "heap pages are shared with others";
    EXPECT_LE(locked_bytes(), before + 2 * page_size());
    if (GetParam().kind != Kind::file) return;
    EXPECT_TRUE(arena.truncate(1U << 20U));
    EXPECT_EQ(locked_bytes() > before, real) << "in the new map too";
    EXPECT_EQ(0, in_child([&] {
                if (locked_bytes() != 0 || !arena.take_over()) return 1;
                return (locked_bytes() > 0) == real ? 0 : 2;
              }));
  });
  EXPECT_EQ(locked_bytes(), before);
}

std::size_t resident_pages(std::span<const std::byte> memory) {
  std::vector<unsigned char> pages((memory.size() + page_size() - 1) / page_size());
  EXPECT_EQ(::mincore(const_cast<std::byte*>(memory.data()), memory.size(), pages.data()), 0);
  return static_cast<std::size_t>(std::ranges::count_if(pages, [](unsigned char page) { return (page & 1U) != 0; }));
}

TEST(Pages, ArePresentAtOnceIfTheOptionsSaySo) {
  constexpr Size capacity = 1U << 20U;
  const std::size_t all = capacity / page_size();
  const auto lazy = value_of(Arena::map_anon({.capacity = capacity}));
  const auto eager = value_of(Arena::map_anon({.capacity = capacity, .populate = true}));
  EXPECT_LE(resident_pages(lazy.memory()), all / 2);
  EXPECT_EQ(resident_pages(eager.memory()), all);
}

TEST(Pages, MayBeHugeWhereTheSystemHasSome) {
  for (const unsigned bits : {0U, 12U, 47U, 64U, 255U}) {
    const auto refused = Arena::map_anon({.huge = static_cast<std::uint8_t>(bits)});
    ASSERT_FALSE(refused) << bits;
    EXPECT_EQ(error_of(refused), system_error(EINVAL)) << bits;
  }
  const auto arena = Arena::map_anon({.capacity = 5'000'000, .huge = std::uint8_t{21}});
  if (!arena) {
    EXPECT_TRUE(arena.error() == system_error(ENOMEM) || arena.error() == system_error(EINVAL)) << arena.error().message();
    return;  // the system keeps none
  }
  EXPECT_EQ(arena->capacity(), 5'000'000U);
  EXPECT_TRUE(arena->allocate(arena->remaining(), 1));
}

// A file that is only read.
class ReadProperties : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto arena = value_of(Arena::map_mut(path, {.capacity = 20'000, .create = true}));
    segment = value_of(arena.allocate(64, 8)).used;
  }
  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
  Extent segment;
};

TEST_F(ReadProperties, SayThatItIsAFileThatIsNotWrittenTo) {
  for (const auto how : {Arena::map, Arena::map_copy_read_only, Arena::map_copy}) {
    const auto arena = value_of(how(path, {}));
    EXPECT_TRUE(arena.is_map() && arena.is_map_file() && !arena.is_map_anon());
    EXPECT_FALSE(arena.is_on_disk() || arena.is_in_memory());
    EXPECT_EQ(arena.read_only(), how != Arena::map_copy);
  }
}

TEST_F(ReadProperties, GiveBytesForReadingOnly) {
  const auto arena = value_of(Arena::map(path, {.lock_meta = true, .populate = true}));
  EXPECT_EQ(error_of(arena.get_bytes_mut(segment.offset, 1)).code, ErrorCode::read_only);
  EXPECT_EQ(error_of(arena.get_aligned_pointer<std::uint64_t>(segment.offset)).code, ErrorCode::read_only);
  EXPECT_EQ(*value_of(arena.get_aligned_pointer<const std::uint64_t>(segment.offset)), 0U);
  EXPECT_EQ(arena.get_bytes(segment.offset, 64).value().size(), 64U);
  EXPECT_TRUE(arena.flush_header());
  EXPECT_TRUE(arena.mlock(0, 1));
  EXPECT_TRUE(arena.munlock(0, 1));
}

}  // namespace
}  // namespace rarena::detail
