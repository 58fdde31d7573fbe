// Fibers: threads of a program that take turns on one thread of the system; and the execution whose threads they are.
//
// Who runs next is the scheduler's business: resume(i) runs fiber i until it pauses, leaves, or its body ends. A fiber that
// leaves never comes back, and one that is started anew is forgotten: its frames are dropped without their destructors. An
// execution has those that own memory unwound before (execution.hpp). Stacks are kept from start to start; below each lies a
// page that must not be touched.
//
// Thread safety: none; a fiber stays on the thread of the system that started it.
#pragma once

#include <boost/context/fiber.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "execution.hpp"

namespace checker {

class Fibers {
 public:
  static constexpr std::size_t default_stack_bytes = std::size_t{256} * 1024;

  explicit Fibers(std::size_t count, std::size_t stack_bytes = default_stack_bytes);
  ~Fibers();
  Fibers(const Fibers&) = delete;
  Fibers& operator=(const Fibers&) = delete;

  // Makes fiber i one that is about to run the body, which must outlive it. What ran there before is forgotten.
  void start(std::size_t i, const std::function<void()>& body);
  // Throws what the body throws.
  void resume(std::size_t i);
  bool ended(std::size_t i) const { return fibers_[i]->state == State::ended; }
  bool left(std::size_t i) const { return fibers_[i]->state == State::left; }
  // It has begun, and waits in its middle.
  bool waits(std::size_t i) const { return fibers_[i]->state == State::paused; }
  // Of one that has ended: it shall count as left.
  void count_as_left(std::size_t i) { fibers_[i]->state = State::left; }

  // Called in a fiber: back to resume().
  void pause() { yield(State::paused); }
  void leave() { yield(State::left); }

 private:
  enum class State : std::uint8_t { fresh, paused, ended, left };

  // Holds a boost fiber whose destructor, which would unwind it, never runs.
  union Handle {
    Handle() : fiber{} {}
    ~Handle() {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    boost::context::fiber fiber;
  };
  struct Fiber {
    boost::context::stack_context stack;
    Handle own, resumer;  // each is set while the other side runs
    const std::function<void()>* body = nullptr;
    std::exception_ptr thrown;
    ExceptionState exceptions;
    State state = State::ended;
    void* fake_stack = nullptr;  // AddressSanitizer's; kept as the stack is
  };

  static boost::context::fiber run(Fibers& fibers, Fiber& self, boost::context::fiber&& resumer);
  void yield(State state);

  std::vector<std::unique_ptr<Fiber>> fibers_;
  Fiber* running_ = nullptr;
  const void* resumer_stack_ = nullptr;  // AddressSanitizer's
  std::size_t resumer_stack_bytes_ = 0;
};

// An execution that starts from an empty graph and runs every thread once, as a fiber.
class FiberExecution : public Execution {
 public:
  // Throws std::invalid_argument for no threads or too many.
  FiberExecution(const Program& program, const Limits& limits);

 protected:
  ~FiberExecution() = default;

  void begin();
  // Runs a thread until it pauses, leaves or ends. What it throws is a violation.
  void run_thread(int thread);
  bool is_over(int t) const { return fibers_.ended(slot(t)) || fibers_.left(slot(t)); }
  bool has_ended(int t) const { return fibers_.ended(slot(t)); }
  void pause() {
    fibers_.pause();
    if (unwinding_) leave();
  }
  void leave_thread() override { fibers_.leave(); }
  void add_end(int thread);
  // The program's judge and, unless that finds something, its `finally`. Returns what the judge says of interleavings.
  bool judge();

  bool dead_ = false;  // failed() has made an end of this execution

 private:
  static std::size_t slot(int thread) { return static_cast<std::size_t>(thread); }

  void unwind_threads();
  void run_fiber(std::size_t i);

  Graph own_graph_;
  bool unwinding_ = false;  // threads that are resumed are to leave
  Fibers fibers_;           // one for each thread, and one for `finally`
};

}  // namespace checker
