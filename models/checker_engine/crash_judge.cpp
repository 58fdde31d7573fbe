#include "crash_judge.hpp"

#include <algorithm>
#include <memory>
#include <utility>

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

template <crash::Analysis A>
std::function<std::string(crash::History)> counted(std::shared_ptr<A> analysis, crash::Counters* counters) {
  return [analysis = std::move(analysis), counters](crash::History history) {
    std::string wrong = (*analysis)(std::move(history));
    if (counters != nullptr) *counters = analysis->counters();
    return wrong;
  };
}

std::function<std::string(crash::History)> make(const Image& image, unsigned slab, const Crash& crash) {
  if (crash.mode == crash::Mode::kill)
    return counted(std::make_shared<crash::ProcessKill>(image, slab, crash.defect), crash.counters);
  if (crash.mode == crash::Mode::fork) return counted(std::make_shared<crash::Fork>(image, slab, crash.defect), crash.counters);
  return counted(std::make_shared<crash::PageLoss>(image, slab, crash.mode, crash.defect, crash.page), crash.counters);
}

}  // namespace

CrashJudge::CrashJudge(const ArenaProgram& arena, unsigned slab, const Crash& crash)
    : arena_(arena), analysis_(make(arena.image(), slab, crash)) {}

checker::Judgement CrashJudge::operator()(const checker::Graph& graph) {
  return checker::Judgement(analysis_(history_of(arena_, graph)));
}

}  // namespace rarena::models::checking
