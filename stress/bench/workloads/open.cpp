// open, close, examine: a closed file is opened, which looks at all of its free segments; an open one is closed, which waits
// for what the file system has of a disk; and the structural walk of an opening alone. The amount is the number of free
// segments, of LMDB that of records.
#include "bench/files.hpp"
#include "bench/workloads.hpp"
#include "core/rarena.hpp"

namespace rarena::bench {

namespace {

constexpr std::int64_t closings_in_batch = 1;

// `opening`: opening is timed, and closing is not; else the other way round.
template <class F, bool opening>
class Opening {
 public:
  using Peer = F;
  static constexpr std::int64_t batch = closings_in_batch;

  explicit Opening(const Settings& settings) : file_(file_with<F>(settings.amount)) {
    if (!opening) file_.open();
  }
  ~Opening() { file_.close(); }
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;

  struct Worker {
    Worker(Opening& work, int) : file(work.file_) {}
    void operation() { opening ? file.open() : file.close(); }
    void between() { opening ? file.close() : file.open(); }
    F& file;
  };

 private:
  F& file_;
};

class Examine {
 public:
  using Peer = ArenaFile;
  static constexpr std::int64_t batch = closings_in_batch;

  explicit Examine(const Settings& settings) : file_(file_with<ArenaFile>(settings.amount)) {
    file_.open();
    view_.emplace(file_.arena().data(), detail::geometry_of_arena(file_.arena()));
  }
  ~Examine() { file_.close(); }
  Examine(const Examine&) = delete;
  Examine& operator=(const Examine&) = delete;

  struct Worker {
    Worker(Examine& work, int) : examine(work) {}
    void operation() { benchmark::DoNotOptimize(detail::examine_sound(*examine.view_)); }
    Examine& examine;
  };

 private:
  ArenaFile& file_;
  std::optional<detail::MemoryView> view_;
};

template <class F>
void add_files(Suite& suite, const Amounts& amounts) {
  suite.add<Opening<F, true>>("open", amounts);
  suite.add<Opening<F, false>>("close", amounts);
}

}  // namespace

void add_open(Suite& suite) {
  const Amounts amounts{"segments", {1'000, 10'000, 100'000, 1'000'000}};
  add_files<ArenaFile>(suite, amounts);
  add_files<BoostMappedFile>(suite, amounts);
  add_files<LmdbFile>(suite, amounts);
  suite.add<Examine>("examine", amounts);
}

}  // namespace rarena::bench
