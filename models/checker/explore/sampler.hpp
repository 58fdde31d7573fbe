// Sampler: random executions of a program, weak behaviours included.
//
// Threads are fibers. Before each step the next thread is drawn, a read takes any coherent source, a store lies at any legal
// place of the coherence order, and a weak compare-exchange may fail. po u rf is acyclic because every source is there before
// it is read, and every consistent execution is built by some draws: each has a chance, none a certainty. Every sample has a
// generator of its own, made from the seed and the sample's number, so that it can be run alone.
//
// A fruitless retry (and an await) is not blocked but goes round again: after old values, once another thread has taken a step;
// after the newest values, once something has been written. What nobody can end after some passes is a livelock or deadlock.
//
// Thread safety: none; one sampler at a time per thread of the system.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "explorer.hpp"
#include "fibers.hpp"
#include "models/checker/rc11/sequential_consistency.hpp"

namespace checker {

// SplitMix64: the same numbers on every platform. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
// OOPSLA 2014. Thread safety: a value.
class Generator {
 public:
  explicit Generator(std::uint64_t state) : state_(state) {}
  std::uint64_t next();
  // Any of 0 .. bound - 1; bound > 0.
  int below(int bound) { return static_cast<int>(next() % static_cast<std::uint64_t>(bound)); }
  bool one_in(int n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

class Sampler final : public FiberExecution {
 public:
  struct Options {
    Limits limits;
    std::uint64_t seed = 1;
    std::uint64_t samples = 10'000;
    std::uint64_t first = 0;  // number of the first sample
    bool stop_at_violation = true;
    std::uint64_t maximum_executions = 0;                           // 0: no limit; a run that it stops is incomplete
    double time_limit = 0;                                          // seconds; 0: none
    std::function<void(const ExplorationProgress&)> progress = {};  // about once a second
  };

  // Throws std::invalid_argument for no threads, too many, or no samples.
  Sampler(const Program& program, const Options& options);

  Result run();
  // The number of the sample that the violation of the result was found in.
  std::optional<std::uint64_t> sample_of_violation() const { return sample_of_violation_; }

 private:
  using Time = std::chrono::steady_clock;

  // What a thread that goes round in a loop waits for.
  enum class Wait : std::uint8_t { nothing, step, write };
  struct Loop {
    Wait wait = Wait::nothing;
    Obstacle obstacle = Obstacle::none;
    int since = 0;     // steps of other threads, or writes of all, when it began to wait
    int passes = 0;    // without a change, all of them on the newest values
    int begin = 0;     // of the last pass: index of its first event
    Location where{};  // of the way back
  };
  struct Source {
    int place;
    bool spurious;
  };

  void before_step() override;
  void choose_source(Stamp read, int lowest) override;
  void choose_place(Stamp write, int lowest) override;
  void place_update(Stamp write) override;
  unsigned choose_option(Stamp choice, unsigned options) override;
  void fruitless_retry(LoopHead head, Location where) override;
  bool awaits_again(Location where) override;
  void failed(const Violation& violation) override;

  void sample(std::uint64_t number);
  void conclude();
  void count(bool blocked, bool bound);
  void look_at_the_time(std::uint64_t done);
  bool stopped(std::uint64_t done) const;

  void switch_threads();
  int pick();
  int pick_among(bool (Sampler::*condition)(int) const);
  bool may_run(int t) const;
  bool waits_for_step(int t) const { return loop(t).wait == Wait::step; }
  bool has_passes_left(int t) const;
  int steps_of_others(int t) const { return graph().size() - graph().length(t); }
  void goes_round(Obstacle obstacle, int begin, Location where);

  void collect_sources(Stamp read, int lowest);
  bool try_source(Stamp read, Source source);
  bool try_place(Stamp write, int place);
  Loop& loop(int t) { return loops_[static_cast<std::size_t>(t)]; }
  const Loop& loop(int t) const { return loops_[static_cast<std::size_t>(t)]; }

  Options options_;
  Result result_;
  std::optional<std::uint64_t> sample_of_violation_;
  Generator random_{0};
  std::uint64_t number_ = 0;  // of the sample under way
  std::array<Loop, maximum_threads> loops_{};
  std::vector<Source> sources_;
  std::vector<int> places_;
  SequentialConsistency order_;
  int next_ = -1;   // the thread that takes the next step; -1: none can
  int writes_ = 0;  // in the graph
  bool timed_out_ = false;
  Time::time_point began_, reported_;
};

}  // namespace checker
