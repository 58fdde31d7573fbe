// ThreadMagazineResource: an arena as a std::pmr::memory_resource for any number of threads, each of which has a magazine of
// its own. A thread allocates from its magazine without atomics. What it gives back is its magazine's, if that handed it out
// last, and otherwise the arena's, whichever thread has allocated it.
//
// Which resource for containers of many threads:
//
//     MemoryResource            few allocations, or an arena that must lose no byte to chunks
//     SharedMagazineResource    many threads, or threads that live for a short time, or progress that must be lock-free: a
//                               chunk for each processor, and one CAS for each allocation
//     ThreadMagazineResource    few threads that live long and allocate often: a chunk for each thread, whether it is at work
//                               or not; no CAS, but a look at thread-local memory, and a lock where a thread begins and ends
//
// A thread gets its magazine at its first allocation. What it has not handed out goes back to the arena when the thread ends
// or the resource does, whichever is first. A thread that is past that (destructors of its own thread-local objects may be)
// uses the arena itself, and so does one whose magazine the heap has no room for.
//
// The end of a thread that has allocated is a use of the arena, too: it is joined before a rewind or clear, as every user is.
// The magazines follow those by themselves. Before a rebuild: give_back().
//
// In a process that does not own a file arena (fork) it allocates nothing. Of other memory a child of fork has a copy, in
// which the chunks of the threads that it has not got are lost, because they may have been at work. The calling thread's goes
// on.
//
// There is none in unsync: with one thread it is MagazineResource.
//
// Thread safety: allocate and deallocate from any number of threads; the others, and its end, only while nobody else is using
// it; a thread that has used it may end at any time. Progress: wait-free, O(1) within a chunk, otherwise as
// BasicArena::allocate and dealloc; the first allocation of a thread, and its end, block. Invariants: SEG-1 to SEG-3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <list>
#include <memory>
#include <utility>

#include "bytes.hpp"
#include "magazine.hpp"
#include "memory_resource.hpp"

namespace rarena {

namespace detail {

class ThreadMagazines;

// The last search of a thread. That it found nothing stays true until the thread makes one.
struct FoundMagazine {
  const ThreadMagazines* of = nullptr;
  Magazine* magazine = nullptr;
};

// The magazines of one resource. Its threads keep it, too, so that none takes another one for it that lies in its place.
class ThreadMagazines {
 public:
  // `bytes` as of BasicArena::magazine.
  explicit ThreadMagazines(std::uint64_t bytes) : bytes_(bytes) {}

  // The caller's; nullptr, if it has none.
  [[gnu::always_inline]] Magazine* mine() const { return last_.of == this ? last_.magazine : find(); }
  // The same, made if there is none: nullptr where there cannot be one.
  static Magazine* mine_or_new(const std::shared_ptr<ThreadMagazines>& all, const Arena& arena);
  // The resource ends, and with it the magazines.
  void end();
  void give_back();
  std::uint64_t unused() const;

 private:
  // On lines of the cache of its own.
  struct alignas(128) Slot {
    Magazine magazine;
    std::uint32_t process;  // in which it was made
  };
  using Place = std::list<Slot>::iterator;
  class Roster;

  [[gnu::noinline]] Magazine* find() const;
  Place make_slot(Magazine magazine);
  void end_of_thread(Place place);
  bool has_ended() const;
  void forget_lost();

  static constinit inline thread_local FoundMagazine last_{};
  std::uint64_t bytes_;
  // Guarded by process::fork_mutex(), but what a thread does with its own.
  std::list<Slot> slots_;
  bool ended_ = false;
};

// A copy of an arena, and the magazines of its threads.
class ThreadMagazineSource {
 public:
  // Throws BadAlloc, std::bad_alloc.
  ThreadMagazineSource(const Arena& arena, std::uint64_t bytes);
  ThreadMagazineSource(ThreadMagazineSource&&) noexcept = default;
  ThreadMagazineSource& operator=(ThreadMagazineSource&&) = delete;
  ~ThreadMagazineSource() {
    if (magazines_ != nullptr) magazines_->end();
  }

  const Arena& arena() const { return arena_; }
  std::byte* data() const { return data_; }
  ThreadMagazines& magazines() const { return *magazines_; }
  [[gnu::always_inline]] std::byte* take(std::size_t size, std::size_t alignment) const {
    Magazine* const mine = magazines_->mine();
    return mine == nullptr ? nullptr : take_piece(*mine, data_, size, alignment);
  }
  [[nodiscard]] std::expected<Allocation, Error> allocate(std::size_t size, std::size_t alignment) const {
    Magazine* const mine = ThreadMagazines::mine_or_new(magazines_, arena_);
    return mine == nullptr ? arena_.allocate(size, alignment, Fill::none) : mine->allocate(size, alignment, Fill::none);
  }
  [[nodiscard]] std::expected<void, Error> dealloc(Extent bytes) const {
    Magazine* const mine = magazines_->mine();
    return mine == nullptr ? arena_.dealloc(bytes.offset, bytes.size) : mine->dealloc(bytes.offset, bytes.size);
  }
  bool takes_back_from(const ThreadMagazineSource& other) const { return this == &other; }

 private:
  Arena arena_;  // outlives the magazines
  std::byte* data_;
  std::shared_ptr<ThreadMagazines> magazines_;
};

}  // namespace detail

/// A resource for the containers of any number of threads, each of which has a magazine of its own.
class ThreadMagazineResource : public detail::ResourceOver<AtomicStore, detail::ThreadMagazineSource> {
 public:
  /// One that takes `bytes` at a time for each thread. Throws BadAlloc: the arena is only read, `bytes` is too large, or forks
  /// cannot be followed. Throws std::bad_alloc.
  explicit ThreadMagazineResource(const Arena& arena, std::uint64_t bytes = std::uint64_t{64} * 1024)
      : detail::ResourceOver<AtomicStore, detail::ThreadMagazineSource>(detail::ThreadMagazineSource(arena, bytes)) {}

  /// Gives back what has not been handed out; the next allocation of each thread begins a new chunk.
  void give_back() { this->source_.magazines().give_back(); }
  /// What has not been handed out, of all threads together.
  std::uint64_t unused() const { return this->source_.magazines().unused(); }
};

}  // namespace rarena
