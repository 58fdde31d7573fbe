// The global operator new and delete, which count what is alive (crashes.hpp): code under test that is blocked and owns memory
// is unwound, so that memory does not grow with the executions. A program that replaces them itself keeps its own; what its
// blocked threads own is then not freed.
#include <cstdlib>
#include <new>

#include "crashes.hpp"

namespace {

template <class Allocate>
void* allocate(Allocate allocate_once) {
  for (;;) {
    if (void* memory = allocate_once()) {
      ++checker::living_allocations;
      return memory;
    }
    const std::new_handler make_room = std::get_new_handler();
    if (!make_room) throw std::bad_alloc{};
    make_room();
  }
}

void release(void* memory) noexcept {
  if (!memory) return;
  --checker::living_allocations;
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate([=] { return std::malloc(size == 0 ? 1 : size); });
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate([=] { return std::aligned_alloc(static_cast<std::size_t>(alignment), size == 0 ? 1 : size); });
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
