// near_full: what a call costs in an arena that is nearly full, against the same in one that is not. Processor time is printed;
// counts are judged.
#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "long_runs/counted_arena.hpp"
#include "long_runs/front.hpp"
#include "long_runs/limits.hpp"
#include "long_runs/load.hpp"
#include "long_runs/runs.hpp"
#include "long_runs/subject.hpp"
#include "long_runs/together.hpp"
#include "shared/thread_time.hpp"

namespace rarena::stress {

namespace {

constexpr unsigned easy_load = 45;
// The two arenas work by turns, so that what else the machine does meets both. A quarter of the turns is the warm-up.
constexpr std::uint64_t turns = 40, warm_up_turns = turns / 4;

// What calls have come to, and what those that were refused have.
struct Spent {
  Counts counts;
  double seconds = 0;  // of processor time
  Tally all, refused;

  Spent& operator+=(const Spent& other) {
    counts += other.counts;
    seconds += other.seconds;
    all += other.all;
    refused += other.refused;
    return *this;
  }
  // A request that is refused frees something.
  double calls() const { return static_cast<double>(counts.operations + counts.refusals); }
  double nanoseconds() const { return 1e9 * seconds / calls(); }
  double accesses() const { return static_cast<double>(all.accesses) / calls(); }
  double merges_in_vain() const {
    return counts.refusals == 0 ? 0 : static_cast<double>(refused.merges) / static_cast<double>(counts.refusals);
  }
};

// A subject that notes what its refused calls came to; for one thread.
template <class Arena>
class Noting {
 public:
  explicit Noting(Subject<Arena>& subject) : subject_(subject) {}

  std::optional<Extent> allocate(Size size) {
    const Tally before = tally();
    const auto segment = subject_.allocate(size);
    if (!segment) refused_ += tally() - before;
    return segment;
  }
  void free(Extent segment) { subject_.free(segment); }
  const Tally& refused() const { return refused_; }

 private:
  Subject<Arena>& subject_;
  Tally refused_;
};

// An arena with many free segments in front, and threads that hold a load in what is left of it.
template <class Arena>
class Loaded {
 public:
  Loaded(const Settings& settings, unsigned load)
      : settings_(settings), mix_(mixes.at(settings.sizes)), subject_(options_of(settings), settings),
        pinned_(pin_small_segments(subject_, settings.segments)) {
    const std::uint64_t room = subject_.arena().remaining();
    for (unsigned i = 0; i < settings.threads; ++i) loads_.emplace_back(settings.seed, i, room * load / 100 / settings.threads);
    while (subject_.arena().remaining() > mix_.most) (void)work(settings.operations / turns);
  }

  Spent work(std::uint64_t operations) {
    std::vector<Spent> spent(settings_.threads);
    together(settings_.threads, [&](unsigned i) {
      Noting subject(subject_);
      const Counts counts = loads_[i].counts();
      const Tally all = tally();
      const double began = thread_time();
      loads_[i].run(subject, mix_, operations / settings_.threads + 1);
      spent[i] = {loads_[i].counts() - counts, thread_time() - began, tally() - all, subject.refused()};
    });
    Spent sum;
    for (const Spent& one : spent) sum += one;
    return sum;
  }

  std::uint64_t segments() const { return subject_.arena().free_segments().size(); }
  // `refused` is judged if it is given.
  std::vector<std::string> violations(std::optional<double> refused) const {
    Settings settings = settings_;
    settings.load = easy_load;
    std::uint64_t live = pinned_;
    for (const Load& load : loads_) live += load.live();
    auto found = judge(settings, {.refused = refused.value_or(0),
                                  .missed = subject_.missed(),
                                  .first_missed = subject_.first_missed(),
                                  .numbers = numbers_of(subject_.arena()),
                                  .live = live});
    if (const auto shared = overlap(loads_, subject_.arena().free_segments())) found.insert(found.begin(), *shared);
    return found;
  }

 private:
  const Settings& settings_;
  Mix mix_;
  Subject<Arena> subject_;
  std::uint64_t pinned_;
  std::vector<Load> loads_;
};

struct Compared {
  Spent easy, full;
  std::uint64_t segments = 0;  // free ones of the full arena, at the end
  std::vector<std::string> violations = {};
};

template <class Arena>
Compared compare(const Settings& settings) {
  Loaded<Arena> easy(settings, easy_load), full(settings, settings.load);
  Compared result;
  for (std::uint64_t turn = 0; turn < turns; ++turn) {
    const Spent one = easy.work(settings.operations / turns), other = full.work(settings.operations / turns);
    if (turn < warm_up_turns) continue;
    result.easy += one;
    result.full += other;
  }
  result.segments = full.segments();
  result.violations = easy.violations(result.easy.counts.refused());
  for (std::string& violation : full.violations(std::nullopt)) result.violations.push_back(std::move(violation));
  return result;
}

void print(const Settings& settings, const Compared& timed, const Compared& counted) {
  fmt::print(
      "{:11} {:>11} {:>3} % against {} % {:>2} threads, {} free segments: refused {:.2f} % ({:.2f} %), {:.0f} ns of processor "
      "time a call ({:.0f}), ratio {:.1f}, wanted at most {}\n",
      key_of(freelists, settings.freelist), settings.sizes, settings.load, easy_load, settings.threads, timed.segments,
      timed.full.counts.refused(), timed.easy.counts.refused(), timed.full.nanoseconds(), timed.easy.nanoseconds(),
      timed.full.nanoseconds() / timed.easy.nanoseconds(), wanted_ratio);
  const Tally& all = counted.full.all;
  fmt::print(
      "{:11} counted: {:.0f} accesses of shared words a call ({:.0f}), ratio {:.1f}, {:.0f} % of them in refused calls; {} "
      "merges, {:.2f} in vain a refusal\n",
      "", counted.full.accesses(), counted.easy.accesses(), counted.full.accesses() / counted.easy.accesses(),
      100.0 * static_cast<double>(counted.full.refused.accesses) / static_cast<double>(all.accesses), all.merges,
      counted.full.merges_in_vain());
  std::fflush(stdout);
}

nlohmann::json numbers_of(const Spent& spent) {
  return {{"operations", spent.counts.operations},
          {"refused_percent", spent.counts.refused()},
          {"nanoseconds", spent.nanoseconds()},
          {"accesses", spent.accesses()},
          {"merges", spent.all.merges},
          {"merges_in_vain_per_refusal", spent.merges_in_vain()}};
}

}  // namespace

Outcome near_full(const Settings& settings) {
  const Compared timed = compare<Arena>(settings), counted = compare<CountedArena>(settings);
  print(settings, timed, counted);
  std::vector<std::string> violations = timed.violations;
  if (violations.empty()) violations = counted.violations;
  if (const double most = most_merges_in_vain(settings); counted.full.merges_in_vain() > most)
    violations.push_back(
        fmt::format("merges: {:.2f} in vain a refusal, expected at most {}", counted.full.merges_in_vain(), most));
  return {{{"timed", {{"easy", numbers_of(timed.easy)}, {"full", numbers_of(timed.full)}}},
           {"counted", {{"easy", numbers_of(counted.easy)}, {"full", numbers_of(counted.full)}}},
           {"free_segments", timed.segments}},
          violations};
}

}  // namespace rarena::stress
