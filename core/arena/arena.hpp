// BasicArena: the public arena. Threads carve segments out of one memory; freed segments serve again.
//
// An arena is a handle: copies are the same arena, and the last one closes it. A moved-from arena may only be destroyed
// or assigned to. The members that return handles of core/handles are defined there: include rarena.hpp.
//
// Thread safety: every member function of Arena may be called from any number of threads at a time; one handle object,
// like a std::shared_ptr, is not to be assigned to meanwhile. unsync::Arena: one thread at a time.
// Progress: where nothing else is said, wait-free.
//
// Invariants: SEG-1 to SEG-3, FL-1 to FL-4, CUR-1, PRG-1 (by the allocator), REC-1 (map_mut).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../memory/memory.hpp"
#include "../words/atomic_store.hpp"
#include "../words/plain_store.hpp"
#include "state.hpp"

namespace rarena {

template <WordStore Store>
class BasicBytes;
template <class T, WordStore Store>
class BasicOwned;

template <WordStore Store>
class BasicArena {
 public:
  // An arena in heap memory. Errors: invalid_alignment, wrong_freelist, capacity_too_small, system. Blocking.
  static std::expected<BasicArena, Error> alloc(const Options& options);

  // An arena in anonymous pages, which cost nothing until they are used. Errors: as alloc. Blocking.
  static std::expected<BasicArena, Error> map_anon(const Options& options);

  // An arena in a file, made or opened as Options::create and create_new say; without them it must exist. The file stays
  // locked until the last copy is gone. A file that is rejected is not modified. Errors: as alloc for a new file,
  // file_exists, in_use, system; for an existing one not_a_regular_file, file_too_small, file_too_large,
  // not_an_arena, wrong_format_version, wrong_magic_version, wrong_freelist, bad_header, bad_freelist. Blocking.
  //
  // A crash is not yet repaired: a free segment that was being taken is unlinked by the next search and its bytes stay
  // unaccounted, as do segments and descriptors that no list held; and a power loss may leave a list that is refused.
  static std::expected<BasicArena, Error> map_mut(const std::filesystem::path& path, const Options& options);

  // Allocation. Sizes and alignments are in bytes; alignment counts from the start of the memory, which is aligned to
  // maximum_alignment(). Size 0 gives an empty allocation that owns nothing.
  // Errors of all: invalid_alignment, alignment_too_large, insufficient_space. Lock-free; the fill is O(size).

  // Bytes that are freed with their handle.
  std::expected<BasicBytes<Store>, Error> alloc_bytes(std::uint64_t size, Fill fill = Fill::zero) const;
  std::expected<BasicBytes<Store>, Error> alloc_aligned_bytes(std::uint64_t size, std::uint64_t alignment,
                                                              Fill fill = Fill::zero) const;
  // Room for a T and `extra_size` bytes behind it, aligned for T.
  template <class T>
  std::expected<BasicBytes<Store>, Error> alloc_aligned_bytes(std::uint64_t extra_size = 0, Fill fill = Fill::zero) const;

  // A T made from the arguments, destroyed and freed with its handle. Throws what its constructor throws.
  template <class T, class... Arguments>
  std::expected<BasicOwned<T, Store>, Error> alloc(Arguments&&... arguments) const;

  // The primitive under all of them: nothing frees these bytes but dealloc.
  std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill fill = Fill::zero) const {
    return state_->allocate(size, alignment, fill);
  }

  // Gives up bytes that the caller owns and that no handle will free: any part of one segment, or adjacent ones together.
  // Error: out_of_range (and then nothing has changed). Lock-free, O(free segments).
  std::expected<void, Error> dealloc(Offset offset, Size size) const { return state_->deallocate({offset, size}); }

  // Empties the freelist; its bytes, which are returned, count as discarded from now on. Lock-free.
  Size discard_freelist() const { return segments().discard_all(); }

  // Counts bytes that the caller owns and will never give up as discarded.
  // Error: out_of_range, if more would be discarded than is allocated.
  std::expected<void, Error> increase_discarded(Size bytes) const { return state_->increase_discarded(bytes); }

  // The free segments in the order of the list, and how many descriptors are ready for more. Exact while no other thread
  // allocates or frees. O(free segments), O(descriptors).
  std::vector<Extent> free_segments() const;
  Size spare_descriptors() const;

  // The bytes. None of these checks who owns them.

  // The start of the memory, and the byte at an offset below the capacity.
  std::byte* data() const { return state_->data(); }
  std::byte* get_pointer(Offset offset) const { return state_->at(offset); }
  // Allocated bytes. Error: out_of_range.
  std::expected<std::span<const std::byte>, Error> get_bytes(Offset offset, Size size) const;
  // The user's own bytes in front.
  std::span<std::byte> reserved_bytes() const { return {data(), reserved()}; }

  // Numbers. In bytes; those that change are exact while no other thread allocates or frees.

  Size capacity() const { return geometry().capacity(); }
  Size reserved() const { return geometry().reserved(); }
  // Where the data begin, behind reserved bytes and header.
  Size data_offset() const { return static_cast<Size>(geometry().data_offset()); }
  // The cursor: the end of the bytes that have been carved off, counted from the start of the memory.
  Size allocated() const { return state_->allocator().cursor().allocated(); }
  // From the cursor to the end.
  Size remaining() const { return state_->allocator().remaining(); }
  // Bytes below the cursor that are neither owned nor free nor descriptors.
  Size discarded() const { return state_->discarded(); }
  Size minimum_segment_size() const { return segments().min_segment_size(); }
  void set_minimum_segment_size(Size bytes) const { segments().set_min_segment_size(bytes); }
  // The largest alignment that may be asked for.
  Size maximum_alignment() const { return state_->alignment_limit(); }

  // Properties that never change.

  std::uint16_t magic_version() const { return state_->prefix().magic_version; }
  // The version of the format.
  std::uint16_t version() const { return state_->prefix().format_version; }
  Freelist freelist() const { return state_->options().freelist; }
  bool unify() const { return geometry().unified(); }
  bool is_on_disk() const { return state_->memory().on_disk(); }
  // As given to map_mut; nothing for memory.
  const std::optional<std::filesystem::path>& path() const { return state_->path(); }

  // How many copies of this arena there are; exact while no other thread copies one.
  std::size_t refs() const { return static_cast<std::size_t>(state_.use_count()); }

  // Durability. Blocks until the bytes of the range, and whatever shares their pages, are on disk; succeeds at once if the
  // arena is not. Errors: out_of_range (behind the cursor), system.

  // Everything that is allocated.
  std::expected<void, Error> flush() const { return state_->memory().flush({0, allocated()}); }
  std::expected<void, Error> flush_range(Offset offset, Size size) const { return state_->flush({offset, size}); }
  // The range first, then prefix and header.
  std::expected<void, Error> flush_header_and_range(Offset offset, Size size) const {
    return state_->flush_header_and({offset, size});
  }

  // Whether both are the same arena.
  friend bool operator==(const BasicArena&, const BasicArena&) = default;

 private:
  using State = ArenaState<Store>;

  explicit BasicArena(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  const Geometry& geometry() const { return state_->geometry(); }
  const FreeSegments<Store>& segments() const { return state_->allocator().segments(); }

  std::shared_ptr<const State> state_;
};

using Arena = BasicArena<AtomicStore>;

namespace unsync {
using Arena = BasicArena<PlainStore>;
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::alloc(const Options& options) {
  const auto plan = plan_geometry(options, options.unify);
  if (!plan) return std::unexpected(plan.error());
  const Size front = options.unify ? 0 : Geometry::pure_front;
  auto memory = VectorMemory::create(options.capacity, options.maximum_alignment, front);
  if (!memory) return std::unexpected(memory.error());
  return BasicArena(std::make_shared<const State>(std::move(*memory), *plan, options, options.maximum_alignment, Content::fresh,
                                                  std::nullopt));
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map_anon(const Options& options) {
  const auto plan = plan_geometry(options, options.unify);
  if (!plan) return std::unexpected(plan.error());
  const Size front = options.unify ? 0 : Geometry::pure_front;
  auto memory = AnonymousMap::create(options.capacity, front);
  if (!memory) return std::unexpected(memory.error());
  const Size alignment = memory->alignment();
  return BasicArena(std::make_shared<const State>(std::move(*memory), *plan, options, alignment, Content::fresh, std::nullopt));
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map_mut(const std::filesystem::path& path, const Options& options) {
  auto opened = open_file(path, options);
  if (!opened) return std::unexpected(opened.error());
  const Size alignment = opened->memory.alignment();
  return BasicArena(
      std::make_shared<const State>(std::move(opened->memory), opened->geometry, options, alignment, opened->content, path));
}

template <WordStore Store>
std::vector<Extent> BasicArena<Store>::free_segments() const {
  std::vector<Extent> result;
  segments().walk([&](Extent segment) { result.push_back(segment); });
  return result;
}

template <WordStore Store>
Size BasicArena<Store>::spare_descriptors() const {
  Size count = 0;
  segments().walk_spare([&](Offset) { ++count; });
  return count;
}

template <WordStore Store>
std::expected<std::span<const std::byte>, Error> BasicArena<Store>::get_bytes(Offset offset, Size size) const {
  if (const auto inside = state_->allocator().check_allocated({offset, size}); !inside) return std::unexpected(inside.error());
  return std::span<const std::byte>(get_pointer(offset), size);
}

}  // namespace rarena
