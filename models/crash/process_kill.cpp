#include "process_kill.hpp"

#include <fmt/format.h>

#include <utility>

#include "cuts.hpp"

namespace rarena::models::crash {

std::string moment(const History& history, const Cut& cut) {
  std::string text = "when";
  for (unsigned t = 0; t < history.count(); ++t)
    text += fmt::format("{} thread {} {}{}", t == 0 ? "" : ",", t, t == 0 ? "had taken " : "",
                        cut[t] == 0 ? 0 : history.last(t, cut).steps);
  return text + (history.count() == 0 ? "" : " steps");
}

// One execution: the memory and the owners at the cut where the walk is.
class ProcessKill::Walk {
 public:
  Walk(ProcessKill& kill, const History& history) : kill_(kill), history_(history), memory_(kill.start_, kill.geometry_) {
    owned_ = kill.owned_;
  }

  void take(const Mark& mark, unsigned thread) {
    memory_.take(mark, thread);
    trail_.push_back({thread, owned_[thread]});
    if (mark.moment == Moment::live) owned_[thread] |= granules_of(mark.extent);
    if (mark.moment == Moment::freed) owned_[thread] &= ~granules_of(mark.extent);
  }
  void drop(std::size_t count) {
    memory_.drop(count);
    for (; count > 0; --count) {
      owned_[trail_.back().thread] = trail_.back().owned;
      trail_.pop_back();
    }
  }
  bool visit(const Cut& cut) {
    ++kill_.counters_.cuts;
    std::uint64_t kept = kill_.pinned_;
    for (const std::uint64_t owned : owned_) kept |= owned;
    Fingerprint print = fingerprint(largest_memory, kept);
    print ^= memory_.print();
    if (!kill_.judged_.insert(print).second) return true;
    kill_.observe_(memory_.bytes(), kept);
    wrong = kill_.reopening_.after_kill(memory_.bytes(), kept);
    if (!wrong.empty()) wrong += fmt::format("; killed {}", moment(history_, cut));
    return wrong.empty();
  }

  std::string wrong;

 private:
  struct Owner {
    unsigned thread;
    std::uint64_t owned;
  };

  ProcessKill& kill_;
  const History& history_;
  Snapshot memory_;
  std::array<std::uint64_t, maximum_threads> owned_{};
  std::vector<Owner> trail_;
};

ProcessKill::ProcessKill(const Image& image, unsigned slab, Defect defect, Observe observe)
    : start_(open_file_of(image, boot(Reopening::writing_boot))), geometry_(image.geometry()),
      reopening_(image.geometry(), image.kind(), slab, defect), observe_(std::move(observe)) {
  for (const Owned& o : image.owners()) {
    if (o.owner == owner_pinned) pinned_ |= granules_of(o.segment);
    if (o.owner <= maximum_threads) owned_[o.owner - 1] |= granules_of(o.segment);
  }
}

std::string ProcessKill::operator()(History history) {
  ++counters_.executions;
  Walk walk(*this, history);
  Cuts(history, Cut{}, history.everything(), walk).run();
  return walk.wrong;
}

Counters ProcessKill::counters() const {
  Counters all = counters_;
  all.files = judged_.size();
  all.recoveries = reopening_.recoveries();
  return all;
}

}  // namespace rarena::models::crash
