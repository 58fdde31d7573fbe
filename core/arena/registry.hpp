// Registry: the arenas that this process can allocate from, by where their memory begins.
//
// An allocator that lies in a file knows only how far away the memory begins. Nothing in the file says which object of which
// process is the arena, because that would be a pointer of a process that may be gone. So it asks here.
//
// Thread safety: any number of threads. An arena is not asked for while it begins, ends or moves, as it is not used then.
// Progress: blocking, but only while an arena of this process begins, ends or moves; O(open arenas).
// Invariants: none of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>

#include "../freelist/free_segments.hpp"
#include "../layout/error.hpp"

namespace rarena::detail {

// An arena, without the type of its store.
struct OpenArena {
  const void* state = nullptr;
  std::expected<Allocation, Error> (*allocate)(const void* state, std::uint64_t size, std::uint64_t alignment) = nullptr;
  std::expected<void, Error> (*deallocate)(const void* state, Extent bytes) = nullptr;

  explicit operator bool() const { return state != nullptr; }
};

// The entry of one arena. It allocates nothing, and does not move.
class Registration {
 public:
  Registration() = default;
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { end(); }

  void begin(const std::byte* memory, const OpenArena& arena) noexcept;
  // The memory begins elsewhere from now on.
  void move_to(const std::byte* memory) noexcept;
  // Once more does nothing.
  void end() noexcept;

  // The arena whose memory begins there; none if there is none.
  static OpenArena find(const std::byte* memory) noexcept;

 private:
  const std::byte* memory_ = nullptr;  // nullptr: not registered
  OpenArena arena_;
  Registration* before_ = nullptr;
  Registration* behind_ = nullptr;
};

}  // namespace rarena::detail
