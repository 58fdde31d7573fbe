// The child: what runs in the process that is killed.
//
//     work      opens the file and runs the workload in many threads
//     open      only opens it: what is killed is the recovery
//     rebuild, compact, rewind, truncate    opens it and runs that exclusive operation
//     take_over    opens it and forks: its own child takes the file over, while it waits for that, or ends at once
//
// A child that comes to its end closes the file, or dies without closing it.
//
// Thread safety: one child at a time; it starts its own threads. Invariants: SEG-1 (by its workers).
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/arena/options.hpp"
#include "kill_reopen/log.hpp"
#include "kill_reopen/planted.hpp"

namespace rarena::stress {

enum class Role : std::uint8_t { work, open, rebuild, compact, rewind, truncate, take_over, count };

inline constexpr std::size_t roles = static_cast<std::size_t>(Role::count);

constexpr const char* name(Role role) {
  constexpr std::array<const char*, roles> names = {"work", "open", "rebuild", "compact", "rewind", "truncate", "take_over"};
  return names[static_cast<std::size_t>(role)];
}

struct ChildTask {
  Role role = Role::work;
  std::filesystem::path path;
  Options options;
  std::uint64_t seed = 0;
  std::uint64_t first_serial = 1;  // and 2^40 more
  unsigned workers = 1;            // threads at work; each has a part of the log
  std::uint32_t steps = 1000;      // of each worker
  bool delaying = false;           // run on DelayingStore, else on AtomicStore
  bool closes = true;              // at its end; else it dies
  Plant plant = Plant::none;
};

// Returns the exit status of the process; does not return if the child dies.
int run_child(const ChildTask& task, const Log& log);

}  // namespace rarena::stress
