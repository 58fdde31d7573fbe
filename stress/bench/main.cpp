// bench: the arena beside other allocators, all in one process and by turns, so that what else the machine does meets all of
// them. Google Benchmark, with its options; before them
//
//     --shortest        of each workload only the smallest amount, and at most two threads
//     --threads N,...   only workloads for several threads, with so many of them; even numbers
//     --planted NAME    a peer with a known bug, `planted`, is among them; only in a build with assertions
//
// In a build with assertions every block is checked, and its times mean nothing: exit status 1 if a check has failed. A peer
// that is not there is left out, and why is said, here and in the context of what is written as JSON.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "bench/peers.hpp"
#include "bench/workloads.hpp"

namespace {

using namespace rarena;
using namespace rarena::bench;

// The loader keeps few thread-local bytes for libraries that come late, and says how many when a program starts.
void start_again_with_room(char** arguments) {
  constexpr const char* variable = "GLIBC_TUNABLES";
  if (std::getenv(variable) != nullptr) return;
  ::setenv(variable, "glibc.rtld.optional_static_tls=16384", 1);
  ::execv("/proc/self/exe", arguments);
}

template <class P>
bool is_there() try {
  const P here(std::size_t{1} << 20U);
  return true;
} catch (const std::exception& error) {
  if (P::name != PlantedPeer::name) {
    fmt::print(stderr, "{} is left out: {}\n", P::name, error.what());
    benchmark::AddCustomContext(fmt::format("left out: {}", P::name), error.what());
  }
  return false;
}

std::set<std::string, std::less<>> left_out() {
  std::set<std::string, std::less<>> names;
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if (!is_there<P>()) names.emplace(P::name);
  });
  return names;
}

// Throws std::runtime_error if it is no bug, or nothing would find it.
void plant(std::string_view name) {
  if (!checking) throw std::runtime_error("expected a build with assertions for --planted");
  for (const auto& [known, bug] : PlantedPeer::bugs)
    if (known == name) PlantedPeer::planted = bug;
  if (PlantedPeer::planted == Planted::none) throw std::runtime_error(fmt::format("no planted bug '{}'", name));
}

void add_all(Suite& suite) {
  add_bump(suite);
  add_top(suite);
  add_ping(suite);
  add_hand_over(suite);
  add_churn(suite);
  add_fifo(suite);
  add_segments(suite);
  add_larson(suite);
  add_threadtest(suite);
  add_mixed(suite);
  add_map(suite);
  add_strings(suite);
  add_rewind(suite);
  add_open(suite);
}

struct Own {
  bool shortest = false;
  std::vector<int> threads;
  std::string planted;
};

// "2,8". Throws std::runtime_error unless they are even.
std::vector<int> numbers(std::string_view list) {
  std::vector<int> found;
  for (const auto part : std::views::split(list, ',')) {
    int number = 0;
    const auto [end, error] = std::from_chars(std::to_address(part.begin()), std::to_address(part.end()), number);
    if (error != std::errc() || end != std::to_address(part.end()) || number < 2 || number % 2 != 0)
      throw std::runtime_error(fmt::format("--threads: expected even numbers as 2,8, found '{}'", list));
    found.push_back(number);
  }
  return found;
}

// The options that are not Google Benchmark's; the others are left in `words`.
Own take_own(std::vector<char*>& words) {
  Own own;
  std::vector<char*> others;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--shortest") {
      own.shortest = true;
    } else if (word == "--threads" && i + 1 < words.size()) {
      own.threads = numbers(words[++i]);
    } else if (word == "--planted" && i + 1 < words.size()) {
      own.planted = words[++i];
    } else {
      others.push_back(words[i]);
    }
  }
  words = std::move(others);
  return own;
}

int run(std::vector<char*> words) {
  const Own own = take_own(words);
  if (!own.planted.empty()) plant(own.planted);
  int count = static_cast<int>(words.size());
  benchmark::Initialize(&count, words.data());
  if (benchmark::ReportUnrecognizedArguments(count, words.data())) return 2;
  benchmark::AddCustomContext("checked", checking ? "yes" : "no");
  benchmark::AddCustomContext("compiler", RARENA_BENCH_COMPILER);
  Suite suite(own.shortest, own.threads, left_out());
  add_all(suite);
  if (benchmark::RunSpecifiedBenchmarks() == 0) throw std::runtime_error("no benchmark has such a name");
  benchmark::Shutdown();
  return broken() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  start_again_with_room(argv);
  std::string by_turns = "--benchmark_enable_random_interleaving=true";
  std::string repetitions = "--benchmark_repetitions=5";
  std::string seconds = "--benchmark_min_time=0.02";
  std::vector<char*> words = {argv[0], by_turns.data(), repetitions.data(), seconds.data()};
  words.insert(words.end(), argv + 1, argv + argc);
  return run(std::move(words));
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
