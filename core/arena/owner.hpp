// Owner: which process may change a file arena: the one that opened it, or the child that took it over last. Pure.
//
// The generation in the annex says who took it over last: a process whose generation is an older one owns it no more.
//
// Thread safety: a value. Invariants: SEG-1 (no child frees or hands out what is its parent's), REC-2 (nobody else seals).
#pragma once

#include <cstdint>

namespace rarena::detail {

struct Owner {
  std::uint64_t generation = 0;  // of its opening; 0: the memory is no file, and everybody who has it may change it
  std::uint32_t process = 0;

  // Whether the arena is not `now`'s. `generation_there` reads that of the annex. Wait-free.
  template <class Read>
  constexpr bool foreign_to(std::uint32_t now, Read generation_there) const {
    return generation != 0 && (process != now || generation_there() != generation);
  }
  // Whether `now`, which has inherited the arena by a fork, may take it over: nobody else has.
  constexpr bool can_be_taken_over_by(std::uint32_t now, std::uint64_t generation_there) const {
    return process != now && generation_there == generation;
  }
};

}  // namespace rarena::detail
