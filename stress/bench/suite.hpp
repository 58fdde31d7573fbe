// Suite: which workload runs on which peer, as benchmarks of Google's. The name of one is WORKLOAD/PEER/AMOUNT/threads:N.
//
// A workload is one file of workloads/, a class template over the peer:
//
//   Work(settings)                 all that is not timed, in one thread; throws Refused where the peer has no room
//   Work::Peer                     what it runs on
//   Work::Worker(work, number)     what one thread does, made by it, not timed
//   worker.operation()             what is timed
//   worker.between()               not timed, between two batches, for workers that have it
//   Work::batch                    so many operations between two looks at the clock
//
// A worker runs one batch before the clock starts. Processor time is that of all threads together.
//
// Thread safety: one thread adds.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "bench/blocks.hpp"

namespace rarena::bench {

struct Settings {
  std::size_t amount;  // what it counts is the workload's
  int threads;
};

// What the amount of a benchmark counts: its name in the benchmark's name, and the values, of which a short run has the first.
struct Amounts {
  std::string counted;
  std::vector<std::int64_t> values;
};

// Which benchmarks could not run, and why. Who could not once does nothing in its other repetitions, as Google Benchmark wants
// the same number of iterations of all of them; its label says it, and its times mean nothing.
//
// Thread safety: any number of threads.
class Failures {
 public:
  void add(const std::string& benchmark, const std::string& error);
  // Empty: none.
  std::string of(const std::string& benchmark) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> errors_;
};

inline constexpr const char* could_not = "could not: ";

// Empty: `act` has come to its end. What is Broken is noted.
std::string error_of(const std::function<void()>& act);

class Suite {
 public:
  // With `shortest` only the first amount, and at most two threads. With `threads` only what several threads may do, and so
  // many of them instead of what the workload has.
  Suite(bool shortest, std::vector<int> threads, std::set<std::string, std::less<>> left_out)
      : shortest_(shortest), threads_(std::move(threads)), left_out_(std::move(left_out)) {}

  template <class Work>
  void add(std::string_view workload, const Amounts& amounts, std::initializer_list<int> threads = {1});

 private:
  // What the threads of a run share, made before it.
  template <class Work>
  struct Shared {
    static inline std::unique_ptr<Work> work;
  };
  template <class Work>
  static void make(const benchmark::State& state);
  template <class Work>
  static void end(const benchmark::State&) {
    Shared<Work>::work.reset();
  }
  template <class Work>
  static void run(benchmark::State& state);
  template <class Work>
  static void measure(benchmark::State& state);
  // What a benchmark is remembered by.
  template <class Work>
  static std::string key_of(const benchmark::State& state) {
    return std::string(typeid(Work).name()) + "/" + std::to_string(state.range(0)) + "/" + std::to_string(state.threads());
  }

  static Failures failures_;

  // How many threads a workload that has several runs with.
  std::vector<int> threads_of(std::initializer_list<int> threads, bool concurrent) const;

  bool shortest_;
  std::vector<int> threads_;
  std::set<std::string, std::less<>> left_out_;
};

// The clock stands still, and goes on whatever happens.
class Pause {
 public:
  explicit Pause(benchmark::State& state) : state_(state) { state_.PauseTiming(); }
  ~Pause() { state_.ResumeTiming(); }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;

 private:
  benchmark::State& state_;
};

template <class Worker>
void run_batch(Worker& worker, std::int64_t batch) {
  for (std::int64_t i = 0; i < batch; ++i) worker.operation();
}

template <class Work>
void Suite::add(std::string_view workload, const Amounts& amounts, std::initializer_list<int> threads) {
  const std::string peer(Work::Peer::name);
  const std::vector<int> counts = threads_of(threads, Work::Peer::threads);
  if (left_out_.contains(peer) || counts.empty()) return;
  benchmark::internal::Benchmark* const added =
      benchmark::RegisterBenchmark((std::string(workload) + "/" + peer).c_str(), run<Work>);
  added->ArgName(amounts.counted)->Setup(make<Work>)->Teardown(end<Work>);
  for (const std::int64_t value : amounts.values) {
    added->Arg(value);
    if (shortest_) break;
  }
  for (const int count : counts) added->Threads(count);
}

template <class Work>
void Suite::make(const benchmark::State& state) {
  const std::string error = error_of([&] {
    Shared<Work>::work = std::make_unique<Work>(Settings{static_cast<std::size_t>(state.range(0)), state.threads()});
  });
  if (!error.empty()) failures_.add(key_of<Work>(state), error);
}

template <class Work>
void Suite::run(benchmark::State& state) {
  const std::string key = key_of<Work>(state);
  std::string error = failures_.of(key);
  if (error.empty()) {
    error = error_of([&] { measure<Work>(state); });
    if (error.empty()) return;
    failures_.add(key, error);
  }
  while (state.KeepRunningBatch(Work::batch)) {
  }
  state.SetLabel((could_not + error).c_str());
}

template <class Work>
void Suite::measure(benchmark::State& state) {
  typename Work::Worker worker(*Shared<Work>::work, state.thread_index());
  constexpr bool pauses = requires { worker.between(); };
  run_batch(worker, Work::batch);
  if constexpr (pauses) worker.between();
  while (state.KeepRunningBatch(Work::batch)) {
    run_batch(worker, Work::batch);
    if constexpr (pauses) {
      const Pause pause(state);
      worker.between();
    }
  }
}

}  // namespace rarena::bench
