// Containers in an arena: every byte comes back, what they hold lies in it, and they are found again at another address.
#include "arena_allocator.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <boost/container/list.hpp>
#include <boost/container/map.hpp>
#include <boost/container/string.hpp>
#include <boost/container/vector.hpp>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "../handles/memory_resource.hpp"
#include "at.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

using Numbers = std::vector<std::uint64_t, ArenaAllocator<std::uint64_t>>;
using Text = std::basic_string<char, std::char_traits<char>, ArenaAllocator<char>>;
using Texts = std::vector<Text, ArenaAllocator<Text>>;
using Ages = boost::container::map<Text, int, std::less<>, ArenaAllocator<std::pair<const Text, int>>>;

constexpr const char* long_text = "a text that is too long for a string to hold inside itself";

static_assert(is_node_of_raw_pointers<std::_List_node<int>>() && is_node_of_raw_pointers<std::_Rb_tree_node<int>>());
static_assert(is_node_of_raw_pointers<std::__detail::_Hash_node<int, true>>());
static_assert(!is_node_of_raw_pointers<int>() && !is_node_of_raw_pointers<std::list<int>>() &&
              !is_node_of_raw_pointers<std::_List_node<int>*>());
static_assert(!std::is_trivially_copyable_v<ArenaAllocator<int>>);

class AllocatorTest : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, AllocatorTest, ::testing::ValuesIn(combinations()), combination_name);

TEST_P(AllocatorTest, AVectorGrowsAndGivesItsBytesBack) {
  run({.capacity = 64 * 1024}, [](const auto& arena) {
    {
      Numbers numbers(arena);
      for (std::uint64_t i = 0; i < 1000; ++i) numbers.push_back(i * i);
      for (std::uint64_t i = 0; i < 1000; ++i) ASSERT_EQ(numbers[i], i * i);
      numbers.insert(numbers.begin() + 500, {1, 2, 3});
      EXPECT_EQ(numbers[503], 500U * 500U);
      const Extent extent = extent_of(numbers);
      EXPECT_EQ(arena.get_pointer(extent.offset), reinterpret_cast<std::byte*>(numbers.data()));
      expect_exact(arena, extent.size);
    }
    expect_exact(arena, 0);
  });
}

TEST_P(AllocatorTest, ElementsThatAllocateDoSoInTheArena) {
  run({.capacity = 64 * 1024}, [](const auto& arena) {
    {
      Texts texts(arena);
      for (int i = 0; i < 50; ++i) texts.emplace_back(long_text);
      texts[7] = "short";
      texts.erase(texts.begin() + 20, texts.begin() + 30);
      for (const Text& text : texts) {
        const auto* const bytes = reinterpret_cast<const std::byte*>(text.data());
        EXPECT_TRUE(bytes >= arena.data() && bytes < arena.data() + arena.capacity());
        EXPECT_EQ(text.get_allocator(), texts.get_allocator());
      }
      EXPECT_EQ(texts[8], long_text);
    }
    expect_exact(arena, 0);
  });
}

TEST_P(AllocatorTest, ADequeComesAndGoes) {
  run({.capacity = 64 * 1024}, [](const auto& arena) {
    {
      std::deque<int, ArenaAllocator<int>> numbers(arena);
      for (int i = 0; i < 1000; ++i) i % 3 == 0 ? numbers.push_front(i) : numbers.push_back(i);
      while (numbers.size() > 500) numbers.pop_front();
      EXPECT_EQ(numbers.back(), 998);
    }
    expect_exact(arena, 0);
  });
}

TEST_P(AllocatorTest, ContainersOfBoostComeAndGo) {
  run({.capacity = 64 * 1024}, [](const auto& arena) {
    {
      Ages ages(arena);
      for (int i = 0; i < 100; ++i) ages.emplace(Text(std::to_string(i * 37 % 100), ages.get_allocator()), i);
      for (int i = 0; i < 100; i += 2) ages.erase(ages.find(std::to_string(i).c_str()));
      EXPECT_EQ(ages.size(), 50U);
      EXPECT_EQ(ages.find("37")->second, 1);
      boost::container::list<int, ArenaAllocator<int>> list(arena);
      for (int i = 0; i < 20; ++i) list.push_front(i);
      list.sort();
      EXPECT_EQ(list.back(), 19);
    }
    expect_exact(arena, 0);
  });
}

TEST_P(AllocatorTest, PaddingAndSlackAreGivenUpAtOnce) {
  struct alignas(64) Wide {
    char bytes[64];
  };
  run({.capacity = 4096, .maximum_alignment = 64}, [](const auto& arena) {
    const Extent odd = take(arena, 3);
    {
      std::vector<Wide, ArenaAllocator<Wide>> wide(3, arena);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(wide.data()) % 64, 0U);
      expect_exact(arena, odd.size + 3 * sizeof(Wide));
    }
    expect_exact(arena, odd.size);
  });
}

TEST_P(AllocatorTest, AFullArenaSaysWhy) {
  run({}, [](const auto& arena) {
    Numbers numbers(arena);
    try {
      numbers.resize(1000);
      ADD_FAILURE() << "expected BadAlloc";
    } catch (const BadAlloc& bad) {
      EXPECT_EQ(bad.error().code, ErrorCode::insufficient_space);
      EXPECT_EQ(bad.error().asked, 8000U);
      EXPECT_STREQ(bad.what(), name(ErrorCode::insufficient_space));
    }
    ArenaAllocator<std::uint64_t> allocator(arena);
    EXPECT_THROW((void)allocator.allocate(~std::size_t{0} / 4), BadAlloc) << "no product wraps";
    expect_exact(arena, 0);
  });
}

TEST(ArenaAllocator, AnAlignmentThatTheArenaDoesNotOfferIsAnError) {
  struct alignas(4096) Page {
    char bytes[4096];
  };
  const auto arena = value_of(Arena::alloc({.capacity = 64 * 1024}));
  try {
    const std::vector<Page, ArenaAllocator<Page>> pages(1, arena);
    ADD_FAILURE() << "expected BadAlloc";
  } catch (const BadAlloc& bad) {
    EXPECT_EQ(bad.error().code, ErrorCode::alignment_too_large);
  }
}

TEST(ArenaAllocator, MakesSingleObjects) {
  struct Throws {
    Throws() { throw 7; }
  };
  const auto arena = value_of(Arena::alloc({.capacity = 4096}));
  ArenaAllocator<int> allocator(arena);
  Text* const text = allocator.new_object<Text>(long_text);
  EXPECT_EQ(*text, long_text);
  EXPECT_EQ(text->get_allocator(), allocator);
  allocator.delete_object(text);
  EXPECT_THROW((void)allocator.new_object<Throws>(), int);
  expect_exact(arena, 0);
}

TEST(ArenaAllocator, ARebuildIsToldWhatContainersHold) {
  auto arena = value_of(Arena::alloc({.capacity = 4096}));
  const Text inside("short", arena);
  EXPECT_TRUE(extent_of(inside).empty()) << "it has allocated nothing";
  const Text outside(long_text, arena);
  const Numbers numbers({1, 2, 3}, arena), none(arena);
  take(arena, 100);
  const std::vector<Extent> live{extent_of(inside), extent_of(outside), extent_of(numbers), extent_of(none)};
  ASSERT_TRUE(arena.rebuild(live));
  expect_exact(arena, std::uint64_t{live[1].size} + live[2].size);
  EXPECT_EQ(outside, long_text);
}

TEST(ArenaAllocator, IsEqualIfTheArenaIs) {
  const auto arena = value_of(Arena::alloc({})), other = value_of(Arena::alloc({}));
  const ArenaAllocator<int> one(arena), copy(one);
  const ArenaAllocator<char> same(one);
  EXPECT_EQ(one, copy);
  EXPECT_EQ(one, same);
  EXPECT_NE(one, ArenaAllocator<int>(other));
}

TEST(ArenaAllocator, AContainerKeepsItsArenaWhenItIsAssigned) {
  const auto arena = value_of(Arena::alloc({.capacity = 4096})), other = value_of(Arena::alloc({.capacity = 4096}));
  {
    Numbers here({1, 2, 3}, arena), there({4, 5, 6}, other);
    here = std::move(there);
    EXPECT_EQ(here.get_allocator(), ArenaAllocator<int>(arena));
    EXPECT_EQ(here, (Numbers({4, 5, 6}, arena)));
    there = here;
    EXPECT_EQ(there.get_allocator(), ArenaAllocator<int>(other));
  }
  expect_exact(arena, 0);
  expect_exact(other, 0);
}

TEST(ArenaAllocator, OfAnArenaThatHasBeenClosedGivesNothing) {
  auto arena = value_of(Arena::alloc({}));
  ArenaAllocator<int> allocator(arena);
  ASSERT_TRUE(arena.close());
  try {
    (void)allocator.allocate(1);
    ADD_FAILURE() << "expected BadAlloc";
  } catch (const BadAlloc& bad) {
    EXPECT_EQ(bad.error(), (Error{.code = ErrorCode::arena_not_open}));
  }
}

TEST(ArenaAllocator, ResourcesSayWhyToo) {
  const auto arena = value_of(Arena::alloc({}));
  MemoryResource resource(arena);
  std::pmr::vector<char> bytes(&resource);
  try {
    bytes.resize(5000);
    ADD_FAILURE() << "expected BadAlloc";
  } catch (const BadAlloc& bad) {
    EXPECT_EQ(bad.error().code, ErrorCode::insufficient_space);
  }
}

TEST(ArenaAllocator, MisuseIsReportedInACheckedBuild) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  auto arena = value_of(Arena::alloc({.capacity = 4096}));
  const auto outlive_a_clear = [&] {
    const Numbers numbers(10, 0, arena);
    (void)arena.clear();
  };
  const auto outlive_the_arena = [&] {
    const Numbers numbers(10, 0, arena);
    (void)arena.close();
  };
  EXPECT_DEATH(outlive_a_clear(), "gives back what is not live");
  EXPECT_DEATH(outlive_the_arena(), "has outlived its arena");
}

// Everything a file can hold, and where it is.
struct Library {
  explicit Library(const Arena& arena) : numbers(arena), titles(arena), shelf(arena), years(arena), deque(arena) {}
  Numbers numbers;
  Texts titles;
  boost::container::vector<int, ArenaAllocator<int>> shelf;
  Ages years;
  std::deque<int, ArenaAllocator<int>> deque;
};

void fill_library(Library& library) {
  for (std::uint64_t i = 0; i < 100; ++i) library.numbers.push_back(i);
  library.titles.assign({Text("short", library.titles.get_allocator()), Text(long_text, library.titles.get_allocator())});
  library.shelf.assign(10, 4);
  for (const char* const name : {"Knuth", "Lamport", "Dijkstra"})
    library.years.emplace(Text(name, library.years.get_allocator()), 1968);
  for (int i = 0; i < 300; ++i) library.deque.push_front(i);
}

void expect_library(const Library& library, std::size_t titles) {
  EXPECT_EQ(library.numbers.size(), 100U);
  EXPECT_EQ(library.numbers[99], 99U);
  ASSERT_EQ(library.titles.size(), titles);
  EXPECT_EQ(library.titles[0], "short");
  EXPECT_EQ(library.titles[1], long_text);
  EXPECT_EQ(library.shelf[9], 4);
  EXPECT_EQ(library.years.find("Lamport")->second, 1968);
  EXPECT_EQ(library.years.find("Turing"), library.years.end());
  EXPECT_EQ(library.deque[299], 0);
}

TEST(ArenaAllocator, ContainersAreFoundAgainAtAnotherAddress) {
  const TemporaryFolder folder;
  const auto path = folder.file("arena");
  constexpr std::size_t capacity = 64 * 1024;
  Extent segment;
  void* before = nullptr;
  {
    const auto arena = value_of(Arena::map_mut(path, {.capacity = capacity, .create_new = true}));
    auto library = value_of(arena.alloc<Library>(arena));
    fill_library(*library);
    segment = library.detach();
    before = arena.data();
  }
  // Nothing else may be mapped there now.
  void* const taken =
      ::mmap(before, capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);
  {
    const auto arena = value_of(Arena::map_mut(path, {}));
    ASSERT_NE(static_cast<void*>(arena.data()), before);
    Library& library = *value_of(arena.at<Library>(segment.offset));
    expect_library(library, 2);
    library.titles.emplace_back(long_text);
    library.numbers.reserve(5000);
  }
  {
    const auto reader = value_of(Arena::map(path, {}));
    expect_library(*value_of(reader.at<const Library>(segment.offset)), 3);
  }
  const auto arena = value_of(Arena::map_mut(path, {}));
  {
    const auto library = value_of(arena.adopt<Library>(segment));
  }
  expect_exact(arena, 0);
  if (taken != MAP_FAILED) ::munmap(taken, capacity);
}

TEST(ArenaAllocator, ContainersFollowAFileThatGrows) {
  const TemporaryFolder folder;
  auto arena = value_of(Arena::map_mut(folder.file("arena"), {.capacity = 8192, .create_new = true}));
  const Extent segment = value_of(arena.alloc<Numbers>(Numbers(100, 7, arena), arena)).detach();
  ASSERT_TRUE(arena.truncate(1 << 20U));
  Numbers& numbers = *value_of(arena.at<Numbers>(segment.offset));
  numbers.resize(20000, 8);
  EXPECT_EQ(numbers[99], 7U);
  EXPECT_EQ(numbers[19999], 8U);
}

}  // namespace
}  // namespace rarena::detail
