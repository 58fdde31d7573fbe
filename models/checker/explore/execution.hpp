// Execution: what the code under test talks to. Every access asks here for its result.
//
// One contract, three implementations, which differ in who runs next and in how a choice is made: explorer.hpp (all executions,
// threads as plain calls), sampler.hpp (random ones) and replayer.hpp (a recorded one, both with threads as fibers). What is
// common lies here: adding events, outcomes, values, races, step bounds, violations; in loops.cpp, loops without marks.
//
// Who leaves a thread in its middle leaves it as it is, by longjmp or by going to another fiber. Only a thread that owns memory
// is unwound: by an exception, Left, which cannot pass a noexcept function; its frames beyond that are then dropped, too.
//
// Thread safety: one execution per thread of the system; the threads of the program take turns on it.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crashes.hpp"
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
    bool find_loops = false;  // those that are not marked: an explorer then blocks what goes round and changes nothing
    int patience = 0;         // seconds of processor time without an access, after which code counts as hung; 0: for ever
  };
  // Loops that are not marked: after so many passes that did the same, they count as endless.
  static constexpr int most_passes = 64;
  // Plain accesses per step of the bound: a thread that makes more of them goes round over plain data.
  static constexpr int accesses_per_step = 10;

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

  // The interface was used in a way that is wrong whatever the values are.
  [[noreturn]] void misuse(std::string_view message, Location where) { fail(Fault::misuse, message, where); }

  // Called by the handlers of crashes.cpp, on behalf of the code under test. What crashes is left at once, and reported then.
  bool runs_code_under_test() const { return in_body_; }
  [[noreturn]] void crash(Fault fault, const char* text);
  void tick();

  int thread() const { return thread_; }
  // The thread, or maximum_threads for `finally`.
  int caller() const { return in_finally() ? maximum_threads : thread_; }
  // Of a thread that waits to be notified: whether it goes on without. Counts as a weak failure.
  bool wakes_spuriously(Location where);
  const Graph& graph() const { return *graph_; }

  // What leaves a thread that owns memory.
  struct Left {};

 protected:
  ~Execution() = default;

  // What accesses act on. threads: the graph. finally: the newest values, when all threads have ended. leaving: the same, for
  // the destructors of a thread that is unwound. echo: nothing; they must repeat what the thread did before (loops.cpp).
  enum class Phase : std::uint8_t { threads, finally, leaving, echo };

  // Runs `body` as what comes when all threads have ended.
  void begin_finally();
  void end_finally() { phase_ = Phase::threads; }
  bool in_finally() const { return phase_ == Phase::finally || (phase_ == Phase::leaving && was_finally_); }

  // Around the code under test. Derived classes call the first before it begins or goes on, and the second when it was left or
  // has ended; that reports a crash, if there was one.
  void enter_body() { in_body_ = true; }
  void exit_body() {
    in_body_ = false;
    if (crash_text_[0] != 0 || !is_itself()) after_trouble();
  }
  // From here on, what a thread allocates and has not freed is its own.
  void begin_owning() { owned_before_ = living_allocations; }
  bool owns_memory() const { return living_allocations != owned_before_; }
  // Whether the code under test has run to its end, or out of it by an exception, rather than been left.
  bool is_itself() const { return phase_ == Phase::threads || phase_ == Phase::finally; }
  // What an exception that leaves a thread violates.
  Violation thrown_violation(const std::exception_ptr& thrown) const;

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
  // Whether a loop that nobody has marked must first be seen to be one; else it is taken for one.
  virtual bool doubts_loops() const { return true; }
  // Before a thread is left that will be unwound.
  virtual void before_unwinding() {}
  // Leaves the thread for good: must not return.
  virtual void leave_thread() = 0;
  virtual void failed(const Violation& violation) = 0;

  [[noreturn]] void leave();
  [[noreturn]] void fail(Fault fault, std::string_view message, Location where);
  Graph& edit() { return *graph_; }
  // How often a thread was begun; a run is named by it.
  std::uint64_t runs() const { return runs_; }
  void begin_thread(int thread) {
    thread_ = thread;
    at_[slot()] = {};
    ++runs_;
  }
  // But for so many events.
  bool has_replayed_all(int but = 0) const {
    return at_[slot()].events + but == graph().length(thread_) &&
           static_cast<std::size_t>(at_[slot()].accesses) == graph().log(thread_).size();
  }
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
  int thread_ = -1;  // -1: no thread of the program runs
  Phase phase_ = Phase::threads;
  bool seq_cst_used_ = false;
  bool again_ = false;                // the thread was left because it must be run once more
  int cleared_ = -1;                  // behind so many events, the thread was seen not to be in an endless loop
  const void* stack_base_ = nullptr;  // of the code under test, for loops.cpp; nullptr: unknown
  std::array<Progress, maximum_threads> at_{};
  std::string unfaithful_;  // why the program is not a function of its reads

 private:
  std::size_t slot() const { return static_cast<std::size_t>(thread_); }
  const Event* replay(Kind kind, Cell cell, const Request& request);
  const Access* replay_access(Cell datum, bool writes, std::uint64_t value, Location where);
  [[noreturn]] void not_a_function(Location where);
  [[noreturn]] void not_in_finally(Location where) {
    fail(Fault::assertion, "model: `finally` runs alone, and can neither choose nor wait", where);
  }
  void add_access(Cell datum, std::uint64_t value, bool writes, std::uint8_t label, Location where);
  [[noreturn]] void reach_bound(std::string_view message, Location where);
  Location busiest_line() const;
  Location last_location() const;
  void take_newest_values();

  // Accesses in other phases than that of threads.
  Read read_aside(Cell cell, const Request& request);
  void write_aside(Cell cell, const Request& request);
  void fence_aside(const Request& request);
  std::uint64_t plain_read_aside(Cell datum);
  std::uint64_t plain_write_aside(Cell datum, std::uint64_t value);
  void leave_if_endless();
  void after_trouble();

  // Loops that are not marked (loops.cpp).
  int begin_of_pass(Cell cell, const Request& request) const;
  Read begin_echo(int begin, Cell cell, const Request& request);
  Read echo(Cell cell, const Request& request);
  [[noreturn]] void end_echo(bool is_endless, const Request& request);
  [[noreturn]] void diverge();

  // What `finally` sees and changes: the newest values of the execution.
  struct FinalState {
    std::vector<std::uint64_t> cells, data;
  };
  FinalState final_;
  bool was_finally_ = false;  // when it began to leave
  int accesses_aside_ = 0;

  // The passes of a loop that are let go round without events.
  struct Echo {
    int begin = 0, end = 0;  // events of the pass that is repeated
    int at = 0;              // the next of them
    int passes = 0;
    std::uint64_t frames = 0;  // what the frames of the code under test held
  };
  Echo echo_;

  std::string message_;  // not a temporary: a thread that fails is left without destructors

  // The code under test.
  bool in_body_ = false;
  long owned_before_ = 0;
  std::uint64_t runs_ = 0, runs_at_tick_ = 0;
  Progress at_tick_{};
  int silent_ticks_ = 0;
  Fault crash_fault_ = Fault::crash;
  std::array<char, 512> crash_text_{};  // empty: none

  static inline thread_local Execution* current_ = nullptr;
};

class Execution::Running {
 public:
  explicit Running(Execution& e) : guard_(e.limits_.patience > 0), outer_(current_) { current_ = &e; }
  ~Running() { current_ = outer_; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  CrashGuard guard_;
  Execution* outer_;
};

}  // namespace checker
