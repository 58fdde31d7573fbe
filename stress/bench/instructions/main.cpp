// bench_instructions N: the fast paths of the arena, N times each, each in a function of its own whose instructions callgrind
// counts. One operation has (count of 2 N - count of N) / N. rarena_lab/instructions.py runs it, limits.json has what each may
// take. It is compiled as a user compiles, whatever the rest of the build is.
//
//     bump_allocate, bump_bytes, bump_zeroed    64 bytes from the cursor: the primitive; with a handle, which is detached; with
//                                               a handle and zeroed
//     top_allocate, top_bytes                   the same, and given back to the cursor at once
//     planted                                   two operations of bump_allocate instead of one: a count that must be too high
//
// Thread safety: one thread.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/rarena.hpp"

namespace {

using rarena::Arena;
using rarena::Fill;

constexpr std::size_t size = 64;

// Whatever made the value is not left out.
template <class T>
[[gnu::always_inline]] inline void keep(T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

[[gnu::always_inline]] inline void allocate(const Arena& arena) {
  auto given = arena.allocate(size, 1, Fill::none);
  keep(given);
}

[[gnu::always_inline]] inline void bytes(const Arena& arena, Fill fill) {
  auto given = arena.alloc_bytes(size, fill);
  keep(given);
  if (given) (void)given->detach();
}

}  // namespace

// Their names are what callgrind knows them by.
extern "C" {

[[gnu::noinline]] void measured_bump_allocate(const Arena& arena, std::size_t operations) {
  for (std::size_t i = 0; i < operations; ++i) allocate(arena);
}

[[gnu::noinline]] void measured_bump_bytes(const Arena& arena, std::size_t operations) {
  for (std::size_t i = 0; i < operations; ++i) bytes(arena, Fill::none);
}

[[gnu::noinline]] void measured_bump_zeroed(const Arena& arena, std::size_t operations) {
  for (std::size_t i = 0; i < operations; ++i) bytes(arena, Fill::zero);
}

[[gnu::noinline]] void measured_top_allocate(const Arena& arena, std::size_t operations) {
  for (std::size_t i = 0; i < operations; ++i) {
    auto given = arena.allocate(size, 1, Fill::none);
    keep(given);
    if (given) (void)arena.dealloc(given->segment.offset, given->segment.size);
  }
}

[[gnu::noinline]] void measured_top_bytes(const Arena& arena, std::size_t operations) {
  for (std::size_t i = 0; i < operations; ++i) {
    auto given = arena.alloc_bytes(size, Fill::none);
    keep(given);
  }
}

[[gnu::noinline]] void measured_planted(const Arena& arena, std::size_t operations) {
  for (std::size_t i = 0; i < operations; ++i) {
    allocate(arena);
    allocate(arena);
  }
}
}

int main(int count, char** words) {
  const std::size_t operations = count == 2 ? std::strtoul(words[1], nullptr, 10) : 0;
  auto arena = Arena::map_anon({.capacity = 8 * operations * size + (1U << 20U), .freelist = rarena::Freelist::pessimistic});
  if (operations == 0 || !arena) {
    std::fputs("usage: bench_instructions N\n", stderr);
    return 2;
  }
  measured_bump_allocate(*arena, operations);
  measured_bump_bytes(*arena, operations);
  measured_bump_zeroed(*arena, operations);
  measured_top_allocate(*arena, operations);
  measured_top_bytes(*arena, operations);
  measured_planted(*arena, operations);
  // What was refused would be too cheap: everything that is not given back is there.
  return arena->allocated() >= 5 * operations * size ? 0 : 1;
}
