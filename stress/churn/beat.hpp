// Beat: what one worker shows of itself: how many operations it has done, and the call that it is in.
//
// Thread safety: one thread writes, any number read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "shared/cell.hpp"

namespace rarena::stress {

enum class Call : std::uint8_t {
  waiting,  // for the other workers: not its own fault
  judging,
  allocate,
  dealloc,
  discard_freelist,
  increase_discarded,
  set_minimum_segment_size,
  flush,
  own_work,  // painting, comparing, handing over
  count,
};

constexpr const char* name(Call call) {
  constexpr std::array<const char*, static_cast<std::size_t>(Call::count)> names = {
      "waiting", "judging", "allocate", "dealloc", "discard_freelist", "increase_discarded", "set_minimum_segment_size",
      "flush",   "own work"};
  return names[static_cast<std::size_t>(call)];
}

class Beat {
 public:
  void step() { operations_.write(operations_.read() + 1); }
  void enter(Call call, std::uint64_t bytes = 0) { doing_.write(bytes << 8U | static_cast<std::uint64_t>(call)); }

  std::uint64_t operations() const { return operations_.read(); }
  Call call() const { return static_cast<Call>(doing_.read() & 0xffU); }
  std::uint64_t bytes() const { return doing_.read() >> 8U; }

 private:
  Cell operations_, doing_;
};

}  // namespace rarena::stress
