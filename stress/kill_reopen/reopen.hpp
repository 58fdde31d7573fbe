// The opening by the parent: for reading, then for writing; then perhaps a rebuild; a clean close, and another look.
//
// Thread safety: for one thread. Invariants: as judge.hpp, of the arena itself and not of what its parts make of a copy.
#pragma once

#include <filesystem>
#include <span>

#include "core/arena/options.hpp"
#include "kill_reopen/judge.hpp"

namespace rarena::stress {

struct Reopening {
  std::filesystem::path path;
  Options options;
  std::span<const LiveSegment> live;
  bool rebuilds = false;
};

Verdict reopen(const Reopening& how);

}  // namespace rarena::stress
