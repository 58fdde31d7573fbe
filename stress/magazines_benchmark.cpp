// What an allocation costs through a magazine. Google Benchmark; `--benchmark_filter` chooses.
//
//     fill/...     a buffer or an arena of 1 MiB is filled with objects of 32 bytes: std::pmr::monotonic_buffer_resource, a
//                  magazine as a resource, a magazine itself, the arena
//     churn/...    an allocation of 32 bytes and its free, by one thread and by two: the arena, a shared magazine
//
// The time of fill is that of all its allocations, with what makes everything empty again. It times; it is no test.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <memory_resource>
#include <vector>

#include "core/rarena.hpp"

namespace {

using namespace rarena;

constexpr std::size_t object = 32, objects = 32 * 1024, chunk = 64 * 1024;

// An arena whose pages have all been touched.
Arena touched_arena() {
  const auto arena = Arena::alloc({.capacity = (objects * object) + (1U << 16U), .freelist = Freelist::pessimistic}).value();
  (void)arena.alloc_bytes(arena.remaining()).value();
  return arena;
}

void fill_resource(std::pmr::memory_resource& resource) {
  for (std::size_t i = 0; i < objects; ++i) benchmark::DoNotOptimize(resource.allocate(object, 16));
}

void fill_monotonic(benchmark::State& state) {
  std::vector<std::byte> buffer(objects * object + 64);
  for (auto _ : state) {
    std::pmr::monotonic_buffer_resource resource(buffer.data(), buffer.size());
    fill_resource(resource);
  }
}
void fill_magazine_resource(benchmark::State& state) {
  auto arena = touched_arena();
  for (auto _ : state) {
    MagazineResource resource(arena, chunk);
    fill_resource(resource);
    arena.clear().value();
  }
}
template <class Source>
void fill_from(Source& source) {
  for (std::size_t i = 0; i < objects; ++i) {
    Offset offset = source.allocate(object, 16, Fill::none)->used.offset;
    benchmark::DoNotOptimize(offset);
  }
}
void fill_magazine(benchmark::State& state) {
  auto arena = touched_arena();
  for (auto _ : state) {
    auto magazine = arena.magazine(chunk).value();
    fill_from(magazine);
    arena.clear().value();
  }
}
void fill_arena(benchmark::State& state) {
  auto arena = touched_arena();
  for (auto _ : state) {
    fill_from(arena);
    arena.clear().value();
  }
}

template <class Source>
void churn_on(benchmark::State& state, const Source& source) {
  for (auto _ : state) {
    const Extent segment = source.allocate(object, 16, Fill::none)->segment;
    benchmark::DoNotOptimize(source.dealloc(segment.offset, segment.size));
  }
}
void churn_arena(benchmark::State& state) {
  static const Arena arena = touched_arena();
  churn_on(state, arena);
}
void churn_shared(benchmark::State& state) {
  static const Arena arena = touched_arena();
  static const SharedMagazine magazine = arena.sharded(chunk).value();
  churn_on(state, magazine);
}

BENCHMARK(fill_monotonic)->Name("fill/monotonic_buffer_resource");
BENCHMARK(fill_magazine_resource)->Name("fill/magazine as a resource");
BENCHMARK(fill_magazine)->Name("fill/magazine");
BENCHMARK(fill_arena)->Name("fill/arena");
BENCHMARK(churn_arena)->Name("churn/arena")->Threads(1)->Threads(2);
BENCHMARK(churn_shared)->Name("churn/shared magazine")->Threads(1)->Threads(2);

}  // namespace

BENCHMARK_MAIN();
