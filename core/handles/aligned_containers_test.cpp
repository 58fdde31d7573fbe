// What std::pmr has beside containers (monotonic buffers, pools), and containers of types that are aligned further than any
// granule, on every resource over every kind of arena: nothing of an arena is lost in the long run, to the byte. And why a
// container got no memory, as its user sees it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory_resource>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "memory_resource.hpp"
#include "thread_magazine.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;
using Upstream = std::pmr::memory_resource;

constexpr Size chunk_of_resources = 4096;

template <std::size_t Alignment>
struct alignas(Alignment) Aligned {
  std::uint64_t value = 0;
  bool is_aligned() const { return reinterpret_cast<std::uintptr_t>(this) % Alignment == 0; }
  friend bool operator<(const Aligned& a, const Aligned& b) { return a.value < b.value; }
};
using CacheLine = Aligned<64>;
using WholePage = Aligned<4096>;

// Uses each resource of the arena in turn, and demands that the arena is empty after each.
template <WordStore Store, class Use>
void with_each_resource(const BasicArena<Store>& arena, Use use) {
  const auto with = [&]<class Resource>(std::type_identity<Resource>, auto... bytes) {
    {
      Resource resource(arena, bytes...);
      use(resource);
    }
    expect_exact(arena, 0);
  };
  with(std::type_identity<BasicMemoryResource<Store>>());
  with(std::type_identity<BasicMagazineResource<Store>>(), chunk_of_resources);
  with(std::type_identity<BasicSharedMagazineResource<Store>>(), chunk_of_resources);
  if constexpr (std::is_same_v<Store, AtomicStore>) with(std::type_identity<ThreadMagazineResource>(), chunk_of_resources);
}

// What an arena has lost: bytes that are in no list, although nobody has them. Lists of an arena without one are its counter.
template <class A>
void expect_nothing_discarded(const A& arena) {
  EXPECT_TRUE(arena.freelist() == Freelist::none || arena.discarded() == 0) << arena.discarded();
}

template <class Container>
void expect_aligned(const Container& container) {
  for (const auto& element : container) EXPECT_TRUE(element.is_aligned());
}

// Every container of the standard library that allocates elements one by one or in rows.
template <class T>
void fill_and_empty_containers(Upstream& resource, unsigned count) {
  std::pmr::vector<T> vector(&resource);
  std::pmr::deque<T> deque(&resource);
  std::pmr::list<T> list(&resource);
  std::pmr::map<unsigned, T> map(&resource);
  for (unsigned i = 0; i < count; ++i) {
    vector.push_back({.value = i});
    deque.push_front({.value = i});
    list.push_back({.value = i});
    map[i * 7 % count] = {.value = i};
  }
  expect_aligned(vector);
  expect_aligned(deque);
  expect_aligned(list);
  for (const auto& [key, element] : map) EXPECT_TRUE(element.is_aligned() && element.value * 7 % count == key);
  for (unsigned i = 0; i < count; i += 2) map.erase(i);
  list.remove_if([](const T& element) { return element.value % 2 == 0; });
  vector.shrink_to_fit();
  EXPECT_EQ(list.size(), map.size());
}

class ResourcesOfEveryArena : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, ResourcesOfEveryArena, ::testing::ValuesIn(combinations()), combination_name);

TEST_P(ResourcesOfEveryArena, ServeOverAlignedContainers) {
  run({.capacity = 16 * 1024 * 1024}, [](const auto& arena) {
    with_each_resource(arena, [&](Upstream& resource) {
      fill_and_empty_containers<CacheLine>(resource, 50);
      fill_and_empty_containers<WholePage>(resource, 12);
      fill_and_empty_containers<Aligned<65536>>(resource, 2);
      EXPECT_THROW((void)resource.allocate(16, std::size_t{1} << 25U), BadAlloc) << "more than the arena has";
      EXPECT_THROW((void)resource.allocate(16, std::size_t{1} << 32U), BadAlloc);
      EXPECT_THROW((void)resource.allocate(std::size_t{1} << 40U, 65536), BadAlloc);
    });
    expect_nothing_discarded(arena);
  });
}

TEST_P(ResourcesOfEveryArena, ServeMonotonicBuffersAndPools) {
  run({.capacity = 16 * 1024 * 1024}, [](const auto& arena) {
    with_each_resource(arena, [](Upstream& resource) {
      std::pmr::monotonic_buffer_resource buffer(256, &resource);
      std::pmr::unsynchronized_pool_resource pool({.max_blocks_per_chunk = 64}, &resource);
      std::pmr::synchronized_pool_resource shared_pool({.largest_required_pool_block = 512}, &resource);
      for (Upstream* const over :
           {static_cast<Upstream*>(&buffer), static_cast<Upstream*>(&pool), static_cast<Upstream*>(&shared_pool)})
        fill_and_empty_containers<CacheLine>(*over, 50);
      buffer.release();
      pool.release();
    });
    expect_nothing_discarded(arena);
  });
}

// One by one: requests of every small size and alignment, as a mix of containers makes them.
struct Piece {
  void* bytes = nullptr;
  std::size_t size = 0, alignment = 1;
};

void give_back_piece(Upstream& resource, const Piece& piece) {
  if (piece.bytes != nullptr) resource.deallocate(piece.bytes, piece.size, piece.alignment);
}

void come_and_go(Upstream& resource, unsigned operations, std::uint64_t seed) {
  Random random(seed);
  std::vector<Piece> pieces(200);
  for (unsigned i = 0; i < operations; ++i) {
    Piece& piece = pieces[random.below(200)];
    give_back_piece(resource, std::exchange(piece, {}));
    const std::size_t size = random.below(300), alignment = std::size_t{1} << random.below(7);
    piece = {resource.allocate(size, alignment), size, alignment};
  }
  for (const Piece& piece : pieces) give_back_piece(resource, piece);
}

class ResourcesInTheLongRun : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, ResourcesInTheLongRun,
                         ::testing::ValuesIn(std::vector<Combination>{{true, Kind::heap, Freelist::pessimistic},
                                                                      {true, Kind::map_unified, Freelist::optimistic},
                                                                      {false, Kind::heap, Freelist::optimistic},
                                                                      {false, Kind::map_unified, Freelist::pessimistic}}),
                         combination_name);

TEST_P(ResourcesInTheLongRun, LoseNoByte) {
  const std::uint64_t seed = test_seed();
  run({.capacity = 1024 * 1024}, [&](const auto& arena) {
    with_each_resource(arena, [&](Upstream& resource) { come_and_go(resource, 100'000, seed); });
    EXPECT_EQ(arena.discarded(), 0U);
  });
}

// The accounts see it where a resource keeps slack to itself, as one does that gives back less than it was given.
TEST_P(ResourcesInTheLongRun, LostSlackIsSeen) {
  class Forgetful : public Upstream {
   public:
    explicit Forgetful(Upstream& resource) : resource_(resource) {}

   private:
    void* do_allocate(std::size_t size, std::size_t alignment) override {
      return resource_.allocate(std::max<std::size_t>(size, 1) + 16, alignment);
    }
    void do_deallocate(void* bytes, std::size_t size, std::size_t alignment) override {
      resource_.deallocate(bytes, size, alignment);
    }
    bool do_is_equal(const Upstream& other) const noexcept override { return this == &other; }
    Upstream& resource_;
  };
  run({.capacity = 1024 * 1024}, [](const auto& arena) {
    {
      BasicMemoryResource resource(arena);
      Forgetful forgetful(resource);
      come_and_go(forgetful, 10, 1);
    }
    expect_exact(arena, 10 * 16);
  });
}

// What the user of a container reads: what it asked for, what the largest piece has, and what is free in all.
TEST_P(ResourcesOfEveryArena, SayWhyAContainerGotNoMemory) {
  run({.capacity = 256 * 1024}, [](const auto& arena) {
    with_each_resource(arena, [&](Upstream& resource) {
      std::pmr::vector<char> text(&resource);
      const auto error = [&]() -> Error {
        try {
          text.resize(300'000);
        } catch (const BadAlloc& refusal) {
          EXPECT_STREQ(refusal.what(), "insufficient space");
          return refusal.error();
        }
        return {};
      }();
      std::uint64_t free = arena.remaining();
      Size largest = arena.remaining();
      for (const Extent segment : arena.free_segments()) {
        free += segment.size;
        largest = std::max(largest, segment.size);
      }
      EXPECT_EQ(error, (Error{.code = ErrorCode::insufficient_space, .asked = 300'000, .there = largest, .at = free}));
      EXPECT_TRUE(text.empty());
      text.resize(1000);  // it goes on
    });
  });
}

}  // namespace
}  // namespace rarena::detail
