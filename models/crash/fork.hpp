// Fork: when the threads of a scenario have ended, the process forks, and both have the file: what a child has inherited is
// its parent's until it takes the file over, and then the parent's no more (core/arena/owner.hpp, which both ask here too).
//
// In every order: the parent frees what its threads own, and closes; the child frees all that it has inherited, closes, takes
// the file over. Behind every write both may be killed. Nothing that is live may be free then, and the file is taken for closed
// if and only if the one whose it is has closed it.
//
// What is not shown: a take-over beside other calls, which it excludes; a loss of power (the code is that of other modes).
// Thread safety: one thread. Invariants: SEG-1, REC-2.
#pragma once

#include <unordered_set>
#include <vector>

#include "analysis.hpp"
#include "core/arena/allocator.hpp"
#include "core/arena/owner.hpp"
#include "life.hpp"
#include "reopening.hpp"

namespace rarena::models::crash {

class Fork {
 public:
  Fork(const Image& image, unsigned slab, Defect defect);

  std::string operator()(History history);
  Counters counters() const;

 private:
  class Processes;
  enum class Step : std::uint8_t { parent_frees, parent_closes, child_frees, child_closes, child_takes_over };

  std::string run(const Bytes& memory, const std::vector<Extent>& live);
  std::string judge(Bytes file, std::uint64_t kept, Claim claim);

  Image image_;
  Geometry geometry_;
  unsigned slab_;
  Defect defect_;
  Reopening reopening_;
  Counters counters_;
  std::unordered_set<Fingerprint, Fingerprint::Hash> forked_, judged_;
};

static_assert(Analysis<Fork>);

}  // namespace rarena::models::crash
