// ArenaState: what all copies of an arena share. It owns the memory, and is a LiveState or a ReadOnlyState, for life.
//
// Thread safety: what it has never changes, but by a resize of a LiveState. It does not move: the handles point to it.
// Invariants: none of its own.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "../memory/memory.hpp"
#include "../recovery/recover.hpp"
#include "../recovery/view.hpp"
#include "opened.hpp"
#include "options.hpp"

namespace rarena::detail {

class ArenaState {
 public:
  ArenaState(const ArenaState&) = delete;
  ArenaState& operator=(const ArenaState&) = delete;

  // Which of the two it is.
  bool read_only() const { return read_only_; }
  // Whether other processes may change the memory.
  bool shared() const { return shared_; }
  // Whether it allocates, and looks at the cursor first.
  bool cursor_first() const { return cursor_first_; }

  std::byte* data() const { return base_; }
  std::byte* at(Offset offset) const { return base_ + offset; }
  const Memory& memory() const { return memory_; }
  const Geometry& geometry() const { return geometry_; }
  const Options& options() const { return options_; }
  const std::optional<std::filesystem::path>& path() const { return path_; }
  const Recovery& recovery() const { return recovery_; }
  Size alignment_limit() const { return alignment_limit_; }
  Prefix prefix() const { return view().prefix(); }

 protected:
  // `opened` and `options` fit: plan_geometry made the geometry, or open_file accepted it.
  ArenaState(Opened&& opened, const Options& options, std::optional<std::filesystem::path>&& path) noexcept;
  ~ArenaState() = default;

  MemoryView view() const { return {memory_.data(), geometry_}; }

  Memory memory_;
  std::byte* base_;  // memory_.data()
  Geometry geometry_;
  Options options_;
  Size alignment_limit_;
  bool read_only_, shared_, cursor_first_;
  std::optional<std::filesystem::path> path_;
  Recovery recovery_;
};

}  // namespace rarena::detail
