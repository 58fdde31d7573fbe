// peers_benchmark: the arena beside other allocators, all in one process and by turns, so that what else the machine does meets
// all of them. It times; it is no test. Google Benchmark; `--benchmark_filter` chooses.
//
//     churn    replace one of many small objects, which fill 45 % of 256 KiB, 4 MiB or 64 MiB
//
// A peer that is not there is left out, and why is said.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "bench/churn.hpp"
#include "bench/peers/arena.hpp"
#include "bench/peers/glibc.hpp"
#include "bench/peers/interprocess.hpp"
#include "bench/peers/jemalloc.hpp"
#include "bench/peers/mimalloc.hpp"
#include "bench/peers/tbbmalloc.hpp"
#include "bench/ratios.hpp"

namespace {

using namespace rarena;
using namespace rarena::bench;

using Own = ArenaPeer<Freelist::pessimistic>;

constexpr std::pair<const char*, std::size_t> sizes[] = {
    {"256 KiB", std::size_t{256} << 10U}, {"4 MiB", std::size_t{4} << 20U}, {"64 MiB", std::size_t{64} << 20U}};

template <Peer P>
void churn(benchmark::State& state, std::size_t bytes) try {
  Churn<P> churn(bytes);
  for (auto _ : state) churn.replace();
} catch (const std::exception& error) {
  state.SkipWithError(error.what());
}

template <Peer P>
void add(int repetitions) {
  try {
    const P here(std::size_t{1} << 20U);
  } catch (const std::exception& error) {
    fmt::print("{} is left out: {}\n", P::name, error.what());
    return;
  }
  for (const auto& [size, bytes] : sizes)
    benchmark::RegisterBenchmark(fmt::format("{}/{}", P::name, size).c_str(), churn<P>, bytes)->Repetitions(repetitions);
}

// The loader keeps few thread-local bytes for libraries that come late, and says how many when a program starts.
void start_again_with_room(char** arguments) {
  constexpr const char* variable = "GLIBC_TUNABLES";
  if (std::getenv(variable) != nullptr) return;
  ::setenv(variable, "glibc.rtld.optional_static_tls=16384", 1);
  ::execv("/proc/self/exe", arguments);
}

}  // namespace

int main(int argc, char** argv) {
  start_again_with_room(argv);
  std::vector<char*> words(argv, argv + argc);
  std::string by_turns = "--benchmark_enable_random_interleaving=true";
  words.insert(words.begin() + 1, by_turns.data());
  int count = static_cast<int>(words.size());
  benchmark::Initialize(&count, words.data());
  if (benchmark::ReportUnrecognizedArguments(count, words.data())) return 1;
  constexpr int repetitions = 5;
  add<Own>(repetitions);
  add<ArenaPeer<Freelist::optimistic>>(repetitions);
  add<GlibcPeer>(repetitions);
  add<JemallocPeer>(repetitions);
  add<MimallocPeer>(repetitions);
  add<TbbPeer>(repetitions);
  add<InterprocessPeer>(repetitions);
  Ratios ratios{std::string(Own::name)};
  benchmark::RunSpecifiedBenchmarks(&ratios);
  benchmark::Shutdown();
}
