// Execution: what the code under test talks to. Every access asks here for its result.
//
// One contract, three implementations, which differ in who runs next and in how a choice is made: explorer.hpp (all executions,
// threads as plain calls), sampler.hpp (random ones) and replayer.hpp (a recorded one, both with threads as fibers). What is
// common lies here: adding events, outcomes, values, races, step bounds, violations.
//
// Thread safety: one execution per thread of the system; the threads of the program take turns on it.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "models/checker/graph/graph.hpp"
#include "models/checker/graph/program.hpp"
#include "result.hpp"

namespace checker {

// Where a retry loop begins: how many events and writes its thread had made.
struct LoopHead {
  int events = 0;
  int writes = 0;
};

class Execution {
 public:
  struct Read {
    std::uint64_t value;
    bool updated;  // a read-modify-write has written
  };
  struct Limits {
    unsigned weak_failures = 1;
    int step_bound = 1000;
    bool step_bound_is_violation = true;
    bool prune_retries = true;
  };

  // Throws std::invalid_argument for no threads or too many, and for a step bound with which a graph could grow too large.
  Execution(const Program& program, const Limits& limits);
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // With more, a graph of so many threads could grow too large.
  static int largest_step_bound(std::size_t threads);

  // The execution under way on this thread of the system; nullptr: none.
  static Execution* current() { return current_; }

  // Called by the code under test.
  Read read(Cell cell, const Request& request);
  void write(Cell cell, const Request& request);
  void fence(const Request& request);
  std::uint64_t plain_read(Cell datum, Location where);
  void plain_write(Cell datum, std::uint64_t value, Location where);
  // One access that reads and writes. Returns the old value.
  std::uint64_t plain_exchange(Cell datum, std::uint64_t value, std::uint8_t label, Location where);
  unsigned choose(unsigned options, Location where);
  // Returns only from an await that is to load again.
  void block(Obstacle obstacle, Location where);
  void require(bool condition, std::string_view message, Location where) {
    if (!condition) fail(Fault::assertion, message, where);
  }
  LoopHead loop_head() const { return {at_[slot()].events, at_[slot()].writes}; }
  void retry(LoopHead head, Location where);

  int thread() const { return thread_; }
  const Graph& graph() const { return *graph_; }

 protected:
  ~Execution() = default;

  // Runs `body` as what comes when all threads have ended.
  void begin_finally();
  void end_finally() { finally_ = false; }

  // Where a thread is in the graph. Behind the graph's events of the thread, it adds new ones.
  struct Progress {
    int events = 0;
    int accesses = 0;
    int writes = 0;
  };
  class Running;  // makes an execution current for a scope

  // Before a thread takes a step, or is blocked, or accesses plain data: fibers may change here.
  virtual void before_step() {}
  virtual void before_access() {}
  // Whether a thread whose await found what it does not wait for loads again; else it is blocked.
  virtual bool awaits_again(Location) { return false; }
  // Sets source (and spurious) of a new read. Stores below `lowest` are out of reach.
  virtual void choose_source(Stamp read, int lowest) = 0;
  // Places a new write of a plain store, above `lowest`.
  virtual void choose_place(Stamp write, int lowest) = 0;
  // Places the write of a read-modify-write: directly above its source.
  virtual void place_update(Stamp write) = 0;
  virtual unsigned choose_option(Stamp choice, unsigned options) = 0;
  virtual void fruitless_retry(LoopHead head, Location where);
  // Leaves the thread for good: must not return.
  virtual void leave_thread() = 0;
  virtual void failed(const Violation& violation) = 0;

  [[noreturn]] void leave() {
    leave_thread();
    std::abort();
  }
  [[noreturn]] void fail(Fault fault, std::string_view message, Location where);
  Graph& edit() { return *graph_; }
  void begin_thread(int thread) {
    thread_ = thread;
    at_[slot()] = {};
  }
  bool has_replayed_all() const { return at_[slot()].events == graph().length(thread_); }
  Stamp add_event(Kind kind, Cell cell, const Request& request);
  void add_block(Obstacle obstacle, int loop_begin, Location where);
  // Adds the write of a read-modify-write whose read is settled; it is not placed. no_event: the read does not update.
  Stamp add_update(Stamp read);
  // Whether the read may have its source. If not, message() says what is wrong.
  bool is_written(Stamp read);
  const std::string& message() const { return message_; }
  unsigned weak_failures() const;

  const Program& program_;
  Limits limits_;
  Graph* graph_ = nullptr;
  int thread_ = -1;       // -1: no thread of the program runs
  bool finally_ = false;  // all threads have ended: accesses act on `final_`
  bool seq_cst_used_ = false;
  std::array<Progress, maximum_threads> at_{};
  std::string unfaithful_;  // why the program is not a function of its reads

 private:
  std::size_t slot() const { return static_cast<std::size_t>(thread_); }
  const Event* replay(Kind kind, Cell cell, const Request& request);
  const Access* replay_access(Cell datum, bool writes, std::uint64_t value);
  [[noreturn]] void not_a_function();
  [[noreturn]] void not_in_finally(Location where) {
    fail(Fault::assertion, "model: `finally` runs alone, and can neither choose nor wait", where);
  }
  void add_access(Cell datum, std::uint64_t value, bool writes, std::uint8_t label, Location where);

  // What `finally` sees and changes: the newest values of the execution.
  struct FinalState {
    std::vector<std::uint64_t> cells, data;
  };
  FinalState final_;

  std::string message_;  // not a temporary: a thread that fails is left without destructors

  static inline thread_local Execution* current_ = nullptr;
};

class Execution::Running {
 public:
  explicit Running(Execution& e) : outer_(current_) { current_ = &e; }
  ~Running() { current_ = outer_; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Execution* outer_;
};

}  // namespace checker
