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
#include <exception>
#include <initializer_list>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <string_view>
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

class Suite {
 public:
  // With `shortest` only the first amount, and at most two threads.
  Suite(bool shortest, std::set<std::string, std::less<>> left_out) : shortest_(shortest), left_out_(std::move(left_out)) {}

  template <class Work>
  void add(std::string_view workload, const Amounts& amounts, std::initializer_list<int> threads = {1});

 private:
  // What the threads of a run share, made before it.
  template <class Work>
  struct Shared {
    static inline std::unique_ptr<Work> work;
    static inline std::string why_not;
  };
  template <class Work>
  static void make(const benchmark::State& state);
  template <class Work>
  static void end(const benchmark::State&) {
    Shared<Work>::work.reset();
  }
  template <class Work>
  static void run(benchmark::State& state);

  bool shortest_;
  std::set<std::string, std::less<>> left_out_;
};

template <class Worker>
void run_batch(Worker& worker, std::int64_t batch) {
  for (std::int64_t i = 0; i < batch; ++i) worker.operation();
}

template <class Work>
void Suite::add(std::string_view workload, const Amounts& amounts, std::initializer_list<int> threads) {
  const std::string peer(Work::Peer::name);
  if (left_out_.contains(peer)) return;
  benchmark::internal::Benchmark* const added =
      benchmark::RegisterBenchmark((std::string(workload) + "/" + peer).c_str(), run<Work>);
  added->ArgName(amounts.counted)->Setup(make<Work>)->Teardown(end<Work>);
  for (const std::int64_t value : amounts.values) {
    added->Arg(value);
    if (shortest_) break;
  }
  for (const int count : threads)
    if (count == *threads.begin() || (Work::Peer::threads && (count <= 2 || !shortest_))) added->Threads(count);
}

template <class Work>
void Suite::make(const benchmark::State& state) try {
  Shared<Work>::why_not.clear();
  Shared<Work>::work = std::make_unique<Work>(Settings{static_cast<std::size_t>(state.range(0)), state.threads()});
} catch (const std::bad_alloc&) {
  Shared<Work>::why_not = Refused().what();
} catch (const std::exception& error) {
  note(error);
  Shared<Work>::why_not = error.what();
}

template <class Work>
void Suite::run(benchmark::State& state) try {
  if (!Shared<Work>::work) return state.SkipWithError(Shared<Work>::why_not.c_str());
  typename Work::Worker worker(*Shared<Work>::work, state.thread_index());
  constexpr bool pauses = requires { worker.between(); };
  run_batch(worker, Work::batch);
  if constexpr (pauses) worker.between();
  while (state.KeepRunningBatch(Work::batch)) {
    run_batch(worker, Work::batch);
    if constexpr (pauses) {
      state.PauseTiming();
      worker.between();
      state.ResumeTiming();
    }
  }
} catch (const std::bad_alloc&) {
  state.SkipWithError(Refused().what());
} catch (const std::exception& error) {
  note(error);
  state.SkipWithError(error.what());
}

}  // namespace rarena::bench
