#include "crash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "models/crash/defect.hpp"
#include "models/crash/fork.hpp"
#include "models/crash/page_loss.hpp"
#include "models/crash/process_kill.hpp"
#include "models/scenario/calls.hpp"

namespace rarena::models::checking {

namespace {

using crash::Mark;

// What a thread in a call may hold that is in no list. A merge: the members of one run, and of their descriptors the one that
// the run will have, and one more. An allocation or a free: the segment that it cuts, and one of which it makes descriptors;
// and where it merges also what a merge holds.
crash::Lost most_held(const Call& call, bool merges) {
  const auto also = static_cast<std::uint16_t>(merges ? 1 : 0);
  switch (call.kind) {
    case Call::Kind::merge: return {1, 2};
    case Call::Kind::allocate:
    case Call::Kind::take:
    case Call::Kind::put_back:
    case Call::Kind::end_magazine:
    case Call::Kind::take_shared:
    case Call::Kind::return_shared:
    case Call::Kind::end_shared:
    case Call::Kind::free: return {static_cast<std::uint16_t>(2 + also), static_cast<std::uint16_t>(2 + 2 * also)};
    case Call::Kind::give_up:
    case Call::Kind::discard: return {1, 1};
    default: return {0, 0};
  }
}

// One thread's marks, in its order. Needs are counted in events first: what is behind so many events of each thread.
class ThreadMarks {
 public:
  ThreadMarks(const ArenaProgram& arena, const checker::Graph& graph, int thread, const ClientProgram* program)
      : arena_(arena), graph_(graph), log_(graph.log(thread)), thread_(thread), program_(program) {
    for (int i = 0; i < graph.length(thread); ++i) {
      add_log(i);
      add_event(graph[graph.at(thread, i)]);
    }
    add_log(graph.length(thread));
    end_call();
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
      if (program_ != nullptr) note(access);
      if (access.writes && ArenaProgram::is_moment(access.label))
        add({.moment = ArenaProgram::moment_of(access.label), .extent = decode_extent(access.value)}, events + 1, events);
    }
  }
  void add_event(const checker::Event& event) {
    if (event.kind != checker::Kind::write) return;
    if (ArenaProgram::site(event.request.label) == Site::claim_mark) has_taken_ = true;
    add({.order = static_cast<std::uint16_t>(event.place), .place = arena_.place_of(event.cell), .value = event.value},
        event.index + 1, event.index + 1);
  }
  // `behind`: the mark has happened when so many events have. `events`: those that it lies behind itself.
  void add(Mark mark, int behind, int events) {
    mark.steps = static_cast<std::uint16_t>(events);
    if (program_ != nullptr) mark.may_lose = may_lose();
    marks_.push_back(mark);
    behind_.push_back(behind);
    prefixes_.push_back(events == 0 ? nullptr : &graph_[graph_.at(thread_, events - 1)].prefix);
  }

  // A call begins, or is over: then its last mark leaves nothing to lose.
  void note(const checker::Access& access) {
    const auto first = arena_.call_book(static_cast<unsigned>(thread_), 0);
    const auto call = static_cast<std::size_t>(access.datum - first);
    if (access.datum < first || call >= calls().size()) return;
    if (access.value != call_begins) return end_call();
    call_ = &calls()[call];
    if (call_->kind == Call::Kind::take) has_chunk_ = true;
  }
  void end_call() {
    if (call_ != nullptr && call_->kind == Call::Kind::end_magazine) has_chunk_ = false;
    if (program_ != nullptr && !marks_.empty()) marks_.back().may_lose = unused();
    call_ = nullptr;
    has_taken_ = false;
  }
  // A merge that has taken nothing has nothing.
  crash::Lost may_lose() const {
    const bool nothing = call_ == nullptr || (call_->kind == Call::Kind::merge && !has_taken_);
    if (nothing) return unused();
    crash::Lost held = most_held(*call_, program_->merging == Merging::automatic);
    held.ranges = static_cast<std::uint16_t>(held.ranges + unused().ranges);
    return held;
  }
  // What the thread's magazine has not handed out.
  crash::Lost unused() const { return {static_cast<std::uint16_t>(has_chunk_ ? 1 : 0), 0}; }
  const Calls& calls() const { return program_->threads[static_cast<std::size_t>(thread_)]; }

  const ArenaProgram& arena_;
  const checker::Graph& graph_;
  const std::vector<checker::Access>& log_;
  int thread_;
  const ClientProgram* program_;
  const Call* call_ = nullptr;  // under way
  bool has_taken_ = false;      // in it
  bool has_chunk_ = false;      // a magazine that has not ended
  std::size_t taken_ = 0;
  std::vector<Mark> marks_;
  std::vector<int> behind_;
  std::vector<const checker::Clock*> prefixes_;
};

}  // namespace

crash::History history_of(const ArenaProgram& arena, const checker::Graph& graph, const ClientProgram* program) {
  std::vector<ThreadMarks> threads;
  for (int t = 0; t < graph.threads(); ++t) threads.emplace_back(arena, graph, t, program);
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
  Crash(Judge judge, const ClientProgram& program) : judge_(std::move(judge)), program_(program) {}

  Changes wrap() override {
    return {.examine = [this](const ArenaProgram& arena, const checker::Graph& graph,
                              bool) { return judge_.judge(history_of(arena, graph, &program_)); },
            .invariants = false,
            .notes_calls = true};
  }
  void report(Ending& ending) const override {
    const crash::Counters c = judge_.counters();
    ending.more["crash"] = {{"cuts", c.cuts}, {"files", c.files}, {"recoveries", c.recoveries}};
    if (c.losses != 0)
      ending.more["lost"] = {{"files", c.losses}, {"ranges", c.most_lost.ranges}, {"descriptors", c.most_lost.descriptors}};
  }

 private:
  Judge judge_;
  const ClientProgram& program_;
};

}  // namespace

MadeAnalysis make_crash(const Job& job) {
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
  return std::make_unique<Crash>(make_judge(job, *mode, *defect, page), job.scenario.program);
}

}  // namespace rarena::models::checking
