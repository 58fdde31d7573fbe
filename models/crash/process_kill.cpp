#include "process_kill.hpp"

#include <fmt/format.h>

#include <bit>
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
    if (mark.moment == Moment::live) owned_[thread] |= kill_.units_.bits(mark.extent);
    if (mark.moment == Moment::freed) owned_[thread] &= ~kill_.units_.bits(mark.extent);
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
    const auto [file, fresh] = kill_.judged_.try_emplace(print);
    if (fresh) {
      kill_.observe_(memory_.bytes(), kept);
      wrong = kill_.reopening_.after_kill(memory_.bytes(), kept);
      if (wrong.empty()) file->second = kill_.lost_parts(kill_.reopening_.lost(memory_.bytes(), kept));
    }
    if (wrong.empty()) wrong = too_much(file->second, cut);
    if (!wrong.empty()) wrong += fmt::format("; killed {}", moment(history_, cut));
    return wrong.empty();
  }

  std::string wrong;

 private:
  struct Owner {
    unsigned thread;
    std::uint64_t owned;
  };

  // A thread that has written nothing has nothing to lose.
  std::string too_much(const Lost& lost, const Cut& cut) const {
    Lost most = kill_.stopped_;
    for (unsigned t = 0; t < history_.count(); ++t) {
      if (cut[t] == 0) continue;
      most.ranges = static_cast<std::uint16_t>(most.ranges + history_.last(t, cut).may_lose.ranges);
      most.descriptors = static_cast<std::uint16_t>(most.descriptors + history_.last(t, cut).may_lose.descriptors);
    }
    if (lost.ranges <= most.ranges && lost.descriptors <= most.descriptors) return "";
    return fmt::format("REC-2: a kill loses {} ranges and {} descriptors, and what was under way then had {} and {} at most",
                       lost.ranges, lost.descriptors, most.ranges, most.descriptors);
  }

  ProcessKill& kill_;
  const History& history_;
  Snapshot memory_;
  std::array<std::uint64_t, maximum_threads> owned_{};
  std::vector<Owner> trail_;
};

ProcessKill::ProcessKill(const Image& image, unsigned slab, Defect defect, Observe observe)
    : start_(open_file_of(image, boot(Reopening::writing_boot))), geometry_(image.geometry()), units_(image.units()),
      reopening_(image, slab, defect), observe_(std::move(observe)) {
  for (const Owned& o : image.owners()) {
    if (o.owner == owner_pinned) pinned_ |= units_.bits(o.segment);
    if (o.owner <= maximum_threads) owned_[o.owner - 1] |= units_.bits(o.segment);
  }
  for (const Part& part : image.parts())
    if (part.kind == Part::Kind::abandoned) ++stopped_.ranges, ++stopped_.descriptors;
  for (const Part& part : image.parts())
    if (part.kind == Part::Kind::shared) ++stopped_.ranges;  // nobody's, and in no list
  for (const Offset descriptor : image.all_descriptors()) descriptors_.push_back(units_.bits({descriptor, descriptor_size}));
}

Lost ProcessKill::lost_parts(std::uint64_t units) {
  Lost lost{0, 0};
  for (const std::uint64_t descriptor : descriptors_) {
    if ((units & descriptor) == 0) continue;
    ++lost.descriptors;
    units &= ~descriptor;
  }
  lost.ranges = static_cast<std::uint16_t>(std::popcount(units & ~(units << 1U)));
  if (lost.ranges + lost.descriptors != 0) ++counters_.losses;
  counters_.most_lost.ranges = std::max(counters_.most_lost.ranges, lost.ranges);
  counters_.most_lost.descriptors = std::max(counters_.most_lost.descriptors, lost.descriptors);
  return lost;
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
