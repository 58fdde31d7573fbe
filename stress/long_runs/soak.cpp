#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "long_runs/call_times.hpp"
#include "long_runs/front.hpp"
#include "long_runs/limits.hpp"
#include "long_runs/load.hpp"
#include "long_runs/runs.hpp"
#include "long_runs/subject.hpp"
#include "long_runs/together.hpp"

namespace rarena::stress {

namespace {

using Clock = Load::Clock;

constexpr std::uint64_t samples_of_operations = 100;

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

// A subject whose calls are timed; for one thread.
class Timed {
 public:
  explicit Timed(Subject<Arena>& subject) : subject_(subject) {}

  std::optional<Extent> allocate(Size size) {
    times_.begin();
    const auto segment = subject_.allocate(size);
    times_.end();
    return segment;
  }
  void free(Extent segment) {
    times_.begin();
    subject_.free(segment);
    times_.end();
  }
  const CallTimes<>& times() const { return times_; }

 private:
  Subject<Arena>& subject_;
  CallTimes<> times_;
};

// The slowest call of all threads, in seconds.
struct Slowest {
  double wall = 0, processor = 0;

  void add(const Slowest& other) {
    wall = std::max(wall, other.wall);
    processor = std::max(processor, other.processor);
  }
};

class Soak {
 public:
  explicit Soak(const Settings& settings);
  Outcome run();

 private:
  void work();
  void sample();
  bool over() const;
  Counts counts() const;
  std::uint64_t live() const;
  std::string headline() const;

  const Settings& settings_;
  Subject<Arena> subject_;
  std::uint64_t pinned_, samples_ = 0;
  std::vector<Load> loads_;
  Clock::time_point began_ = Clock::now();
  Slowest slowest_, slowest_of_all_;  // since the last sample, and ever
  Counts warm_up_;
  std::uint64_t least_live_ = 0, most_segments_ = 0;
  std::vector<std::string> violations_;  // at the first sample that had any
  std::ofstream out_;
};

Soak::Soak(const Settings& settings)
    : settings_(settings), subject_(options_of(settings), settings), pinned_(pin_small_segments(subject_, settings.segments)) {
  const std::uint64_t room = subject_.arena().remaining();
  for (unsigned i = 0; i < settings.threads; ++i)
    loads_.emplace_back(settings.seed, i, room * settings.load / 100 / settings.threads);
  const auto path = settings.directory / fmt::format("samples-{}.jsonl", key_of(freelists, settings.freelist));
  std::filesystem::create_directories(settings.directory);
  out_.open(path);
  if (!out_) throw std::runtime_error("cannot write " + path.string());
}

Counts Soak::counts() const {
  Counts sum;
  for (const Load& load : loads_) sum += load.counts();
  return sum;
}

std::uint64_t Soak::live() const {
  std::uint64_t sum = pinned_;
  for (const Load& load : loads_) sum += load.live();
  return sum;
}

bool Soak::over() const {
  if (settings_.minutes > 0) return seconds_since(began_) >= 60 * settings_.minutes;
  return samples_ >= samples_of_operations;
}

// Until the next sample.
void Soak::work() {
  const Mix& mix = mixes.at(settings_.sizes);
  const bool by_time = settings_.minutes > 0;
  const std::uint64_t operations =
      by_time ? std::numeric_limits<std::uint64_t>::max()
              : std::max<std::uint64_t>(settings_.operations / settings_.threads / samples_of_operations, 1);
  std::optional<Clock::time_point> until;
  if (by_time)
    until = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(settings_.every));
  std::vector<Slowest> slowest(settings_.threads);
  together(settings_.threads, [&](unsigned i) {
    Timed subject(subject_);
    loads_[i].run(subject, mix, operations, until);
    slowest[i] = {subject.times().longest_wall(), subject.times().longest_processor()};
  });
  slowest_ = {};
  for (const Slowest& one : slowest) slowest_.add(one);
  slowest_of_all_.add(slowest_);
}

void Soak::sample() {
  const Numbers numbers = numbers_of(subject_.arena());
  const Counts done = counts();
  const std::uint64_t live_now = live();
  ++samples_;
  const bool warm =
      settings_.minutes > 0 ? seconds_since(began_) >= 15 * settings_.minutes : samples_ > samples_of_operations / 4;
  if (!warm) warm_up_ = done;
  if (warm) least_live_ = least_live_ == 0 ? live_now : std::min(least_live_, live_now);
  most_segments_ = std::max(most_segments_, numbers.segments);
  const nlohmann::json line = {{"seconds", seconds_since(began_)},
                               {"operations", done.operations},
                               {"requests", done.requests},
                               {"refusals", done.refusals},
                               {"live", live_now},
                               {"free", numbers.free},
                               {"discarded", numbers.discarded},
                               {"descriptors", numbers.descriptors},
                               {"segments", numbers.segments},
                               {"largest", numbers.largest},
                               {"lost", numbers.lost(live_now)},
                               {"slowest_us", slowest_.wall * 1e6},
                               {"slowest_processor_us", slowest_.processor * 1e6}};
  out_ << line.dump() << "\n";
  if (!out_.flush()) throw std::runtime_error("cannot write the samples");
  if (!violations_.empty()) return;
  violations_ = judge_bytes(numbers, live_now);
  if (const auto shared = overlap(loads_, subject_.arena().free_segments())) violations_.insert(violations_.begin(), *shared);
}

std::string Soak::headline() const {
  return fmt::format("{:11} {:>11} {:>3} % {:>2} threads, {} free segments in front", key_of(freelists, settings_.freelist),
                     settings_.sizes, settings_.load, settings_.threads, settings_.segments);
}

Outcome Soak::run() {
  while (!over()) {
    work();
    sample();
  }
  const Counts done = counts();
  const Numbers numbers = numbers_of(subject_.arena());
  const Facts facts{.refused = (done - warm_up_).refused(), .numbers = numbers, .live = live()};
  fmt::print(
      "{}: {} operations in {:.1f} s, refused {:.2f} % ({:.2f} % after warm-up), live at least {:.1f} %, discarded "
      "{:.2f} %, at most {} free segments, slowest call {:.2f} ms, of processor time at most {:.2f} ms\n",
      headline(), done.operations, seconds_since(began_), done.refused(), facts.refused, numbers.percent(least_live_),
      numbers.percent(numbers.discarded), most_segments_, slowest_of_all_.wall * 1e3, slowest_of_all_.processor * 1e3);
  std::fflush(stdout);
  std::vector<std::string> violations = violations_;
  if (violations.empty()) violations = judge(settings_, facts);
  return {{{"operations", done.operations},
           {"seconds", seconds_since(began_)},
           {"refused_percent", done.refused()},
           {"refused_percent_after_warm_up", facts.refused},
           {"discarded", numbers.discarded},
           {"most_free_segments", most_segments_},
           {"slowest_call_us", slowest_of_all_.wall * 1e6},
           {"slowest_call_processor_us", slowest_of_all_.processor * 1e6}},
          violations};
}

}  // namespace

Outcome soak(const Settings& settings) { return Soak(settings).run(); }

}  // namespace rarena::stress
