// Worker: one of the processes that allocate and free in one file. It goes on with what its predecessor has left.
//
// Thread safety: a process of one thread for each; a Desk is shared by the worker and who watches it.
#pragma once

#include <string>

#include "shared/cell.hpp"
#include "sharing/settings.hpp"

namespace rarena::stress {

// What the processes of a run share beside the file.
struct Desk {
  Cell operations;  // calls that have come back
  Cell refused;
  Cell openings;
  Cell slowest;  // of calls since somebody has written 0, in nanoseconds
  Cell slowest_processor;
};
struct Office {
  static constexpr std::size_t most = 64;

  Cell stop;  // not 0: end
  Cell lock;  // of the planted bug
  Desk desks[most];
  char wrong[256] = {};  // what one has found
};

inline std::string journal_name(std::size_t number) { return "worker-" + std::to_string(number); }

// The life of a worker: until it is stopped or killed. Its exit status (status.hpp); what is wrong is printed.
int work(const SharingSettings& settings, Office& office, std::size_t number, std::uint64_t life);
// One who only reads, beside them.
int watch(const SharingSettings& settings, Office& office);

}  // namespace rarena::stress
