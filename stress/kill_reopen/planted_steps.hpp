// Planted bugs that are steps of a child, made of the public parts of core in the wrong way: see planted.hpp.
//
// Thread safety: one thread, and nobody else uses the arena. Invariants: each breaks REC-2 or REC-3, on purpose.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "core/arena/arena.hpp"
#include "core/recovery/relist.hpp"
#include "kill_reopen/log.hpp"
#include "kill_reopen/planted.hpp"
#include "shared/random.hpp"

namespace rarena::stress {

inline void pause_in_step(Random& random) { std::this_thread::sleep_for(std::chrono::microseconds(random.below(600))); }

template <WordStore Store>
detail::MemoryView view_of(const BasicArena<Store>& arena) {
  return {arena.data(), detail::geometry_of_arena(arena)};
}

// Nobody watches the process any more: what the system would replace is not there.
template <WordStore Store>
void unwatch(const BasicArena<Store>& arena) {
  const AtomicStore words(arena.data());
  for (const std::uint64_t cell : {0U, 1U})
    words.store(view_of(arena).geometry().witness(cell), 0U, detail::Site::witness_store);
}

// The new owner's marker comes, and its witness is nobody.
template <WordStore Store>
void take_over_unwatched(const BasicArena<Store>& arena, Random random) {
  const detail::MemoryView view = view_of(arena);
  const detail::IdentityMarks marks{view.annex().boot, view.annex().device, view.annex().file};
  const std::uint64_t generation = detail::next_generation(view);
  const AtomicStore words(arena.data());
  words.store(view.geometry().witness(generation), 77U, detail::Site::witness_store);
  pause_in_step(random);
  words.store(view.geometry().generation(), generation, detail::Site::plan_link);
  words.store(view.geometry().seal(), detail::dirty_marker(generation, marks), detail::Site::plan_count);
  pause_in_step(random);
}

// The writes of a rebuild, the last one first.
template <WordStore Store>
void rebuild_backwards(const BasicArena<Store>& arena, std::span<const Extent> live, Random random) {
  const detail::Plan plan = detail::plan_rebuild(view_of(arena), live).value();
  std::vector<detail::Plan::Write> writes(plan.writes().begin(), plan.writes().end());
  std::ranges::reverse(writes);
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (random.one_in(4)) pause_in_step(random);
    detail::carry_out(std::span(writes).subspan(i, 1), AtomicStore(arena.data()));
  }
}

// For a moment the file ends below what is allocated.
template <WordStore Store>
std::expected<void, Error> truncate_too_far(BasicArena<Store>& arena, Size capacity, Random random) {
  const std::string path = *arena.path();
  const int cut = ::truncate(path.c_str(), arena.allocated() / 2);
  pause_in_step(random);
  const int grown = ::truncate(path.c_str(), arena.capacity());
  if (cut == -1 || grown == -1) return std::unexpected(system_error(errno));
  return arena.truncate(capacity);
}

// The seal of a clean close comes before the last change of the lists.
template <WordStore Store>
void seal_too_early(const BasicArena<Store>& arena, Random random) {
  const detail::MemoryView view = view_of(arena);
  const std::uint64_t lists = detail::examine_all(view).value().structure.sum.value();
  AtomicStore(arena.data())
      .store(view.geometry().seal(), detail::clean_seal(view.prefix(), view.header(), view.annex(), lists),
             detail::Site::plan_count);
  (void)arena.discard_freelist();
  pause_in_step(random);
}

// A new file has its name, or another one, while it is made; it is gone at the end.
inline void make_in_sight(const std::filesystem::path& path, bool another, Random random) {
  std::filesystem::path name = path;
  if (another) name.replace_filename("." + path.filename().string() + ".rarena-1-0");
  const auto file = FileHandle::open(name.c_str(), O_RDWR | O_CREAT);
  pause_in_step(random);
  if (file && ::ftruncate(file->number(), 4096) == 0) pause_in_step(random);
  ::unlink(name.c_str());
}

}  // namespace rarena::stress
