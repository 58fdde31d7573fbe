// Replayer: runs a program once more along a recording.
//
// Threads are fibers. A thread's next event is the recorded one; if its source is not there yet, the thread waits. A store
// takes the place that the recorded coherence order gives it among those that are there. A thread stops behind what was
// recorded of it, but the violating one goes on, when all others have stopped, through what it does there on plain data: that
// is where its violation lies. What differs first ends the replay.
//
// Thread safety: none; one replayer at a time per thread of the system.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "models/checker/explore/fibers.hpp"
#include "recording.hpp"

namespace checker {

class Replayer final : public FiberExecution {
 public:
  // Both must outlive the replayer. Throws std::invalid_argument for no threads or too many, or if the recording is not one of
  // a consistent execution (validate()).
  Replayer(const Program& program, const Recording& recording);

  // graph() is then what was run: all that was recorded, if it was reproduced.
  Replay run();

 private:
  // What comes next in a thread, or what was last compared.
  struct Position {
    int events = 0;
    int accesses = 0;
  };
  enum class Stage : std::uint8_t { fresh, at_event, at_tail, stopped };

  void before_step() override;
  void before_access() override;
  bool awaits_again(Location where) override;
  void choose_source(Stamp read, int lowest) override;
  void choose_place(Stamp write, int lowest) override;
  void place_update(Stamp write) override;
  unsigned choose_option(Stamp choice, unsigned options) override;
  void fruitless_retry(LoopHead head, Location where) override;
  bool doubts_loops() const override { return false; }
  void before_unwinding() override { compare(); }
  void leave_thread() override;
  void failed(const Violation& violation) override;

  bool is_the_same_program();
  bool same_objects(const std::string& sort, const std::vector<RecordedObject>& expected, const std::vector<Object>& found);
  bool run_next_thread();
  bool can_go_on(int t) const;
  void end_thread();
  void check_ending();
  void check_violation();

  const RecordedThread& recorded(int t) const { return recording_.threads[static_cast<std::size_t>(t)]; }
  // nullptr: nothing more was recorded of the thread that runs.
  const RecordedEvent* next_event() const;
  const RecordedEvent* recorded_at(Stamp event) const;
  bool blocks_here() const;
  bool has_passed_all(int t) const;
  bool is_about_liveness() const;
  // Whether the violation lies behind what was recorded of this thread, not in the execution as a whole.
  bool is_violator(int t) const { return recording_.violation && recording_.violation->thread == t && !is_about_liveness(); }
  bool is_there(const EventName& name) const {
    return name.is_initial() || name.index < compared_[static_cast<std::size_t>(name.thread)].events;
  }
  Stamp stamp_of(const EventName& name) const { return name.is_initial() ? initial : graph().at(name.thread, name.index); }
  int recorded_place(const Event& write) const;

  void wait(Stage stage);
  void stop();
  void compare();
  void compare_or_leave();
  std::string expected_at(int t, const Position& at) const;
  std::string found_at(int t, const Position& at, std::string& where) const;
  void differ(const std::string& expected, const std::string& found, const std::string& where = "");
  Stage& stage(int t) { return stages_[static_cast<std::size_t>(t)]; }
  Stage stage(int t) const { return stages_[static_cast<std::size_t>(t)]; }
  Position& compared(int t) { return compared_[static_cast<std::size_t>(t)]; }

  const Recording& recording_;
  std::array<Stage, maximum_threads> stages_{};
  std::array<Position, maximum_threads> compared_{};  // everything before is as recorded
  std::string difference_;                            // not empty: the end
  std::optional<Violation> found_;
};

}  // namespace checker
