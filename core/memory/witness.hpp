// Witness: lets the system note in an open file that the process which has it open has died.
//
// One thread per process, which does nothing, stands for the process: it has a robust futex in every file that is open for
// writing. When the thread dies, with its process, by an exit, a signal or SIGKILL, the system replaces the futex word by the
// bit `owner_died`. No process can do that for itself, and no copy of the file that was made before has the bit.
//
// Source: set_robust_list(2), futex(2). Thread safety: one Witness is used by one thread at a time, different ones by any
// number. Progress: blocking (a mutex; the first one makes the thread). Invariants: REC-2 (layout/seal.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "../layout/annex.hpp"

namespace rarena::detail {

class Witness {
 public:
  Witness() noexcept = default;
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { end(); }

  // Begins to watch the 16 bytes at `cell`, of a shared map and aligned to 16: futex word, 4 bytes, a pointer of this process.
  // Returns what the word now is: the thread, or `unwitnessed` with the process if no thread could be made. Never 0.
  std::uint32_t begin(std::byte* cell) noexcept;

  // The same 16 bytes of the file are at another address. The old one is still mapped.
  void move_to(std::byte* cell) noexcept;

  // Ends it, and clears the cell. Nothing to do in a process that a fork has made since.
  void end() noexcept { end_with({}); }

  // Ends it, and puts back what was in the cell before.
  void withdraw() noexcept { end_with(before_begin_); }

 private:
  friend class Watch;
  void end_with(WitnessCell content) noexcept;

  WitnessCell before_begin_{};
  std::byte* cell_ = nullptr;
  std::uint32_t process_ = 0;
  Witness* before_ = nullptr;
  Witness* behind_ = nullptr;
};

// For process.cpp: a child has no such thread, and no cells.
namespace witness {
void before_fork() noexcept;
void after_fork_in_parent() noexcept;
void after_fork_in_child() noexcept;
}  // namespace witness

}  // namespace rarena::detail
