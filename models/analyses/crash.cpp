#include "crash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "models/crash/defect.hpp"
#include "models/crash/fork.hpp"
#include "models/crash/page_loss.hpp"
#include "models/crash/process_kill.hpp"

namespace rarena::models::checking {

namespace {

using crash::Mark;

// One thread's marks, in its order. Needs are counted in events first: what is behind so many events of each thread.
class ThreadMarks {
 public:
  ThreadMarks(const ArenaProgram& arena, const checker::Graph& graph, int thread)
      : arena_(arena), graph_(graph), log_(graph.log(thread)), thread_(thread) {
    for (int i = 0; i < graph.length(thread); ++i) {
      add_log(i);
      add_event(graph[graph.at(thread, i)]);
    }
    add_log(graph.length(thread));
  }

  const std::vector<Mark>& marks() const { return marks_; }
  // How many marks lie in the first `events` events of the thread, what is logged between two of them included.
  std::uint16_t within(int events) const {
    return static_cast<std::uint16_t>(std::ranges::upper_bound(behind_, events) - behind_.begin());
  }
  const checker::Clock* prefix(std::size_t mark) const { return prefixes_[mark]; }

 private:
  // What is logged behind the first `events` events.
  void add_log(int events) {
    for (; taken_ < log_.size() && log_[taken_].position <= events; ++taken_) {
      const checker::Access& access = log_[taken_];
      if (access.writes && ArenaProgram::is_moment(access.label))
        add({.moment = ArenaProgram::moment_of(access.label), .extent = decode_extent(access.value)}, events + 1, events);
    }
  }
  void add_event(const checker::Event& event) {
    if (event.kind != checker::Kind::write) return;
    add({.order = static_cast<std::uint16_t>(event.place), .place = arena_.place_of(event.cell), .value = event.value},
        event.index + 1, event.index + 1);
  }
  // `behind`: the mark has happened when so many events have. `events`: those that it lies behind itself.
  void add(Mark mark, int behind, int events) {
    mark.steps = static_cast<std::uint16_t>(events);
    marks_.push_back(mark);
    behind_.push_back(behind);
    prefixes_.push_back(events == 0 ? nullptr : &graph_[graph_.at(thread_, events - 1)].prefix);
  }

  const ArenaProgram& arena_;
  const checker::Graph& graph_;
  const std::vector<checker::Access>& log_;
  int thread_;
  std::size_t taken_ = 0;
  std::vector<Mark> marks_;
  std::vector<int> behind_;
  std::vector<const checker::Clock*> prefixes_;
};

}  // namespace

crash::History history_of(const ArenaProgram& arena, const checker::Graph& graph) {
  std::vector<ThreadMarks> threads;
  for (int t = 0; t < graph.threads(); ++t) threads.emplace_back(arena, graph, t);
  crash::History history;
  for (std::size_t t = 0; t < threads.size(); ++t) {
    auto& marks = history.threads.emplace_back(threads[t].marks());
    for (std::size_t i = 0; i < marks.size(); ++i) {
      if (const checker::Clock* prefix = threads[t].prefix(i))
        for (std::size_t s = 0; s < threads.size(); ++s) marks[i].needs[s] = threads[s].within((*prefix)[static_cast<int>(s)]);
      marks[i].needs[t] = static_cast<std::uint16_t>(i + 1);
    }
  }
  return history;
}

namespace {

// What a crash analysis answers, and what it has counted.
struct Judge {
  std::function<std::string(crash::History)> judge;
  std::function<crash::Counters()> counters;
};

template <crash::Analysis A>
Judge judge_by(std::shared_ptr<A> analysis) {
  return {[analysis](crash::History history) { return (*analysis)(std::move(history)); },
          [analysis] { return analysis->counters(); }};
}

Judge make_judge(const Job& job, crash::Mode mode, crash::Defect defect, Size page) {
  const Image image = job.image();
  const unsigned slab = job.scenario.slab;
  if (mode == crash::Mode::kill) return judge_by(std::make_shared<crash::ProcessKill>(image, slab, defect));
  if (mode == crash::Mode::fork) return judge_by(std::make_shared<crash::Fork>(image, slab, defect));
  return judge_by(std::make_shared<crash::PageLoss>(image, slab, mode, defect, page));
}

class Crash : public Analysis {
 public:
  explicit Crash(Judge judge) : judge_(std::move(judge)) {}

  Changes wrap() override {
    return {.examine = [this](const ArenaProgram& arena, const checker::Graph& graph,
                              bool) { return judge_.judge(history_of(arena, graph)); },
            .invariants = false};
  }
  void report(Ending& ending) const override {
    const crash::Counters c = judge_.counters();
    ending.more["crash"] = {{"cuts", c.cuts}, {"files", c.files}, {"recoveries", c.recoveries}};
  }

 private:
  Judge judge_;
};

}  // namespace

MadeAnalysis make_crash(const Job& job) {
  if (!job.scenario.program.index.none()) return std::unexpected("the files of scenarios have no index");
  const auto name = job.analysis.options.value("mode", std::string());
  const auto mode = crash::mode_named(name);
  if (!mode) {
    std::string known;
    for (const auto& m : crash::modes) known += (known.empty() ? "" : ", ") + std::string(m.name);
    return std::unexpected("no crash is called '" + name + "'; expected one of " + known);
  }
  const auto page = job.analysis.options.value("page", Size{8});
  if (page < 8 || page > crash::largest_memory || !is_power_of_two(page))
    return std::unexpected(
        fmt::format("expected pages of a power of two, 8 to {} bytes, found {}", crash::largest_memory, page));
  const auto defect = crash::defect_of(job.bug);
  if (!defect) return std::unexpected("models/crash/defect.hpp has no bug '" + job.bug->name + "'");
  return std::make_unique<Crash>(make_judge(job, *mode, *defect, page));
}

}  // namespace rarena::models::checking
