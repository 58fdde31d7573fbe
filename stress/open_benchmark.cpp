// How long opening takes with many free segments: the walk is O(n). Google Benchmark; `--benchmark_filter` chooses.
//
//     open        open a closed file with n free segments, and close it again
//     examine     the structural walk alone
//
// Thread safety: one thread. It times; it is no test.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/rarena.hpp"

namespace {

using namespace rarena;

// A file in which n free segments of 32 to 95 bytes lie between live ones.
class File {
 public:
  explicit File(std::uint64_t segments) {
    std::string pattern = (std::filesystem::temp_directory_path() / ("rarena-open-" + std::string(6, 'X'))).string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed for " + pattern);
    folder_ = pattern;
    Options making = options;
    making.capacity = static_cast<Size>(segments * 128 + 4096);
    making.create_new = true;
    making.descriptor_reserve = 0;  // their bytes would be one more free segment
    auto arena = Arena::map_mut(path(), making).value();
    std::vector<Extent> live;
    for (std::uint64_t i = 0; i < segments; ++i) {
      live.push_back(arena.allocate(16, 1, Fill::none).value().segment);
      arena.allocate(32 + i * 37 % 64, 1, Fill::none).value();
    }
    live.push_back(arena.allocate(16, 1, Fill::none).value().segment);
    arena.rebuild(live).value();
    if (arena.free_segments().size() != segments) throw std::runtime_error("expected as many free segments as asked for");
  }
  ~File() { std::filesystem::remove_all(folder_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::filesystem::path path() const { return folder_ / "arena"; }

  static constexpr Options options{.freelist = Freelist::pessimistic};

 private:
  std::filesystem::path folder_;
};

void open(benchmark::State& state) {
  const File file(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) {
    auto arena = Arena::map_mut(file.path(), File::options);
    if (!arena) return state.SkipWithError(arena.error().message().c_str());
    state.PauseTiming();
    arena = std::unexpected(Error{});  // closing waits for the disk
    state.ResumeTiming();
  }
  state.SetComplexityN(state.range(0));
}

void examine(benchmark::State& state) {
  const File file(static_cast<std::uint64_t>(state.range(0)));
  const auto arena = Arena::map_mut(file.path(), File::options).value();
  const MemoryView view(arena.data(), geometry_of_arena(arena));
  for (auto _ : state) benchmark::DoNotOptimize(examine_sound(view));
  state.SetComplexityN(state.range(0));
}

BENCHMARK(open)->RangeMultiplier(10)->Range(100, 1'000'000)->Unit(benchmark::kMillisecond)->Complexity(benchmark::oN);
BENCHMARK(examine)->RangeMultiplier(10)->Range(100, 1'000'000)->Unit(benchmark::kMillisecond)->Complexity(benchmark::oN);

}  // namespace

BENCHMARK_MAIN();
