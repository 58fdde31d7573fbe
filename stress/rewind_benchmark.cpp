// What a rewind costs: the same whatever the capacity is and however much is allocated, if nothing was freed. Google
// Benchmark; `--benchmark_filter` chooses.
//
//     nothing_freed/C    100 bytes allocated and given up, in an arena of C MiB of which half is allocated
//     freed_below/N      the same above N free segments, of which none has changed
//     freed_topmost/N    the same, with 100 bytes more that were given back to the cursor
//     freed_above/N      the same, with one segment more freed above, so that the lists are looked at
//     clear/C            100 bytes allocated, and a clear
//
// Thread safety: one thread. It times; it is no test.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/rarena.hpp"

namespace {

using namespace rarena;

Arena make(std::uint64_t capacity) {
  return Arena::map_anon({.capacity = std::min<std::uint64_t>(capacity, 0xfffff000U)}).value();
}

enum class Freed : std::uint8_t { nothing, topmost, other };

void give_up_again(benchmark::State& state, Arena& arena, Freed freed) {
  const Size position = arena.allocated();
  for (auto _ : state) {
    if (freed != Freed::nothing) {
      const Extent segment = arena.allocate(100, 1, Fill::none).value().segment;
      if (freed == Freed::other) arena.allocate(100, 1, Fill::none).value();
      arena.dealloc(segment.offset, segment.size).value();
    }
    benchmark::DoNotOptimize(arena.allocate(100, 1, Fill::none).value());
    if (!arena.rewind(ArenaPosition::start(position))) return state.SkipWithError("a rewind has failed");
  }
}

void nothing_freed(benchmark::State& state) {
  Arena arena = make(static_cast<std::uint64_t>(state.range(0)) << 20U);
  arena.allocate(arena.remaining() / 2, 1, Fill::none).value();
  give_up_again(state, arena, Freed::nothing);
}

// An arena with n free segments of 32 to 95 bytes.
Arena with_free_segments(std::uint64_t n) {
  Arena arena = make(n * 128 + (1U << 20U));
  std::vector<Extent> free;
  for (std::uint64_t i = 0; i < n; ++i) {
    free.push_back(arena.allocate(32 + i * 37 % 64, 1, Fill::none).value().segment);
    arena.allocate(16, 1, Fill::none).value();
  }
  for (const Extent segment : free) arena.dealloc(segment.offset, segment.size).value();
  return arena;
}

void freed_below(benchmark::State& state) {
  Arena arena = with_free_segments(static_cast<std::uint64_t>(state.range(0)));
  give_up_again(state, arena, Freed::nothing);
}

void freed_topmost(benchmark::State& state) {
  Arena arena = with_free_segments(static_cast<std::uint64_t>(state.range(0)));
  give_up_again(state, arena, Freed::topmost);
}

void freed_above(benchmark::State& state) {
  Arena arena = with_free_segments(static_cast<std::uint64_t>(state.range(0)));
  give_up_again(state, arena, Freed::other);
}

void clear(benchmark::State& state) {
  Arena arena = make(static_cast<std::uint64_t>(state.range(0)) << 20U);
  for (auto _ : state) {
    benchmark::DoNotOptimize(arena.allocate(100, 1, Fill::none).value());
    if (!arena.clear()) return state.SkipWithError("a clear has failed");
  }
}

BENCHMARK(nothing_freed)->RangeMultiplier(16)->Range(1, 4096);
BENCHMARK(freed_below)->RangeMultiplier(10)->Range(100, 100'000);
BENCHMARK(freed_topmost)->RangeMultiplier(10)->Range(1, 100'000);
BENCHMARK(freed_above)->RangeMultiplier(10)->Range(100, 100'000);
BENCHMARK(clear)->RangeMultiplier(16)->Range(1, 4096);

}  // namespace

BENCHMARK_MAIN();
