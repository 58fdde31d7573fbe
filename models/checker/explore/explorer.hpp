// Explorer: generates every consistent execution of a program, each exactly once.
//
// Threads are plain calls that run to their end, the leftmost unfinished first; a thread that can go no further is left
// (execution.hpp). At a choice the explorer takes the newest option and remembers the others;
// then it goes back to the newest alternative, cuts the graph, and runs again. A backward revisit opens a graph of its own.
//
// A run and the alternatives it leaves are a node and its children. A node's path in this tree names its execution; its depth
// is the number of deviations from the first execution, which bounded mode limits and shards are made of (shard.hpp).
//
// Memory: one graph per nested revisit, whatever the number of executions.
// Source: TruSt (POPL 2022). Thread safety: none; one explorer at a time per thread of the system.
#pragma once

#include <chrono>
#include <csetjmp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "execution.hpp"
#include "models/checker/rc11/sequential_consistency.hpp"
#include "shard.hpp"

namespace checker {

class Explorer final : public Execution {
 public:
  struct Options {
    Limits limits = {};
    int deviations = -1;  // bounded mode: the largest depth; -1: no bound
    Shard shard = {};
    bool stop_at_violation = true;
    // Whether a violation counts; executions that end with another one are passed over, and counted so. Empty: all count.
    std::function<bool(const Violation&)> counts = {};
    bool check_duplicates = false;
    bool audit = false;                    // runs the threads of some complete executions again: they must do the same
    std::uint64_t maximum_executions = 0;  // 0: no limit
    double time_limit = 0;                 // seconds; 0: none
    std::function<void(const ExplorationProgress&)> progress = {};
  };

  Explorer(const Program& program, const Options& options);

  // Throws std::logic_error if the program is not a function of what it reads.
  ShardReport run();

  // The least depth at which the tree has so many nodes, or none any more. The same for everybody who asks.
  static int frontier_depth(const Program& program, Options options, std::uint64_t nodes);

  // From a sample of so many nodes at every depth.
  Estimate estimate(std::uint64_t seed, std::size_t population);

 private:
  using Time = std::chrono::steady_clock;

  struct Node {
    std::uint64_t path = 0;  // hash of the child indices from the root
    int depth = 0;
  };
  struct Alternative {
    enum class Kind : std::uint8_t { source, place, revisit, option } kind;
    bool spurious;
    Stamp event;     // what it is about; the graph is cut behind it
    Stamp argument;  // source, place, revisited read, option
    Stamp reader;    // place: the read that the event revisited, or no_event
    Node node;
  };
  // A graph, and the alternatives left in it.
  struct Context {
    Graph graph;
    std::vector<Alternative> alternatives;
  };

  // An alternative in a graph of its own.
  struct Child {
    std::shared_ptr<const Graph> graph;
    Alternative alternative;
  };

  void choose_source(Stamp read, int lowest) override;
  void choose_place(Stamp write, int lowest) override;
  void place_update(Stamp write) override;
  unsigned choose_option(Stamp choice, unsigned options) override;
  void leave_thread() override { _longjmp(exit_, 1); }
  void failed(const Violation& violation) override;
  void fruitless_retry(LoopHead head, Location where) override;
  bool doubts_loops() const override { return extra_passes_ == 0; }

  void reset();
  bool next();
  bool stopped() const;
  bool admit(const Node& node);
  void begin_node(const Node& node, std::size_t first);
  void name_children();
  void look_at_the_time();
  void expand(const Child& child);
  void add_children(std::vector<Child>& children);
  void use_context(int depth);

  void run_threads();
  Obstacle run_thread(int thread);
  bool guarded(const std::function<void()>& body);
  void finish();
  void replay_threads(bool all);
  void judge_finally();
  std::optional<Violation> run_finally(bool all);
  void check_liveness();
  bool goes_on(int thread);
  void leave_if_extra();

  bool take(const Alternative& alternative);
  bool consistent();
  bool resume_read(Stamp read);
  bool open_revisit(Stamp write, Stamp read);
  bool place_update_or_clash(Stamp write);
  void place_above(Stamp write, int lowest, Stamp reader);
  void push_revisits(Stamp write, Stamp newest);
  void push_weak_failures(Stamp write, Stamp read);
  void push(Alternative::Kind kind, Stamp event, int argument, Stamp reader = no_event, bool spurious = false);

  Context& context() { return *contexts_[static_cast<std::size_t>(context_)]; }
  std::vector<Alternative>& alternatives() { return context().alternatives; }

  Options options_;
  std::vector<std::unique_ptr<Context>> contexts_;
  int context_ = 0;
  Node node_;
  std::size_t first_alternative_ = 0;           // of this node, in its context
  bool dead_ = false;                           // this run has found a violation
  bool stale_ = false;                          // a thread that had ended before this run has run otherwise since
  std::optional<Violation>* caught_ = nullptr;  // where a violation goes instead of the result
  int extra_passes_ = 0;                        // > 0: a blocked thread is let go on, on the newest values
  ShardReport report_;
  Counters before_node_;
  SequentialConsistency order_;
  std::vector<Stamp> renamed_;
  std::unordered_set<std::string> seen_;
  Time::time_point began_, reported_;
  std::uint64_t ticks_ = 0;
  bool timed_out_ = false;
  std::jmp_buf exit_;
  ExceptionState exceptions_;  // outside of the code under test
  // The number of each thread's last run; that which ended a thread is in its last event.
  std::array<std::uint64_t, maximum_threads> last_run_{};
};

}  // namespace checker
